//! Which items speak for which, learnt from all pairs at once: EASE (Steck,
//! "Embarrassingly shallow autoencoders for sparse data", 2019).
//!
//! With `G` the counts of who has both of two items, and `P = (G + λI)⁻¹`, the weight of
//! item `i` for item `j` is `-P[i, j] / P[j, j]`, and zero for itself; the score of an
//! item is the sum of what the customer's own items say for it. One customer more or less
//! is a change of `G` of rank one, which stays pending until the next fit.

mod blocks;
mod model;
mod pending;
#[cfg(test)]
mod twin;
mod weights;

pub(crate) use model::Linear;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::together::Together;
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use model::Block;
use pending::Current;
use weights::Weights;

/// Parameters of EASE, a linear model of which items go with which: among the best there are
/// where most customers have several items and the catalogue is not huge.
///
/// Fitting takes time with the cube of the items that somebody has, and room with the
/// square: 1.3 s and 100 MB for 3,600 items. A larger catalogue falls into
/// [blocks](Self::block) of items that are had together; from one block to another nothing
/// is said.
///
/// ```
/// use confidant::{Ease, Recommender};
///
/// let recommender = Recommender::from(Ease::params().lambda(400.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ease {
    lambda: f64,
    block: u32,
}

impl Ease {
    /// A lambda of 200, blocks of 6,000 items.
    #[must_use]
    pub fn params() -> Self {
        Self { lambda: 200.0, block: 6_000 }
    }

    /// How much evidence it takes before items speak for each other: as much as so many
    /// customers. Above zero, up to 10⁹. The more customers there are, the more; a few
    /// hundred for some thousand customers. Try several.
    #[must_use]
    pub fn lambda(self, lambda: f64) -> Self {
        Self { lambda, ..self }
    }

    /// How many items are fitted together. From 1 to 30,000. A model of more than one block
    /// follows who is forgotten at the next fit, as it may fall into others without them.
    #[must_use]
    pub fn block(self, items: u32) -> Self {
        Self { block: items, ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(self.lambda >= 1e-6 && self.lambda <= 1e9) {
            return Err(Error::configuration("`lambda` is out of range: expected 10⁻⁶ to 10⁹"));
        }
        if !(1..=30_000).contains(&self.block) {
            return Err(Error::configuration("`block` is out of range: expected 1 to 30,000"));
        }
        Ok(())
    }

    pub(super) fn fit(&self, corpus: &Corpus, catalog: &Catalog, threads: usize) -> Linear {
        let together = Together::new(corpus.customers(), corpus.items());
        let blocks = blocks::split(&together, self.block as usize);
        let fit = |items| self.fit_block(items, &together, threads);
        Linear::new(blocks.into_iter().filter_map(fit).collect(), catalog)
    }

    /// Nothing can be said of a block whose counts are too large for floating point.
    fn fit_block(&self, items: Vec<u32>, together: &Together<'_>, threads: usize) -> Option<Block> {
        let mut places = vec![u32::MAX; together.items()];
        for (place, item) in (0..).zip(&items) {
            places.get_mut(*item as usize).into_iter().for_each(|at| *at = place);
        }
        let mut counts = together.counts();
        let pairs = (0u32..).zip(&items).flat_map(|(place, item)| {
            together.count_below(*item, &mut counts);
            let place_of = |other: u32| places.get(other as usize).copied();
            let below = counts.iter().filter_map(|(other, n)| Some((place_of(other)?, n)));
            let below = below.filter(|(other, _)| *other != u32::MAX);
            below.map(|(other, n)| (place, other, n)).collect::<Vec<_>>()
        });
        let weights = Weights::fit(pairs, items.len(), self.lambda, threads)?;
        let customers = items.iter().map(|item| together.rows_of(*item).len() as u32).collect();
        Some(Block::new(items, customers, Current::new(Arc::new(weights))))
    }
}
