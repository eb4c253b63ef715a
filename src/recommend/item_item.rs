//! Who bought this also bought that (Linden, Smith and York, "Amazon.com Recommendations",
//! 2003): of each item its nearest neighbours, and for a customer the items that are
//! neighbours of what the customer has. The score of an item is the sum of its
//! similarities with the customer's own items, as far as it is among their neighbours.

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::neighbours::{Lists, Neighbours, Seeds};
use super::similarity::{Similarities, Similarity};
use super::together::Together;
use crate::catalog::Catalog;
use crate::error::{Error, Result};

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
    shrinkage: u32,
    similarity: Similarity,
    within_orders: bool,
}

impl ItemItem {
    /// 50 neighbours by cosine, each bought together by at least two customers.
    #[must_use]
    pub fn params() -> Self {
        Self {
            neighbours: 50,
            support: 2,
            shrinkage: 0,
            similarity: Similarity::Cosine,
            within_orders: false,
        }
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

    /// How many customers, or orders, with both it takes until two items are half as near as
    /// their similarity says: it is multiplied by `n / (n + shrinkage)` (Bell and Koren,
    /// 2007). Zero, as long as nothing is said; what few say counts less, the more it is.
    #[must_use]
    pub fn shrinkage(self, shrinkage: u32) -> Self {
        Self { shrinkage, ..self }
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
                lists.append(part);
            }
            lists
        });
        Neighbours::new(lists, self.seeds(), catalog)
    }

    /// One that was read, if these parameters could have led to it.
    pub(super) fn checked(&self, read: Neighbours, catalog: &Catalog) -> Option<Neighbours> {
        read.checked(self.neighbours as usize, self.seeds(), catalog)
    }

    fn seeds(&self) -> Seeds {
        if self.within_orders { Seeds::Visit } else { Seeds::All }
    }

    /// The neighbours of some items, best first.
    fn lists(&self, items: &[u32], together: &Together<'_>, similarities: &Similarities) -> Lists {
        let (mut counts, mut weights) = (together.counts(), together.counts());
        let mut lists = Lists::default();
        for item in items {
            together.count(*item, &mut counts, |_| 1);
            if let Some(weight) = similarities.weights() {
                together.count(*item, &mut weights, weight);
            }
            let enough = |(other, n): &(u32, u64)| other != item && *n >= self.support.into();
            let near = |(other, n): (u32, u64)| {
                let weight = if similarities.weights().is_some() { weights.get(other) } else { n };
                let near = similarities.of(*item, other, weight)?;
                Some((other, (near * n as f64 / (n as f64 + f64::from(self.shrinkage))) as f32))
            };
            let near = counts.iter().filter(enough).filter_map(near);
            lists.push(near.collect(), self.neighbours as usize);
        }
        lists
    }
}
