//! Lists of what is near each item, and what follows from them for somebody who has some
//! items: the sum of how near these are.

use serde::{Deserialize, Serialize};

use super::ItemItem;
use super::held::Held;
use super::lists::{Listed, Lists, Near, Nearest, Neighbour};
use super::similarity::{Sizes, near};
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};
use crate::recommend::past::Past;
use crate::recommend::together::Counts;
use crate::recommend::top::Top;
use crate::recommend::{Model, Query, Ranked};

/// How many of the customer's own items are named for one recommended.
pub(in crate::recommend) const NAMED: usize = 3;

/// Fitted neighbourhoods, and what they follow from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Neighbours {
    pub(super) params: ItemItem,
    pub(super) held: Held,
    #[serde(skip)]
    pub(super) sizes: Sizes,
    #[serde(skip)]
    pub(super) lists: Lists,
    #[serde(skip)]
    catalog: Digest,
    #[serde(skip)]
    digest: Digest,
}

impl Neighbours {
    /// The lists that follow from what customers have; the same for any number of threads.
    pub(super) fn new(params: ItemItem, held: Held, catalog: &Catalog, threads: usize) -> Self {
        let sizes = Sizes::new(&params, &held);
        let catalog = catalog.digest();
        let (lists, digest) = Default::default();
        let mut new = Self { params, held, sizes, lists, catalog, digest };
        let items: Vec<u32> = (0..new.held.items() as u32).collect();
        let share = items.len().div_ceil(threads.max(1)).max(1);
        let (first, rest) = items.split_at(share.min(items.len()));
        let lists = std::thread::scope(|scope| {
            let list = |part| new.lists_of(part);
            let others: Vec<_> =
                rest.chunks(share).map(|part| scope.spawn(move || list(part))).collect();
            let mut lists = list(first);
            for other in others {
                // A worker that panics panics here, as it would without threads.
                let part = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                lists.extend(part);
            }
            lists
        });
        new.lists = Lists::new(params.neighbours as usize, lists);
        new.work_out_digest();
        new
    }

    /// Of what everything else follows from.
    pub(super) fn work_out_digest(&mut self) {
        let held = (self.held.digest(), self.held.customers());
        self.digest = numeric::digest(&("item-item", self.params, held, self.catalog));
    }

    /// One that was read, if these parameters and this catalogue could have led to it.
    pub(super) fn checked(self, params: &ItemItem, catalog: &Catalog) -> Option<Self> {
        let held = self.held.checked(catalog.len(), params.within_orders)?;
        (self.params == *params).then(|| Self::new(*params, held, catalog, 1))
    }

    /// The neighbours of some items.
    fn lists_of(&self, items: &[u32]) -> Vec<Listed> {
        let (mut counts, mut weights) =
            (Counts::of(self.held.items()), Counts::of(self.held.items()));
        let weight = self.sizes.weights();
        let list = |item: &u32| {
            self.held.count(*item, &mut counts, |_| 1);
            if let Some(weight) = &weight {
                self.held.count(*item, &mut weights, weight);
            }
            self.list(*item, &counts, weight.is_some().then_some(&weights))
        };
        items.iter().map(list).collect()
    }

    /// The neighbours of an item that was counted, and weighed if rows have weights.
    fn list(&self, item: u32, counts: &Counts, weights: Option<&Counts>) -> Listed {
        let mut nearest = Nearest::new(self.params.neighbours as usize, Near::FAR);
        for one in self.near(counts, weights, 1.0).filter(|one| one.item() != item) {
            if nearest.wants(one) {
                nearest.add(one);
            }
        }
        self.listed(nearest, counts, weights)
    }

    /// What was found, as it is kept: with the farthest of a full list.
    pub(super) fn listed(
        &self,
        nearest: Nearest,
        counts: &Counts,
        weights: Option<&Counts>,
    ) -> Listed {
        let nearest = nearest.into_sorted();
        let full = nearest.len() >= self.params.neighbours as usize;
        let last = nearest.last().filter(|_| full).copied().unwrap_or(Near::FAR);
        let neighbour = |near: Near| {
            let item = near.item();
            let weight = weights.map(|weights| weights.get(item));
            Neighbour { item, strength: self.sizes.strength(counts.get(item), weight) }
        };
        let mut list: Vec<Neighbour> = nearest.into_iter().map(neighbour).collect();
        list.sort_unstable_by_key(|one| one.item);
        list.shrink_to_fit();
        (list, last)
    }

    /// How near all are to an item that was counted, given what its own size says; in no
    /// order.
    pub(super) fn near<'a>(
        &'a self,
        counts: &'a Counts,
        weights: Option<&'a Counts>,
        from: f64,
    ) -> impl Iterator<Item = Near> + 'a {
        counts.iter().map(move |(other, n)| {
            let strength = self.sizes.strength(n, weights.map(|weights| weights.get(other)));
            Near::new(other, near(strength, self.sizes.to(other) * from))
        })
    }

    /// The similarity of an item with one that has it in its list, given what the size of that
    /// one says.
    #[inline]
    fn similarity(&self, one: &Neighbour, from: f64) -> f32 {
        near(one.strength, self.sizes.to(one.item) * from)
    }

    /// The items whose neighbours are asked for, ascending.
    fn seeds(&self, past: &Past) -> Vec<u32> {
        if !self.params.within_orders {
            return past.known();
        }
        if past.looked_at().is_empty() {
            return past.owned().to_vec();
        }
        let mut seeds = past.looked_at().to_vec();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// Names for each item the seeds that spoke for it, the strongest first.
    fn say_why(&self, seeds: &[u32], ranked: &mut [Ranked]) {
        // Of each item, one more than its place among those that are ranked.
        let mut places = vec![0u32; self.lists.len()];
        for (place, ranked) in (1..).zip(ranked.iter()) {
            places.get_mut(ranked.item as usize).into_iter().for_each(|at| *at = place);
        }
        let mut votes: Vec<(u32, f32, u32)> = Vec::new();
        for seed in seeds {
            let from = self.sizes.from(*seed, &self.held);
            for one in self.lists.of(*seed) {
                match places.get(one.item as usize) {
                    None | Some(0) => {}
                    Some(place) => votes.push((*place, self.similarity(one, from), *seed)),
                }
            }
        }
        votes.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        for votes in votes.chunk_by(|a, b| a.0 == b.0) {
            let place = votes.first().and_then(|(place, ..)| place.checked_sub(1));
            if let Some(ranked) = place.and_then(|place| ranked.get_mut(place as usize)) {
                ranked.because = votes.iter().take(NAMED).map(|(.., seed)| *seed).collect();
            }
        }
    }
}

impl Model for Neighbours {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let seeds = self.seeds(past);
        let mut scores = vec![0.0f64; self.lists.len()];
        // Seed by seed, ascending, so that sums come out the same each time.
        for seed in &seeds {
            let from = self.sizes.from(*seed, &self.held);
            for one in self.lists.of(*seed) {
                if let Some(score) = scores.get_mut(one.item as usize) {
                    *score += f64::from(self.similarity(one, from));
                }
            }
        }
        let mut top = Top::new(query.n);
        top.add((0..).zip(scores), query.keep);
        let best = top.into_sorted().into_iter();
        let mut ranked: Vec<Ranked> =
            best.map(|(item, score)| Ranked { item, score, because: Vec::new() }).collect();
        if query.why {
            self.say_why(&seeds, &mut ranked);
        }
        ranked
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
