//! A fitted model and the customers who came or went since.
//!
//! With `x` the items of the t-th of them and `s` one if they came, minus one if they
//! went (Sherman and Morrison, 1950), `P` becomes `P - c u uᵀ`, where
//!
//! ```text
//! u = P x - sum over the earlier t of c_t (u_t · x) u_t        c = s / (1 + s (x · u))
//! ```
//!
//! So `P` itself is left as it is, and a list of `c` and `u` goes with it. Each costs one
//! pass over the rows of the customer's items and over the earlier `u`, now and in every
//! question; when there are many, it is time for a fit.

use std::sync::Arc;

use super::weights::Weights;
use crate::numeric::{self, Digest};

/// Below this, what is left of `1 + s (x · u)` has lost too many digits.
const LEAST: f64 = 1e-6;

/// So many pending ones make a question about as dear as it was, once more.
const MOST: usize = 128;

/// A model that knows of everybody up to now.
#[derive(Debug, Clone)]
pub(super) struct Current {
    /// Shared with every other model that started from the same fit.
    weights: Arc<Weights>,
    /// Shared like them, so that a copy is cheap.
    terms: Vec<Arc<Term>>,
    /// `P[i, i]` of every item, as of now.
    diagonal: Vec<f64>,
    digest: Digest,
}

/// `c u uᵀ`, to be taken away from `P`.
#[derive(Debug)]
struct Term {
    c: f64,
    u: Vec<f64>,
}

impl Term {
    /// `c (u · x)`.
    fn share(&self, items: &[u32]) -> f64 {
        self.c * dot(&self.u, items)
    }
}

impl Current {
    pub(super) fn new(weights: Arc<Weights>) -> Self {
        let (diagonal, digest) = (weights.diagonal(), weights.digest());
        Self { weights, terms: Vec::new(), diagonal, digest }
    }

    /// How many items it is about.
    pub(super) fn items(&self) -> usize {
        self.diagonal.len()
    }

    /// The numbers that the rest follows from: the lower triangle of `P`, row by row, as of
    /// now. What is pending is not told apart, or it would tell of somebody.
    pub(super) fn told(&self) -> Vec<f64> {
        let mut triangle = self.weights.triangle();
        for term in &self.terms {
            let mut rest = triangle.as_mut_slice();
            for (item, own) in term.u.iter().enumerate() {
                let (row, below) = rest.split_at_mut_checked(item + 1).unwrap_or_default();
                let entries = row.iter_mut().zip(&term.u);
                entries.for_each(|(entry, u)| *entry -= term.c * own * u);
                rest = below;
            }
        }
        triangle
    }

    /// What follows from such numbers, if they are finite, and of a model.
    pub(super) fn of(triangle: &[f64]) -> Option<Self> {
        let current = Self::new(Arc::new(Weights::of_triangle(triangle)?));
        current.diagonal.iter().all(|entry| *entry > 0.0).then_some(current)
    }

    /// Its exact content.
    pub(super) fn digest(&self) -> Digest {
        self.digest
    }

    /// How many changes wait for the next fit.
    pub(super) fn pending(&self) -> usize {
        self.terms.len()
    }

    /// Counts one more customer, who has these items, each named once.
    /// False if that needs a new fit; then nothing has changed.
    #[must_use]
    pub(super) fn learn(&mut self, items: &[u32]) -> bool {
        self.change(items, 1.0)
    }

    /// Counts one customer less, who was counted with these items.
    /// False if that needs a new fit; then nothing has changed.
    #[must_use]
    pub(super) fn forget(&mut self, items: &[u32]) -> bool {
        self.change(items, -1.0)
    }

    fn change(&mut self, items: &[u32], sign: f64) -> bool {
        if self.pending() >= MOST {
            return false;
        }
        let u = self.sum(items);
        let left = 1.0 + sign * dot(&u, items);
        if left < LEAST || !left.is_finite() {
            return false;
        }
        self.take_away(sign / left, u);
        true
    }

    fn take_away(&mut self, c: f64, u: Vec<f64>) {
        // One on top of the other, so that one more costs no more than itself.
        self.digest = numeric::digest(&(self.digest, c, &u));
        let entries = self.diagonal.iter_mut().zip(&u);
        entries.for_each(|(entry, u)| *entry -= c * u * u);
        self.terms.push(Arc::new(Term { c, u }));
    }

    /// `P x`, as of now.
    fn sum(&self, items: &[u32]) -> Vec<f64> {
        let mut sum = self.weights.sum(items);
        for term in &self.terms {
            let share = term.share(items);
            sum.iter_mut().zip(&term.u).for_each(|(sum, u)| *sum -= share * u);
        }
        sum
    }

    /// What one item says for another.
    pub(super) fn weight(&self, item: u32, other: u32) -> Option<f64> {
        let mut entry = *self.weights.row(other)?.get(item as usize)?;
        let of = *self.diagonal.get(other as usize)?;
        for term in &self.terms {
            entry -= term.share(&[item]) * dot(&term.u, &[other]);
        }
        Some(if item == other { 0.0 } else { -entry / of })
    }

    /// The score of every item for somebody who has these, each named once.
    pub(super) fn scores(&self, own: &[u32]) -> Vec<f64> {
        let mut scores = self.sum(own);
        scores.iter_mut().zip(&self.diagonal).for_each(|(score, of)| *score = -*score / of);
        // An item says nothing for itself: what its own row added was minus one.
        for item in own {
            if let Some(score) = scores.get_mut(*item as usize) {
                *score += 1.0;
            }
        }
        scores.iter_mut().for_each(|score| *score = rounded(*score));
        scores
    }
}

/// To whole 2⁻⁴⁰. What is pending leaves other roundings behind than a fit does; so what is
/// equal, or nothing, after the one is equal, or nothing, after the other, but for very few.
fn rounded(score: f64) -> f64 {
    /// Added to a score, it leaves no room for what is smaller.
    const COARSE: f64 = 1.5 * 4096.0;
    (score + COARSE) - COARSE
}

/// `u · x` for the `x` that is one at some items.
fn dot(u: &[f64], items: &[u32]) -> f64 {
    items.iter().filter_map(|item| u.get(*item as usize)).sum()
}
