//! What is due to be bought again: a plain twin, and cases.

use super::due::{Due, Purchase, Rhythms};
use crate::numeric::Draws;

const DAY: i64 = 86_400_000;

fn all(_: u32) -> bool {
    true
}

/// The times of an item in days, each once, ascending.
fn times(purchases: &[Purchase], item: u32, now: i64) -> Vec<f64> {
    let mut times: Vec<i64> =
        purchases.iter().filter(|p| p.0 == item && p.1 <= now).map(|p| p.1).collect();
    times.sort();
    times.dedup();
    times.into_iter().map(|at| at as f64 / DAY as f64).collect()
}

/// Repetitions, days of gaps and days at all after the first purchase, over customers.
fn counted(customers: &[Vec<Purchase>], item: u32) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for purchases in customers {
        let times = times(purchases, item, i64::MAX);
        for pair in times.windows(2) {
            sums[0] += 1.0;
            sums[1] += pair[1] - pair[0];
        }
        if let Some(first) = times.first() {
            let end = purchases.iter().map(|p| p.1).max().unwrap();
            sums[2] += end as f64 / DAY as f64 - first;
        }
    }
    sums
}

/// The score, the day of the next purchase and the elapsed gaps, as the definition says.
fn plain(
    customers: &[Vec<Purchase>],
    items: u32,
    asks: &[Purchase],
    item: u32,
    now: i64,
) -> Option<(f64, f64, f64)> {
    let sums = (0..items).map(|item| counted(customers, item));
    let sums = sums.fold([0.0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    let general = [(sums[1] + 30.0) / (sums[0] + 1.0), (sums[2] + 30.0) / (sums[0] + 1.0)];
    let of_item = counted(customers, item);
    let typical = (of_item[1] + general[0]) / (of_item[0] + 1.0);
    let rare = (of_item[2] + general[1]) / (of_item[0] + 1.0);
    let own = times(asks, item, now);
    let (first, last) = (*own.first()?, *own.last()?);
    let (c, s, today) = ((own.len() - 1) as f64, last - first, now as f64 / DAY as f64);
    let gap = (s + 2.0 * typical) / (c + 2.0);
    let x = today - last;
    let score = (c + 2.0) / (today - first + 2.0 * (gap - x).abs() + 2.0 * rare);
    Some((score, last + gap, x / gap))
}

/// Whole seconds apart, so that nothing is cut off.
fn purchases(draws: &mut Draws, items: usize) -> Vec<Purchase> {
    let n = draws.below(20);
    let mut line = || (draws.below(items) as u32, draws.below(200) as i64 * DAY / 24);
    (0..n).map(|_| line()).collect()
}

#[test]
fn every_score_is_the_twins() {
    for seed in 0..300 {
        let mut draws = Draws::new(seed, &[b"due"]);
        let items = 1 + draws.below(6);
        let customers: Vec<_> =
            (0..draws.below(12)).map(|_| purchases(&mut draws, items)).collect();
        let mut rhythms = Rhythms::new(items as u32);
        customers.iter().for_each(|purchases| rhythms.add(purchases));
        let asks = purchases(&mut draws, items);
        let now = draws.below(300) as i64 * DAY / 24;
        let due = rhythms.due(&asks, now, 100, &all);
        let expected = (0..items as u32)
            .filter_map(|item| Some((item, plain(&customers, items as u32, &asks, item, now)?)));
        let expected: Vec<_> = expected.collect();
        assert_eq!(due.len(), expected.len(), "seed {seed}");
        for (item, (score, next, elapsed)) in expected {
            let ours = due.iter().find(|due| due.ranked.item == item).unwrap();
            assert!((ours.ranked.score - score).abs() <= 1e-12 * score, "{ours:?} {score}");
            assert!((ours.next as f64 / DAY as f64 - next).abs() < 1e-7, "{ours:?} {next}");
            assert!((ours.elapsed - elapsed).abs() <= 1e-9 * (1.0 + elapsed), "{ours:?}");
            assert_eq!(ours.ranked.because, [item]);
        }
        let place = |due: &Due| (due.ranked.score, std::cmp::Reverse(due.ranked.item));
        assert!(due.is_sorted_by(|a, b| place(a) > place(b)), "seed {seed}");
        for n in 0..5 {
            assert_eq!(rhythms.due(&asks, now, n, &all), due[..n.min(due.len())]);
        }
        let odd = |item| item % 2 == 1;
        let kept: Vec<_> = due.iter().filter(|due| odd(due.ranked.item)).cloned().collect();
        assert_eq!(rhythms.due(&asks, now, 100, &odd), kept);
    }
}

#[test]
fn who_is_forgotten_was_never_there_and_shards_merge() {
    for seed in 0..200 {
        let mut draws = Draws::new(seed, &[b"gone"]);
        let customers: Vec<_> = (0..6).map(|_| purchases(&mut draws, 5)).collect();
        let of = |customers: &[Vec<Purchase>]| {
            let mut rhythms = Rhythms::new(5);
            customers.iter().for_each(|purchases| rhythms.add(purchases));
            rhythms
        };
        let mut rhythms = of(&customers);
        let (gone, left) = customers.split_at(2);
        let turned: Vec<Purchase> = gone[0].iter().rev().copied().collect();
        rhythms.subtract(&gone[1]);
        rhythms.subtract(&turned);
        assert_eq!(rhythms, of(left), "seed {seed}");
        rhythms.merge(&of(gone));
        assert_eq!(rhythms, of(&customers), "seed {seed}");
    }
}

/// Coffee every ten days, by everybody; a pan that nobody buys twice.
fn kitchen() -> Rhythms {
    let mut rhythms = Rhythms::new(3);
    for customer in 0..50 {
        let coffee = (0..20).map(|n| (0, (customer + 10 * n) * DAY));
        rhythms.add(&coffee.chain([(1, customer * DAY)]).collect::<Vec<_>>());
    }
    rhythms
}

fn only(rhythms: &Rhythms, asks: &[Purchase], now: i64) -> Due {
    let due = rhythms.due(asks, now, 10, &all);
    assert_eq!(due.len(), 1, "{due:?}");
    due[0].clone()
}

#[test]
fn a_rhythm_is_the_items_first_and_the_customers_in_the_end() {
    let rhythms = kitchen();
    let after = |n: i64| -> f64 {
        let own: Vec<_> = (0..=n).map(|k| (0, 30 * k * DAY)).collect();
        let due = only(&rhythms, &own, 30 * n * DAY);
        (due.next - 30 * n * DAY) as f64 / DAY as f64
    };
    assert!((after(0) - 10.0).abs() < 0.1, "{}", after(0));
    assert!((after(2) - 20.0).abs() < 0.1, "{}", after(2));
    assert!((after(98) - 29.6).abs() < 0.1, "{}", after(98));
}

#[test]
fn the_score_is_highest_when_it_is_due() {
    let rhythms = kitchen();
    let own: Vec<_> = (0..=9).map(|k| (0, 10 * k * DAY)).collect();
    let score = |day: i64| only(&rhythms, &own, (90 + day) * DAY);
    let best = (0..60).max_by(|a, b| score(*a).ranked.score.total_cmp(&score(*b).ranked.score));
    assert_eq!(best, Some(10));
    assert!((score(10).elapsed - 1.0).abs() < 0.01);
    assert!((score(10).next - 100 * DAY).abs() < DAY / 10);
}

#[test]
fn what_is_bought_once_in_a_life_comes_last() {
    let rhythms = kitchen();
    let due = rhythms.due(&[(1, 0), (0, 0), (2, 0)], 10 * DAY, 10, &all);
    let items: Vec<u32> = due.iter().map(|due| due.ranked.item).collect();
    // Of the third nothing is known: between the two.
    assert_eq!(items, [0, 2, 1]);
    assert!(due[0].ranked.score > 10.0 * due[2].ranked.score, "{due:?}");
}

#[test]
fn at_the_edges() {
    let empty = Rhythms::new(0);
    assert!(empty.due(&[(0, 0)], DAY, 10, &all).is_empty());
    let mut rhythms = Rhythms::new(1);
    assert!(rhythms.due(&[], DAY, 10, &all).is_empty());
    // Nobody ever bought it again: a month from now, and once in it.
    let due = only(&rhythms, &[(0, 0), (5, 0), (u32::MAX, 3)], 0);
    assert_eq!((due.next, due.elapsed), (30 * DAY, 0.0));
    assert!((due.ranked.score - 2.0 / 120.0).abs() < 1e-12);
    // Told twice, told ahead of time, or at the ends of time.
    assert_eq!(only(&rhythms, &[(0, 0), (0, 0), (0, 1)], 0), due);
    rhythms.add(&[]);
    rhythms.add(&[(7, 5)]);
    assert_eq!(rhythms, Rhythms::new(1));
    for at in [i64::MIN, -1, i64::MAX] {
        rhythms.add(&[(0, at), (0, 0)]);
    }
    for (at, now) in [(i64::MIN, i64::MAX), (i64::MIN, i64::MIN), (i64::MAX, i64::MAX)] {
        let due = only(&rhythms, &[(0, at)], now);
        assert!(due.ranked.score > 0.0 && due.ranked.score.is_finite() && due.elapsed >= 0.0);
    }
    assert!(rhythms.due(&[(0, 1)], 0, 10, &all).is_empty());
    assert!(rhythms.due(&[(0, 0)], 0, 0, &all).is_empty());
    assert!(rhythms.due(&[(0, 0)], 0, 10, &|_| false).is_empty());
    let million: Vec<Purchase> = (0..1_000_000).map(|n| (0, n * 1_000)).collect();
    assert!(only(&Rhythms::new(1), &million, 1_000_000_000).ranked.score > 10_000.0);
}
