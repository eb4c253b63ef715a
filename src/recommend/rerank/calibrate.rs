//! A list in the proportions of the customer's own history: who buys seven parts skin care
//! and three parts make-up is shown about as much of each (Steck, "Calibrated
//! recommendations", RecSys 2018).

use std::collections::BTreeMap;

use super::super::Ranked;
use super::diversity::greatest;
use super::{arranged, finite, relevance, share};

/// So much of the customer's own mix is always taken to be in the list, so that a category
/// that is missing does not cost without bound.
const SMOOTHING: f64 = 0.01;

/// The share of each category, ascending by category; together 1, unless there are none.
pub(crate) type Mix = Vec<(u32, f64)>;

/// The mix of some items by weight. An item of several categories counts for each in equal
/// parts; categories are ascending, each once. Items without any are left out.
pub(crate) fn mix<'a>(items: impl IntoIterator<Item = (&'a [u32], f64)>) -> Mix {
    let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
    for (categories, weight) in items {
        let part = finite(weight).max(0.0) / categories.len() as f64;
        categories.iter().for_each(|category| *weights.entry(*category).or_default() += part);
    }
    let all: f64 = weights.values().sum();
    let shares = weights.into_iter().filter(|(_, weight)| *weight > 0.0);
    shares.map(|(category, weight)| (category, weight / all)).collect()
}

/// The first `n` are those that [`chosen`] names, in the order they had, since the mix is
/// one of the whole list and the best should still be seen first; the others follow as
/// they were. With weight 0, or for a customer without a mix, the list stays as it is.
pub(crate) fn calibrated<'a>(
    list: Vec<Ranked>,
    n: usize,
    weight: f64,
    own: &Mix,
    categories: impl Fn(u32) -> &'a [u32],
) -> Vec<Ranked> {
    let mut chosen = chosen(&list, n, weight, own, categories);
    chosen.sort_unstable();
    arranged(list, &chosen)
}

/// The places of `n` items, chosen one by one, each the item with the greatest
/// `(1 - weight) * relevance - weight * KL(own, list)`, the list being those chosen
/// before and this item. Of equals the one that stood before comes first.
///
/// Items of the same categories change the mix alike, so in each step only the most
/// relevant of each such group is weighed.
pub(super) fn chosen<'a>(
    list: &[Ranked],
    n: usize,
    weight: f64,
    own: &Mix,
    categories: impl Fn(u32) -> &'a [u32],
) -> Vec<usize> {
    let weight = share(weight);
    let relevance = relevance(list);
    let mut by_kind: BTreeMap<&[u32], Vec<usize>> = BTreeMap::new();
    for (place, ranked) in list.iter().enumerate() {
        by_kind.entry(categories(ranked.item)).or_default().push(place);
    }
    let mut kinds: Vec<Kind> = by_kind.into_iter().map(|kind| Kind::new(kind, own)).collect();
    let mut so_far = SoFar { own, weights: vec![0.0; own.len()], chosen: 0 };
    let mut chosen = Vec::with_capacity(n.min(list.len()));
    while chosen.len() < n {
        // Kinds in the order of their first items, so that of equals the first wins.
        kinds.retain(|kind| !kind.left.is_empty());
        kinds.sort_unstable_by_key(|kind| kind.left.last().copied());
        let terms = so_far.terms();
        let value = |kind: &Kind| {
            let next = kind.left.last().and_then(|place| relevance.get(*place));
            let distance = so_far.distance(&terms, kind);
            (1.0 - weight) * next.copied().unwrap_or_default() - weight * distance
        };
        let Some(next) = greatest(kinds.iter().map(value)) else { break };
        if let Some(kind) = kinds.get_mut(next) {
            so_far.add(kind);
            chosen.extend(kind.left.pop());
        }
    }
    chosen
}

/// Candidates of the same categories.
struct Kind {
    /// Where in the customer's mix each of its categories is, if it is there.
    shared: Vec<usize>,
    /// What an item counts for in each.
    part: f64,
    /// Places in the list, the best last.
    left: Vec<usize>,
}

impl Kind {
    fn new((categories, mut left): (&[u32], Vec<usize>), own: &Mix) -> Self {
        let find = |category: &u32| own.binary_search_by_key(category, |(own, _)| *own).ok();
        left.reverse();
        Self {
            shared: categories.iter().filter_map(find).collect(),
            part: 1.0 / categories.len() as f64,
            left,
        }
    }
}

/// The mix of what is chosen, as far as the customer's own categories go: no others are in
/// the divergence.
struct SoFar<'a> {
    own: &'a Mix,
    weights: Vec<f64>,
    chosen: usize,
}

impl SoFar<'_> {
    /// What a category adds to the divergence once there is one item more.
    fn term(&self, own: f64, weight: f64) -> f64 {
        let list = weight / (self.chosen + 1) as f64;
        own * libm::log(own / ((1.0 - SMOOTHING) * list + SMOOTHING * own))
    }

    /// The divergence if one more item shared nothing: each category's part.
    fn terms(&self) -> Vec<f64> {
        let pairs = self.own.iter().zip(&self.weights);
        pairs.map(|((_, own), weight)| self.term(*own, *weight)).collect()
    }

    /// The divergence with one more item of a kind.
    fn distance(&self, terms: &[f64], kind: &Kind) -> f64 {
        let mut distance: f64 = terms.iter().sum();
        for place in &kind.shared {
            let of = self.own.get(*place).zip(self.weights.get(*place)).zip(terms.get(*place));
            if let Some((((_, own), weight), before)) = of {
                distance += self.term(*own, weight + kind.part) - before;
            }
        }
        distance
    }

    fn add(&mut self, kind: &Kind) {
        self.chosen += 1;
        for place in &kind.shared {
            if let Some(weight) = self.weights.get_mut(*place) {
                *weight += kind.part;
            }
        }
    }
}
