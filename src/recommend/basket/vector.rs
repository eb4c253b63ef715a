//! What a customer buys as one vector: how often each item was in their baskets, the
//! recent ones weighing more (Hu, He, Gao and Zhang, "Modeling Personalized Item
//! Frequency Information for Next-basket Recommendation", 2020).
//!
//! The baskets form at most `groups` groups of consecutive ones, equal in size or, for
//! the newer groups, larger by one, as in the authors' own program. Within a group of `s` the j-th basket weighs
//! `within^(s - j) / s`; of `g` groups the i-th weighs `between^(g - i) / g`. Weights are
//! rounded to whole multiples of 2^-24, so that everything added up of them is exact:
//! whoever comes, goes or is counted first leaves no trace.

use std::cmp::Reverse;

use super::TifuKnn;
use super::bought::Bought;

/// The weight of an item that is in every basket when nothing decays.
pub(super) const ONE: u32 = 1 << 24;

/// Of more items than these the lightest are left out. With the 353 items of a household's
/// year of groceries that moves recall by a thousandth, up or down, and saves half of the
/// time. So the square of a length is below 2^57.
pub(super) const MOST_ITEMS: usize = 256;

/// Items with their weights, the heaviest first, then by number.
pub(super) type Vector = Vec<(u32, u32)>;

/// The vector of what a customer bought.
pub(super) fn vector(params: &TifuKnn, bought: &Bought) -> Vector {
    let weights = basket_weights(params, bought.baskets());
    let mut vector = Vector::new();
    for (item, numbers) in bought.items() {
        let of = |number: u32| weights.get(number as usize).copied().unwrap_or(0.0);
        let weight = numbers.fold(0.0, |sum, number| sum + of(number));
        let weight = (weight * f64::from(ONE)).round() as u32;
        if weight > 0 {
            vector.push((item, weight));
        }
    }
    vector.sort_unstable_by_key(|(item, weight)| (Reverse(*weight), *item));
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

/// Whether this could be the vector of somebody's baskets.
pub(super) fn is_vector(vector: &[(u32, u32)], items: u32) -> bool {
    let place = |(item, weight): &(u32, u32)| (Reverse(*weight), *item);
    let ranked = vector.is_sorted_by(|a, b| place(a) < place(b));
    let known = vector.iter().all(|(item, weight)| *item < items && (1..=ONE).contains(weight));
    let mut named: Vec<u32> = vector.iter().map(|(item, _)| *item).collect();
    named.sort_unstable();
    let once = named.is_sorted_by(|a, b| a < b);
    ranked && known && once && (1..=MOST_ITEMS).contains(&vector.len())
}
