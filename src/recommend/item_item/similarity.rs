//! How near two items are, from who has them.
//!
//! Every similarity is a product of three: what the rows with both say, what the size of the
//! other item makes of that, and what the item's own size makes of it. The last is the same for
//! all others of an item, so it changes no list, and is only worked out for who asks.

use serde::{Deserialize, Serialize};

use super::ItemItem;
use super::held::Held;

/// By what one item is near another. With `n(i)` the customers (or orders) that have an
/// item, `n(i, j)` those that have both, and `n` all of them:
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// `n(i, j) / sqrt(n(i) n(j))`, from 0 to 1 (Salton and McGill, 1983).
    #[default]
    Cosine,
    /// The inner product of the items' vectors over customers as Okapi BM25 weighs them, with
    /// `k1` = 1.2 and `b` = 0.75 (Robertson and Zaragoza, 2009, section 3.4): customers with
    /// many items say less, and so do items that many have.
    ///
    /// Who is forgotten is forgotten at the next fit: an item's length is measured in the mean
    /// of all of them, so one customer less changes how near any two items are, and which come
    /// first.
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

/// Of how many rows what they say is at hand.
const STRENGTHS: u64 = 1024;

/// What the sizes of items make of how near they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Sizes {
    by: Similarity,
    support: u64,
    shrinkage: f64,
    /// What rows say that weigh one each, by how many they are; of the first numbers.
    strengths: Vec<f32>,
    /// What an item's size makes of how near it is to others.
    to: Vec<f64>,
    /// What a row weighs, by its length; for BM25.
    rarities: Vec<u64>,
}

impl Sizes {
    pub(super) fn new(params: &ItemItem, held: &Held) -> Self {
        let by = params.similarity;
        let (support, shrinkage) = (params.support.into(), params.shrinkage.into());
        let items = 0..held.items() as u32;
        let sizes = items.map(|item| held.rows_of(item).len());
        let (to, rarities) = match by {
            Similarity::Bm25 => {
                let longest = held.lengths().max().unwrap_or(0);
                let rarities = (0..=longest).map(|length| rarity(length, held.items()));
                (lengths(sizes.map(|size| size as f64).collect()), rarities.collect())
            }
            _ => (sizes.map(|size| by.to(size)).collect(), Vec::new()),
        };
        let mut new = Self { by, support, shrinkage, strengths: Vec::new(), to, rarities };
        new.strengths = (0..STRENGTHS).map(|n| new.plain(n)).collect();
        new
    }

    /// Goes by the sizes that some items have now; all that it takes but for BM25.
    pub(super) fn follow(&mut self, held: &Held, items: &[u32]) {
        for item in items {
            if let Some(to) = self.to.get_mut(*item as usize) {
                *to = self.by.to(held.rows_of(*item).len());
            }
        }
    }

    /// What each row weighs by its length, unless all weigh one.
    pub(super) fn weights(&self) -> Option<impl Fn(usize) -> u64> {
        let by_length = |length: usize| self.rarities.get(length).copied().unwrap_or(1);
        (self.by == Similarity::Bm25).then_some(by_length)
    }

    /// What the size of each item makes of how near it is to others.
    pub(super) fn all(&self) -> &[f64] {
        &self.to
    }

    /// What an item's size makes of how near it is to others.
    #[inline]
    pub(super) fn to(&self, item: u32) -> f64 {
        self.to.get(item as usize).copied().unwrap_or(0.0)
    }

    /// What an item's size makes of how near all others are to it.
    pub(super) fn from(&self, item: u32, held: &Held) -> f64 {
        let size = held.rows_of(item).len().max(1) as f64;
        match self.by {
            Similarity::Cosine => self.to(item),
            Similarity::Bm25 => self.to(item) / UNIT,
            Similarity::Conditional => 1.0 / size,
            Similarity::Lift => held.len() as f64 / size,
        }
    }

    /// What the rows with two items say: how many they are, and what they weigh if they do
    /// not weigh one each. Nothing where they are too few.
    #[inline]
    pub(super) fn strength(&self, n: u64, weight: Option<u64>) -> f32 {
        match weight {
            Some(weight) => (weight as f64 * self.share(n)) as f32,
            None => self.strengths.get(n as usize).copied().unwrap_or_else(|| self.plain(n)),
        }
    }

    fn plain(&self, n: u64) -> f32 {
        (n as f64 * self.share(n)) as f32
    }

    /// What of it counts.
    fn share(&self, n: u64) -> f64 {
        let enough = n >= self.support && n > 0;
        if enough { n as f64 / (n as f64 + self.shrinkage) } else { 0.0 }
    }
}

/// How near an item is to another one, but for the size of that: from what the rows with both
/// say, and what its own size makes of it.
#[inline]
pub(super) fn near(strength: f32, to: f64) -> f32 {
    (f64::from(strength) * to) as f32
}

impl Similarity {
    /// What the size of an item makes of how near it is to others; not for BM25.
    fn to(self, size: usize) -> f64 {
        let size = size.max(1) as f64;
        match self {
            Self::Cosine => 1.0 / size.sqrt(),
            Self::Lift => 1.0 / size,
            Self::Conditional | Self::Bm25 => 1.0,
        }
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
