//! Where a customer is in the life of a customer, by the crate's table and its defaults.

use confidant::Stage;

use crate::common::world::DAY;

/// The instants of distinct orders up to now, ascending.
pub fn stage(orders: &[i64], now: i64) -> Option<Stage> {
    let (first, last) = (*orders.first()?, *orders.last()?);
    let rhythm = rhythm(orders);
    let (ago, few) = (|at: i64| now - at, orders.len() < 3);
    if ago(last) > 6 * rhythm {
        return Some(Stage::Lapsed);
    }
    if ago(last) > 3 * rhythm {
        return Some(Stage::AtRisk);
    }
    let back = (1..orders.len()).any(|place| {
        let lapsed = orders[place] - orders[place - 1] > 6 * self::rhythm(&orders[..place]);
        let since = orders.len() - place - 1;
        lapsed && since < 2 && ago(orders[place]) <= 6 * rhythm
    });
    if back {
        return Some(Stage::WonBack);
    }
    if few && ago(first) <= 3 * rhythm {
        return Some(Stage::New);
    }
    let younger = |age: i64| orders.iter().filter(|at| ago(**at) < age).count();
    let recent = younger(6 * rhythm);
    let before = younger(12 * rhythm) - recent;
    let whole = ago(first) >= 12 * rhythm;
    Some(match whole {
        true if recent * 100 >= before * 150 && recent >= before + 2 => Stage::Growing,
        true if recent * 100 <= before * 67 && recent + 2 <= before => Stage::Declining,
        _ => Stage::Active,
    })
}

/// The median of the latest twelve gaps; a month before there are three orders; from a week
/// to a year.
pub fn rhythm(orders: &[i64]) -> i64 {
    if orders.len() < 3 {
        return 30 * DAY;
    }
    let gaps = orders.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
    let mut gaps = gaps[gaps.len().saturating_sub(12)..].to_vec();
    gaps.sort();
    let middle = gaps.len() / 2;
    let median = match gaps.len() % 2 {
        1 => gaps[middle],
        _ => (gaps[middle - 1] + gaps[middle]) / 2,
    };
    median.clamp(7 * DAY, 365 * DAY)
}
