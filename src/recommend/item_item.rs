//! Who bought this also bought that (Linden, Smith and York, "Amazon.com Recommendations",
//! 2003): of each item its nearest neighbours, and for a customer the items that are
//! neighbours of what the customer has. The score of an item is the sum of its
//! similarities with the customer's own items, as far as it is among their neighbours.

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::past::Past;
use super::similarity::{Similarities, Similarity};
use super::together::Together;
use super::{Model, Query, Ranked, best};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};

/// Parameters of item-item neighbourhoods.
///
/// ```
/// use confidant::{ItemItem, Similarity};
///
/// // What goes into the same basket, whoever's it is.
/// let beside = ItemItem::params().similarity(Similarity::Lift).support(5).within_orders();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemItem {
    neighbours: u32,
    support: u32,
    similarity: Similarity,
    within_orders: bool,
}

impl ItemItem {
    /// 50 neighbours by cosine, each bought together by at least two customers.
    #[must_use]
    pub fn params() -> Self {
        Self { neighbours: 50, support: 2, similarity: Similarity::Cosine, within_orders: false }
    }

    /// How many neighbours each item keeps. From 1 to 10,000.
    #[must_use]
    pub fn neighbours(self, neighbours: u32) -> Self {
        Self { neighbours, ..self }
    }

    /// How many customers, or orders, must have two items before one speaks for the other.
    /// At least 1; more keeps single customers from being read out of the answers.
    #[must_use]
    pub fn support(self, support: u32) -> Self {
        Self { support, ..self }
    }

    /// By what two items are near.
    #[must_use]
    pub fn similarity(self, similarity: Similarity) -> Self {
        Self { similarity, ..self }
    }

    /// Counts orders with both items instead of customers who have both, and asks for what
    /// goes with the present visit; where that looks at nothing, with all that was bought.
    #[must_use]
    pub fn within_orders(self) -> Self {
        Self { within_orders: true, ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(1..=10_000).contains(&self.neighbours) {
            return Err(Error::configuration("`neighbours` is out of range: expected 1 to 10,000"));
        }
        if self.support == 0 {
            return Err(Error::configuration("`support` is out of range: expected at least 1"));
        }
        Ok(())
    }

    pub(super) fn fit(&self, corpus: &Corpus, catalog: &Catalog, threads: usize) -> Neighbours {
        let rows = if self.within_orders { corpus.orders() } else { corpus.customers() };
        let together = Together::new(rows, corpus.items());
        let similarities = Similarities::new(self.similarity, rows, &together);
        let items: Vec<u32> = (0..corpus.items() as u32).collect();
        let share = items.len().div_ceil(threads.max(1)).max(1);
        let (first, rest) = items.split_at(share.min(items.len()));
        let list = |part: &[u32]| self.lists(part, &together, &similarities);
        let lists = std::thread::scope(|scope| {
            let others: Vec<_> =
                rest.chunks(share).map(|part| scope.spawn(|| list(part))).collect();
            let mut lists = list(first);
            for other in others {
                // A worker that panics panics here, as it would without threads.
                let part = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                lists.extend(part);
            }
            lists
        });
        Neighbours::new(lists, self.within_orders, catalog)
    }

    /// The neighbours of some items, best first.
    fn lists(
        &self,
        items: &[u32],
        together: &Together<'_>,
        similarities: &Similarities,
    ) -> Vec<Vec<(u32, f64)>> {
        let (mut counts, mut weights) = (together.counts(), together.counts());
        let list = |item: &u32| {
            together.count(*item, &mut counts, |_| 1);
            if let Some(weight) = similarities.weights() {
                together.count(*item, &mut weights, weight);
            }
            let weighted = |other, n| match similarities.weights() {
                Some(_) => weights.get(other),
                None => n,
            };
            let enough = |(other, n): &(u32, u64)| other != item && *n >= self.support.into();
            let near = counts.iter().filter(enough).filter_map(|(other, n)| {
                Some((other, similarities.of(*item, other, weighted(other, n))?))
            });
            nearest(near.collect(), self.neighbours as usize)
        };
        items.iter().map(list).collect()
    }
}

/// The nearest of some neighbours, ties by number.
fn nearest(mut list: Vec<(u32, f64)>, most: usize) -> Vec<(u32, f64)> {
    let order = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if most < list.len() && most > 0 {
        list.select_nth_unstable_by(most - 1, order);
        list.truncate(most);
    }
    list.sort_unstable_by(order);
    list.shrink_to_fit();
    list
}

/// Fitted neighbourhoods: per item its nearest neighbours, best first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Neighbours {
    lists: Vec<Vec<(u32, f64)>>,
    within_orders: bool,
    #[serde(skip)]
    digest: Digest,
}

impl Neighbours {
    fn new(lists: Vec<Vec<(u32, f64)>>, within_orders: bool, catalog: &Catalog) -> Self {
        let digest = numeric::digest(&("item-item", &lists, within_orders, catalog.digest()));
        Self { lists, within_orders, digest }
    }

    /// One that was read, if its lists are of a catalogue's items and in the order that
    /// fitting gives them.
    pub(super) fn checked(self, params: &ItemItem, catalog: &Catalog) -> Option<Self> {
        let sound = |(item, list): (u32, &Vec<(u32, f64)>)| {
            let similar = list.iter().all(|(_, near)| near.is_finite() && *near > 0.0);
            let ranked = list.is_sorted_by(|a, b| a.1 > b.1 || a.1 == b.1 && a.0 < b.0);
            let mut others: Vec<u32> = list.iter().map(|(other, _)| *other).collect();
            others.sort_unstable();
            let distinct = others.is_sorted_by(|a, b| a < b);
            let known = others.last().is_none_or(|last| catalog.item(*last).is_some());
            let few = list.len() <= params.neighbours as usize;
            similar && ranked && distinct && known && few && !others.contains(&item)
        };
        let sound = self.lists.len() == catalog.len()
            && self.within_orders == params.within_orders
            && (0..).zip(&self.lists).all(sound);
        sound.then(|| Self::new(self.lists, self.within_orders, catalog))
    }

    /// The items whose neighbours are asked for, ascending.
    fn seeds(&self, past: &Past) -> Vec<u32> {
        if !self.within_orders {
            return past.known();
        }
        let mut seeds = past.looked_at().to_vec();
        if seeds.is_empty() {
            seeds.extend(past.owned());
        }
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }
}

/// How many of the customer's own items are named for one recommended.
pub(super) const NAMED: usize = 3;

impl Model for Neighbours {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let seeds = self.seeds(past);
        let mut scores = vec![0.0; self.lists.len()];
        let mut met = Vec::new();
        // Seed by seed, ascending, so that sums come out the same each time.
        for list in seeds.iter().filter_map(|seed| self.lists.get(*seed as usize)) {
            for (item, near) in list {
                if let Some(score) = scores.get_mut(*item as usize) {
                    if *score == 0.0 {
                        met.push(*item);
                    }
                    *score += near;
                }
            }
        }
        met.retain(|item| (query.keep)(*item));
        let score = |item: &u32| Some((*item, *scores.get(*item as usize)?));
        let ranked = met.iter().filter_map(score);
        let ranked = ranked.map(|(item, score)| Ranked { item, score, because: Vec::new() });
        let mut ranked = best(ranked.collect(), query.n);
        self.say_why(&seeds, &mut ranked);
        ranked
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Neighbours {
    /// Names for each item the seeds that spoke for it, the strongest first.
    fn say_why(&self, seeds: &[u32], ranked: &mut [Ranked]) {
        let mut places: Vec<(u32, usize)> =
            (0..).map_while(|at| Some((ranked.get(at)?.item, at))).collect();
        places.sort_unstable();
        let mut votes: Vec<(usize, f64, u32)> = Vec::new();
        for seed in seeds {
            for (item, near) in self.lists.get(*seed as usize).into_iter().flatten() {
                if let Ok(found) = places.binary_search_by_key(item, |(item, _)| *item)
                    && let Some((_, at)) = places.get(found)
                {
                    votes.push((*at, *near, *seed));
                }
            }
        }
        votes.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        for votes in votes.chunk_by(|a, b| a.0 == b.0) {
            let named = votes.iter().take(NAMED).map(|(.., seed)| *seed).collect();
            let at = votes.first().and_then(|(at, ..)| ranked.get_mut(*at));
            if let Some(ranked) = at {
                ranked.because = named;
            }
        }
    }
}
