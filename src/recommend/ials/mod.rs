//! Customers and items as vectors whose products say who would choose what: matrix
//! factorisation for implicit feedback (Hu, Koren and Volinsky, "Collaborative filtering
//! for implicit feedback datasets", 2008), with the regularisation that grows with how
//! much is known (Rendle, Krichene, Zhang and Koren, "Revisiting the performance of iALS
//! on item recommendation benchmarks", 2022).
//!
//! What is minimised over vectors `x` of customers and `y` of items is
//!
//! ```text
//!   sum over what was chosen of (x.y - 1)^2
//! + a * sum over all pairs of (x.y)^2
//! + l * (sum over customers of (chosen + a * items)^v * |x|^2
//!      + sum over items of (choosers + a * customers)^v * |y|^2)
//! ```
//!
//! with `a` the weight of what was not chosen, `l` the regularisation and `v` its exponent.
//! Only the vectors of items are kept; a customer's follows from the own items whenever it
//! is asked for. Who is forgotten is gone from the model at the next fit.

mod axes;
mod choose;
mod fit;
mod model;
mod real;
mod solve;
mod steps;
#[cfg(test)]
mod tests;
mod top;
#[cfg(test)]
mod twin;

pub use model::Ials;
pub(crate) use model::Latent;

use serde::{Deserialize, Serialize};

use solve::Problem;
use top::Blocks;

/// How many of the customer's own items are named for one recommended.
const NAMED: usize = 3;

/// Parameters of the factorisation. `regularisation` must be above zero, `unobserved` and
/// `exponent` not below, and all of them finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Params {
    /// How long the vectors are.
    pub(crate) factors: usize,
    /// How much long vectors cost.
    pub(crate) regularisation: f64,
    /// How that grows with what is known: 0 for not at all, 1 for in proportion.
    pub(crate) exponent: f64,
    /// The weight of a pair that was not chosen; one that was chosen weighs 1 more.
    pub(crate) unobserved: f64,
    /// How often customers and items are solved in turn.
    pub(crate) iterations: usize,
    pub(crate) seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            factors: 64,
            regularisation: 0.005,
            exponent: 1.0,
            unobserved: 0.3,
            iterations: 10,
            seed: 0,
        }
    }
}

impl Params {
    /// What a squared length costs, of who is known by `own` pairs out of `others`.
    fn cost(&self, own: usize, others: usize) -> f64 {
        let known = own as f64 + self.unobserved * others as f64;
        self.regularisation * libm::pow(known, self.exponent)
    }
}

/// The fitted vectors of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Factors {
    params: Params,
    /// How many items anybody chose.
    items: usize,
    /// The vectors stand in the principal axes of all items, so that the sum of their
    /// squares is all there is to say of what was not chosen.
    squares: Vec<f64>,
    vectors: Blocks,
}

/// A recommended item: its number, its score, and the own items that spoke most for it.
pub(crate) type Scored = (u32, f64, Vec<u32>);

impl Factors {
    /// What it was fitted with.
    pub(crate) fn params(&self) -> Params {
        self.params
    }

    /// Whether one that was read could come from fitting so many items.
    pub(crate) fn is_sound(&self, items: usize) -> bool {
        let squares = self.squares.len() == self.params.factors.max(1)
            && self.squares.iter().all(|square| square.is_finite() && *square >= 0.0);
        squares && self.items <= items && self.vectors.is_sound(self.squares.len(), items)
    }

    /// The vector of a customer with these items; all zero if nobody chose any of them.
    pub(crate) fn fold_in(&self, own: &[u32]) -> Vec<f64> {
        self.solved(&self.known(own), &mut problem())
    }

    /// The `n` items with the highest positive scores among those to keep, best first,
    /// ties by number.
    pub(crate) fn rank(&self, own: &[u32], n: usize, keep: &dyn Fn(u32) -> bool) -> Vec<Scored> {
        let own = self.known(own);
        let mut problem = problem();
        let customer = self.solved(&own, &mut problem);
        let best = self.vectors.best(&customer, n, keep);
        let named = best.into_iter().map(|(item, score)| {
            let shares = problem.shares(self.vectors.vector(item).map(f64::from));
            (item, score, strongest(&own, &shares))
        });
        named.collect()
    }

    /// The same without a word on why.
    fn list(&self, own: &[u32], n: usize, keep: &dyn Fn(u32) -> bool) -> Vec<(u32, f64)> {
        self.vectors.best(&self.fold_in(own), n, keep)
    }

    /// The own items that say anything, ascending, each once.
    fn known(&self, own: &[u32]) -> Vec<u32> {
        let mut own = own.to_vec();
        own.sort_unstable();
        own.dedup();
        own.retain(|item| self.vectors.vector(*item).any(|part| part != 0.0));
        own
    }

    /// The vector of a customer with items that all say something.
    fn solved(&self, own: &[u32], problem: &mut Problem<f64>) -> Vec<f64> {
        if own.is_empty() {
            return vec![0.0; self.squares.len()];
        }
        let cost = self.params.cost(own.len(), self.items);
        let diagonal = self.squares.iter().map(|sum| self.params.unobserved * sum + cost);
        problem.solve(own, diagonal, |item| self.vectors.vector(item)).to_vec()
    }
}

/// All vectors together, because they are asked for shares afterwards.
fn problem() -> Problem<f64> {
    Problem::new(solve::squares, usize::MAX)
}

/// The own items with the largest positive shares of a score.
fn strongest(own: &[u32], shares: &[f64]) -> Vec<u32> {
    let mut named: Vec<(f64, u32)> = Vec::with_capacity(NAMED + 1);
    for (share, item) in shares.iter().copied().zip(own.iter().copied()) {
        let place = named.partition_point(|(other, _)| *other >= share);
        if share > 0.0 && place < NAMED {
            named.insert(place, (share, item));
            named.truncate(NAMED);
        }
    }
    named.into_iter().map(|(_, item)| item).collect()
}
