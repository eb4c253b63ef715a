//! How near two items are, from who has them.

use serde::{Deserialize, Serialize};

use super::rows::Rows;
use super::together::Together;

/// By what one item is near another. With `n(i)` the customers (or orders) that have an
/// item, `n(i, j)` those that have both, and `n` all of them:
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// `n(i, j) / sqrt(n(i) n(j))`, from 0 to 1 (Salton and McGill, 1983).
    Cosine,
    /// The inner product of the items' vectors over customers as Okapi BM25 weighs them, with
    /// `k1` = 1.2 and `b` = 0.75 (Robertson and Zaragoza, 2009, section 3.4): customers with
    /// many items say less, and so do items that many have.
    Bm25,
    /// How likely who has `i` has `j`: `n(i, j) / n(i)`, from 0 to 1 (Deshpande and Karypis,
    /// 2004, section 4.2; the confidence of a rule). It prefers what everybody has.
    Conditional,
    /// How many times likelier than of anybody: `n(i, j) n / (n(i) n(j))` (Brin et al., 1997).
    /// It prefers what is rare; ask for a support of several.
    Lift,
}

/// A customer's weight in fixed point: sums of whole numbers are the same in any order.
const UNIT: f64 = 65_536.0;

/// How soon more of the same says nothing more, and how much an item's length matters.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// What it takes to tell the similarity of two items from their counts.
#[derive(Debug)]
pub(super) struct Similarities {
    by: Similarity,
    rows: f64,
    /// How many rows have an item; for BM25, what that makes of its weight.
    sizes: Vec<f64>,
    /// What each row weighs, for BM25.
    weights: Option<Vec<u64>>,
}

impl Similarities {
    pub(super) fn new(by: Similarity, rows: &Rows, together: &Together<'_>) -> Self {
        let items = together.items();
        let sizes = (0..items as u32).map(|item| together.rows_of(item).len() as f64).collect();
        let (sizes, weights) = match by {
            Similarity::Bm25 => {
                let weights = rows.iter().map(|row| rarity(row.len(), items)).collect();
                (lengths(sizes), Some(weights))
            }
            _ => (sizes, None),
        };
        Self { by, rows: rows.len() as f64, sizes, weights }
    }

    /// What each row weighs, unless all weigh one.
    pub(super) fn weights(&self) -> Option<impl Fn(u32) -> u64> {
        let weights = self.weights.as_ref()?;
        Some(|row: u32| weights.get(row as usize).copied().unwrap_or(1))
    }

    /// How near `other` is to `item`, given the weight of the rows that have both; nothing
    /// if nothing speaks for it.
    pub(super) fn of(&self, item: u32, other: u32, weight: u64) -> Option<f64> {
        let size = |item: u32| self.sizes.get(item as usize).copied();
        // In the order of numbers, so that it is the same both ways.
        let (a, b) = (size(item.min(other))?, size(item.max(other))?);
        let both = weight as f64;
        let near = match self.by {
            Similarity::Cosine => both / (a * b).sqrt(),
            Similarity::Conditional => both / size(item)?,
            Similarity::Lift => both * self.rows / (a * b),
            Similarity::Bm25 => both / UNIT * (a * b),
        };
        (near > 0.0 && near.is_finite()).then_some(near)
    }
}

/// The square of the inverse document frequency of a row with `size` of `items` items.
fn rarity(size: usize, items: usize) -> u64 {
    let (size, items) = (size as f64, items as f64);
    let idf = libm::log1p((items - size + 0.5) / (size + 0.5));
    // No row weighs nothing.
    (idf * idf * UNIT).round().max(1.0) as u64
}

/// What the length of each item makes of its weight.
fn lengths(sizes: Vec<f64>) -> Vec<f64> {
    let mean = sizes.iter().sum::<f64>() / (sizes.len() as f64).max(1.0);
    let weight = |size: f64| (K1 + 1.0) / (K1 * (1.0 - B + B * size / mean.max(1.0)) + 1.0);
    sizes.into_iter().map(weight).collect()
}
