//! What a customer buys as one vector: how often each item was in their baskets, the
//! recent ones weighing more (Hu, He, Gao and Zhang, "Modeling Personalized Item
//! Frequency Information for Next-basket Recommendation", 2020, section 4).
//!
//! The baskets form at most `groups` groups of consecutive ones, equal in size or, for
//! the newer groups, larger by one. Within a group of `s` the j-th basket weighs
//! `within^(s - j) / s`; of `g` groups the i-th weighs `between^(g - i) / g`. Weights are
//! rounded to whole multiples of 2^-24, so that everything added up of them is exact:
//! whoever comes, goes or is counted first leaves no trace.

use super::TifuKnn;

/// The weight of an item that is in every basket when nothing decays.
pub(super) const ONE: u32 = 1 << 24;

/// Older baskets than these are past.
pub(super) const MOST_BASKETS: usize = 1_000;

/// Of more items than these the lightest are left out. So a squared length is below
/// 2^61.
pub(super) const MOST_ITEMS: usize = 8_192;

/// Items with their weights, the heaviest first, then by number.
pub(super) type Vector = Vec<(u32, u32)>;

/// The vector of a customer's baskets, the oldest first. Items of which there are none
/// among the first `items` are left out.
pub(super) fn vector<'a>(
    params: &TifuKnn,
    items: u32,
    baskets: impl ExactSizeIterator<Item = &'a [u32]>,
) -> Vector {
    let past = baskets.len().saturating_sub(MOST_BASKETS);
    let weights = basket_weights(params, baskets.len() - past);
    // Sorted by item, then by basket: a basket counts once, however often it says so.
    let mut bought: Vec<u64> = Vec::new();
    for (number, basket) in (0u64..).zip(baskets.skip(past)) {
        let known = basket.iter().filter(|item| **item < items);
        bought.extend(known.map(|item| u64::from(*item) << 32 | number));
    }
    bought.sort_unstable();
    bought.dedup();
    let mut vector = Vector::new();
    for same in bought.chunk_by(|a, b| a >> 32 == b >> 32) {
        let of = |line: &u64| weights.get(*line as u32 as usize).copied().unwrap_or(0.0);
        let weight = same.iter().fold(0.0, |sum, line| sum + of(line));
        let weight = (weight * f64::from(ONE)).round() as u32;
        if let Some(line) = same.first().filter(|_| weight > 0) {
            vector.push(((line >> 32) as u32, weight));
        }
    }
    vector.sort_unstable_by_key(|(item, weight)| (std::cmp::Reverse(*weight), *item));
    vector.truncate(MOST_ITEMS);
    vector
}

/// What each of so many baskets weighs, the oldest first.
fn basket_weights(params: &TifuKnn, baskets: usize) -> Vec<f64> {
    let groups = (params.groups as usize).min(baskets);
    let mut weights = vec![0.0; baskets];
    let mut rest = weights.as_mut_slice();
    let mut of_group = 1.0 / groups as f64;
    // From the newest group to the oldest; the division leaves the larger ones first.
    for left in (1..=groups).rev() {
        let size = rest.len().div_ceil(left);
        let (older, group) = rest.split_at_mut(rest.len() - size);
        let mut weight = of_group / size as f64;
        for basket in group.iter_mut().rev() {
            *basket = weight;
            weight *= params.within;
        }
        of_group *= params.between;
        rest = older;
    }
    weights
}

/// The squared length of a vector.
pub(super) fn norm(vector: &[(u32, u32)]) -> u64 {
    vector.iter().map(|(_, weight)| u64::from(*weight) * u64::from(*weight)).sum()
}
