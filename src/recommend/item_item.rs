//! Who bought this also bought that: cosine between items over customers (Linden,
//! Smith and York, "Amazon.com Recommendations", 2003).
//!
//! `cosine(i, j) = together(i, j) / sqrt(buyers(i) * buyers(j))`; the score of an item
//! is the sum of its cosines with the customer's own items, as far as it is among their
//! nearest neighbours.

use serde::{Deserialize, Serialize};

use super::{Model, Query, Ranked, best, owned};
use crate::catalog::{Catalog, NO_ITEM};
use crate::error::{Error, Result};
use crate::learn::Statistics;
use crate::numeric::{self, Digest};
use crate::view::View;

/// Parameters of item-item cosine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemItem {
    neighbours: u32,
    support: u32,
}

impl ItemItem {
    /// 50 neighbours, each bought together by at least two customers.
    #[must_use]
    pub fn params() -> Self {
        Self { neighbours: 50, support: 2 }
    }

    /// How many neighbours each item keeps. From 1 to 10,000.
    #[must_use]
    pub fn neighbours(self, neighbours: u32) -> Self {
        Self { neighbours, ..self }
    }

    /// How many customers must have bought two items before one speaks for the other.
    /// At least 1; more keeps single customers from being read out of the answers.
    #[must_use]
    pub fn support(self, customers: u32) -> Self {
        Self { support: customers, ..self }
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

    pub(super) fn fit(&self, statistics: &Statistics, catalog: &Catalog) -> Neighbours {
        let mut lists: Vec<Vec<(u32, f64)>> = vec![Vec::new(); catalog.len()];
        for (a, b, together) in statistics.pairs().filter(|(.., n)| *n >= self.support.into()) {
            let (i, j) = (catalog.number(a.as_str()), catalog.number(b.as_str()));
            if i == NO_ITEM || j == NO_ITEM {
                continue;
            }
            let (n, m) = (statistics.buyers(a).max(1) as f64, statistics.buyers(b).max(1) as f64);
            let cosine = together as f64 / (n * m).sqrt();
            for (item, other) in [(i, j), (j, i)] {
                if let Some(list) = lists.get_mut(item as usize) {
                    list.push((other, cosine));
                }
            }
        }
        for list in &mut lists {
            list.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            list.truncate(self.neighbours as usize);
            list.shrink_to_fit();
        }
        Neighbours::new(lists, catalog)
    }
}

/// Fitted item-item cosine: per item its nearest neighbours, best first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Neighbours {
    lists: Vec<Vec<(u32, f64)>>,
    #[serde(skip)]
    digest: Digest,
}

impl Neighbours {
    fn new(lists: Vec<Vec<(u32, f64)>>, catalog: &Catalog) -> Self {
        let digest = numeric::digest(&("item-item", &lists, catalog.digest()));
        Self { lists, digest }
    }

    /// One that was read, if its lists are of a catalogue's items and in the order that
    /// fitting gives them.
    pub(super) fn checked(self, params: &ItemItem, catalog: &Catalog) -> Option<Self> {
        let sound = |(item, list): (u32, &Vec<(u32, f64)>)| {
            let cosines = list.iter().all(|(_, cosine)| cosine.is_finite() && *cosine > 0.0);
            let ranked = list.is_sorted_by(|a, b| a.1 > b.1 || a.1 == b.1 && a.0 < b.0);
            let mut others: Vec<u32> = list.iter().map(|(other, _)| *other).collect();
            others.sort_unstable();
            let distinct = others.is_sorted_by(|a, b| a < b);
            let known = others.last().is_none_or(|last| catalog.item(*last).is_some());
            let few = list.len() <= params.neighbours as usize;
            cosines && ranked && distinct && known && few && !others.contains(&item)
        };
        let sound = self.lists.len() == catalog.len() && (0..).zip(&self.lists).all(sound);
        sound.then(|| Self::new(self.lists, catalog))
    }
}

/// How many of the customer's own items are named for one recommended.
const NAMED: usize = 3;

impl Model for Neighbours {
    fn rank(&self, view: &View, query: &Query<'_>) -> Vec<Ranked> {
        let own = owned(view);
        let viewing = view.session_items();
        let seeds =
            own.iter().chain(viewing.iter().filter(|item| own.binary_search(item).is_err()));
        // Ordered by item, then by seed, so that sums come out the same each time.
        let mut votes: Vec<(u32, u32, f64)> = seeds
            .filter_map(|seed| Some((*seed, self.lists.get(*seed as usize)?)))
            .flat_map(|(seed, list)| list.iter().map(move |(item, cosine)| (*item, seed, *cosine)))
            .filter(|(item, ..)| (query.keep)(*item))
            .collect();
        votes.sort_unstable_by_key(|(item, seed, _)| (*item, *seed));
        let ranked = votes
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|votes| {
                let item = votes.first()?.0;
                let score = votes.iter().map(|(.., cosine)| cosine).sum();
                Some(Ranked { item, score, because: Vec::new() })
            })
            .collect();
        let mut ranked = best(ranked, query.n);
        for ranked in &mut ranked {
            let from = votes.partition_point(|vote| vote.0 < ranked.item);
            let rest = votes.get(from..).unwrap_or_default();
            let mut own: Vec<_> = rest.iter().take_while(|vote| vote.0 == ranked.item).collect();
            own.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.1.cmp(&b.1)));
            ranked.because = own.iter().take(NAMED).map(|(_, seed, _)| *seed).collect();
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
