//! The plain twin: TIFU-kNN over dense vectors, straight from the paper, and the chances to
//! buy again counted basket by basket. Slow, and shares nothing with what it is held
//! against but the words of its definition.

/// The parameters, in plain sight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain {
    pub(super) groups: usize,
    pub(super) within: f64,
    pub(super) between: f64,
    pub(super) neighbours: usize,
    pub(super) alpha: f64,
}

/// A customer: baskets, the oldest first.
pub(super) type Customer = Vec<Vec<u32>>;

/// What an item counts in each basket: parts of `baskets` for the groups.
fn groups(plain: &Plain, baskets: &[Vec<u32>]) -> Vec<Vec<Vec<u32>>> {
    let count = plain.groups.min(baskets.len());
    let small = baskets.len() / count.max(1);
    let large = baskets.len() % count.max(1);
    let mut rest = baskets.to_vec();
    let mut groups = Vec::new();
    for group in 0..count {
        let size = if group < count - large { small } else { small + 1 };
        groups.push(rest.drain(..size).collect());
    }
    assert!(rest.is_empty());
    groups
}

/// The vector of a customer before it is rounded.
pub(super) fn exact(plain: &Plain, items: usize, customer: &Customer) -> Vec<f64> {
    let past = customer.len().saturating_sub(1_000);
    let groups = groups(plain, &customer[past..]);
    (0..items as u32)
        .map(|item| {
            let mut sum = 0.0;
            for (i, group) in groups.iter().enumerate() {
                let mut of_group = 0.0;
                for (j, basket) in group.iter().enumerate() {
                    if basket.contains(&item) {
                        of_group += plain.within.powi((group.len() - 1 - j) as i32);
                    }
                }
                let age = (groups.len() - 1 - i) as i32;
                sum += plain.between.powi(age) * of_group / group.len() as f64;
            }
            sum / groups.len().max(1) as f64
        })
        .collect()
}

/// In whole multiples of 2^-24.
fn rounded(vector: &[f64]) -> Vec<i128> {
    vector.iter().map(|weight| (weight * 16_777_216.0).round() as i128).collect()
}

/// How a vector is told: its items, the heaviest first, then by number.
fn told(vector: &[i128]) -> Vec<(u32, i128)> {
    let mut told: Vec<(u32, i128)> =
        (0..).zip(vector.iter().copied()).filter(|(_, weight)| *weight > 0).collect();
    told.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    told
}

/// The score of every item for a customer, and who of the others is near.
pub(super) fn scores(
    plain: &Plain,
    items: usize,
    others: &[Customer],
    asks: &Customer,
) -> (Vec<f64>, Vec<Vec<i128>>) {
    let own = rounded(&exact(plain, items, asks));
    if own.iter().all(|weight| *weight == 0) {
        return (vec![0.0; items], Vec::new());
    }
    let mut near: Vec<Vec<i128>> =
        others.iter().map(|other| rounded(&exact(plain, items, other))).collect();
    near.retain(|other| other.iter().any(|weight| *weight > 0));
    let distance = |other: &Vec<i128>| -> i128 {
        other.iter().zip(&own).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    near.sort_by_cached_key(|other| (distance(other), told(other)));
    near.truncate(plain.neighbours);
    let one = 16_777_216.0;
    let score = |item: usize| {
        let sum: f64 = near.iter().map(|other| other[item] as f64 / one).sum();
        let mean = if near.is_empty() { 0.0 } else { sum / near.len() as f64 };
        plain.alpha * own[item] as f64 / one + (1.0 - plain.alpha) * mean
    };
    ((0..items).map(score).collect(), near)
}

/// Who speaks for an item.
pub(super) fn because(
    plain: &Plain,
    items: usize,
    near: &[Vec<i128>],
    asks: &Customer,
    item: u32,
) -> Vec<u32> {
    let own = rounded(&exact(plain, items, asks));
    if own[item as usize] > 0 {
        return vec![item];
    }
    let mut voices: Vec<(u32, i128)> = told(&own)
        .into_iter()
        .take(8)
        .map(|(voice, weight)| {
            let shared: i128 =
                near.iter().map(|other| other[item as usize] * other[voice as usize]).sum();
            (voice, weight * shared)
        })
        .filter(|(_, sum)| *sum > 0)
        .collect();
    voices.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    voices.into_iter().take(3).map(|(voice, _)| voice).collect()
}

/// Baskets after the first with an item, and how many of them have it again.
fn chances(customer: &Customer, item: u32) -> (f64, f64) {
    let past = customer.len().saturating_sub(1_000);
    let mut with = customer[past..].iter().skip_while(|basket| !basket.contains(&item)).skip(1);
    let all = with.clone().count();
    let again = with.by_ref().filter(|basket| basket.contains(&item)).count();
    (again as f64, all as f64)
}

/// How likely a customer is to buy an item again.
pub(super) fn likely(items: usize, others: &[Customer], asks: &Customer, item: u32) -> f64 {
    let of_item = |item: u32| {
        let each = others.iter().map(|other| chances(other, item));
        each.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let every = (0..items as u32).map(of_item);
    let every = every.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let general = (every.0 + 1.0) / (every.1 + 2.0);
    let (again, all) = of_item(item);
    let typical = (again + 1.0) / (all + 1.0 / general);
    let (again, all) = chances(asks, item);
    (again + 1.0) / (all + 1.0 / typical)
}
