//! A plain twin of the stages: written from the table in the module's head, in i128, by
//! counting everything, and asked at every single millisecond.

use std::time::Duration;

use super::{Lifecycle, Stage, stage};
use crate::numeric::Draws;

/// The rhythm of orders up to some instant.
fn rhythm(orders: &[i64], of: &Lifecycle) -> i128 {
    let ms = |length: Duration| length.as_millis() as i128;
    let mut own = ms(of.typical);
    if orders.len() >= of.own_from as usize {
        let all: Vec<i128> =
            orders.windows(2).map(|two| i128::from(two[1]) - i128::from(two[0])).collect();
        let mut gaps: Vec<i128> = all.iter().rev().take(of.gaps as usize).copied().collect();
        gaps.sort();
        let n = gaps.len();
        own = (gaps[(n - 1) / 2] + gaps[n / 2]).div_euclid(2);
    }
    if own < ms(of.shortest) {
        own = ms(of.shortest);
    }
    if own > ms(of.longest) {
        own = ms(of.longest);
    }
    own
}

fn twin(orders: &[i64], now: i64, of: &Lifecycle) -> Option<Stage> {
    let past: Vec<i64> = orders.iter().copied().filter(|at| *at <= now).collect();
    if past.is_empty() {
        return None;
    }
    let r = rhythm(&past, of);
    let of_r = |percent: u32| r * i128::from(percent) / 100;
    let age = |at: i64| i128::from(now) - i128::from(at);
    let last = past[past.len() - 1];
    if age(last) > of_r(of.lapsed) {
        return Some(Stage::Lapsed);
    }
    if age(last) > of_r(of.at_risk) {
        return Some(Stage::AtRisk);
    }
    let mut returned = false;
    for place in 1..past.len() {
        let away = i128::from(past[place]) - i128::from(past[place - 1]);
        let lapse = rhythm(&past[..place], of) * i128::from(of.lapsed) / 100;
        let since = past.len() - 1 - place;
        returned |= away > lapse
            && since < of.settled as usize
            && age(past[place]) <= of_r(of.won_back_for);
    }
    if returned {
        return Some(Stage::WonBack);
    }
    if past.len() < of.regular as usize && age(past[0]) <= of_r(of.new_for) {
        return Some(Stage::New);
    }
    let window = of_r(of.window);
    let recent = past.iter().filter(|at| age(**at) < window).count() as i128;
    let before =
        past.iter().filter(|at| age(**at) >= window && age(**at) < 2 * window).count() as i128;
    let least = i128::from(of.least);
    if age(past[0]) < 2 * window {
        return Some(Stage::Active);
    }
    if recent * 100 >= before * i128::from(of.growing) && recent - before >= least {
        return Some(Stage::Growing);
    }
    if recent * 100 <= before * i128::from(of.declining) && before - recent >= least {
        return Some(Stage::Declining);
    }
    Some(Stage::Active)
}

fn a_lifecycle(draws: &mut Draws) -> Lifecycle {
    let ms = |n: usize| Duration::from_millis(n as u64);
    let shortest = 1 + draws.below(6);
    let longest = shortest + draws.below(12);
    let at_risk = 100 + draws.below(300) as u32;
    Lifecycle::new()
        .rhythm_between(ms(shortest), ms(longest))
        .typical_gap(ms(shortest + draws.below(longest - shortest + 1)))
        .own_rhythm(2 + draws.below(4) as u32, 1 + draws.below(6) as u32)
        .at_risk_after(at_risk)
        .lapsed_after(at_risk + 1 + draws.below(400) as u32)
        .won_back(1 + draws.below(4) as u32, 1 + draws.below(800) as u32)
        .new_below(2 + draws.below(4) as u32, 1 + draws.below(800) as u32)
        .compare_over(100 + draws.below(300) as u32)
        .trend(101 + draws.below(150) as u32, draws.below(100) as u32, 1 + draws.below(3) as u32)
}

/// Orders that come in bursts and pauses, some at one instant.
fn some_orders(draws: &mut Draws) -> Vec<i64> {
    let mut at = draws.below(50) as i64 - 25;
    let pace = 1 + draws.below(12);
    (0..1 + draws.below(14))
        .map(|_| {
            let stretch = [1, 1, 1, 2, 12][draws.below(5)];
            at += draws.below(pace * stretch + 1) as i64;
            at
        })
        .collect()
}

#[test]
fn the_stage_and_its_end_are_those_of_the_twin_at_every_instant() {
    let mut draws = Draws::new(6, &[b"lives"]);
    let mut seen = [0u32; 7];
    for _ in 0..4_000 {
        let (of, orders) = (a_lifecycle(&mut draws), some_orders(&mut draws));
        let from = orders[0] - 3;
        // Nobody is less than lapsed after the longest rhythm times the latest lapse.
        let to = orders[orders.len() - 1] + 18 * 8 + 3;
        let truth: Vec<Option<Stage>> = (from..=to).map(|now| twin(&orders, now, &of)).collect();
        let mut until = i64::MAX;
        for now in (from..=to).rev() {
            let place = (now - from) as usize;
            let wanted = truth[place];
            // The next instant with another stage, or of an order.
            if truth.get(place + 1).is_some_and(|later| *later != wanted)
                || orders.contains(&(now + 1))
            {
                until = now + 1;
            }
            let answer = stage(&orders, now, &of);
            assert_eq!(answer.map(|(stage, _)| stage), wanted, "{orders:?} at {now} {of:?}");
            if let Some((stage, end)) = answer {
                assert_eq!(end, until, "until: {orders:?} at {now} {of:?}");
                seen[stage as usize] += 1;
            }
        }
        assert_eq!(truth.last(), Some(&Some(Stage::Lapsed)));
    }
    assert!(seen.iter().all(|times| *times > 5_000), "{seen:?}");
}

/// Instants in the hundreds of thousands of millions, and hostile ones.
#[test]
fn any_instants_at_all() {
    let mut draws = Draws::new(7, &[b"lives"]);
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for _ in 0..20_000 {
        let mut orders: Vec<i64> = (0..draws.below(5))
            .map(|_| match draws.below(3) {
                0 => extremes[draws.below(extremes.len())],
                _ => 1_700_000_000_000 + draws.below(200_000_000_000) as i64,
            })
            .collect();
        orders.sort();
        let now = match draws.below(3) {
            0 => extremes[draws.below(extremes.len())],
            _ => 1_700_000_000_000 + draws.below(300_000_000_000) as i64,
        };
        let of = if draws.below(2) == 0 {
            Lifecycle::new()
        } else {
            Lifecycle::new().rhythm_between(Duration::ZERO, Duration::MAX).lapsed_after(u32::MAX)
        };
        if let Some((_, until)) = stage(&orders, now, &of) {
            assert!(until > now || until == i64::MAX);
        }
        let sane = orders.iter().chain([&now]).all(|at| at.unsigned_abs() < 1 << 60);
        if sane && of.check().is_ok() {
            let answer = stage(&orders, now, &of);
            assert_eq!(answer.map(|(stage, _)| stage), twin(&orders, now, &of));
        }
    }
}
