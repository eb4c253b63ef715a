//! Who bought this also bought that (Linden, Smith and York, "Amazon.com Recommendations",
//! 2003): of each item its nearest neighbours, and for a customer the items that are
//! neighbours of what the customer has. The score of an item is the sum of its
//! similarities with the customer's own items, as far as it is among their neighbours.

mod bought_together;
mod changes;
mod held;
mod lists;
mod model;
mod similarity;
#[cfg(test)]
mod twin;

pub use bought_together::BoughtTogether;
pub(super) use model::NAMED;
pub(crate) use model::Neighbours;
pub use similarity::Similarity;

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use held::Held;

/// Parameters of item-item neighbourhoods.
///
/// What was fitted keeps what each customer has beside the lists that follow from it, some
/// eight bytes for each item of each customer or order: so it follows a customer who is
/// forgotten at once (but for [`Similarity::Bm25`]), in a time that grows with how much those
/// have together who have one of the same items.
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
        Neighbours::new(*self, Held::of(corpus, self.within_orders), catalog, threads)
    }

    /// One that was read, if these parameters could have led to it.
    pub(super) fn checked(&self, read: Neighbours, catalog: &Catalog) -> Option<Neighbours> {
        read.checked(self, catalog)
    }
}
