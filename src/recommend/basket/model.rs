//! A fitted TIFU-kNN: it ranks, learns one more customer and forgets one.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::TifuKnn;
use super::bought::Bought;
use super::index::{Index, Nearest};
use super::mean::{Candidate, Sums};
use super::vector::{ONE, Vector, is_vector, vector};
use crate::recommend::{Query, Ranked, best};

/// How far down neighbours are added up at first: to this part of the weight that would
/// lift an item among the best if they all gave it.
const PART: f64 = 0.5;

/// How many of the customer's own items are asked whether they brought the neighbours.
const VOICES: usize = 8;

/// Fitted TIFU-kNN.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub(crate) struct Tifu {
    params: TifuKnn,
    index: Index,
}

/// What is kept of a model: its rows in the order of their content.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    params: TifuKnn,
    items: u32,
    rows: Vec<Vector>,
}

impl From<Tifu> for Stored {
    fn from(model: Tifu) -> Self {
        let mut rows = model.index.rows().to_vec();
        rows.sort_unstable();
        Self { params: model.params, items: model.index.items(), rows }
    }
}

impl TryFrom<Stored> for Tifu {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { params, items, rows } = stored;
        if params.check().is_err() || !rows.iter().all(|row| is_vector(row, items)) {
            return Err("no model of next baskets");
        }
        Ok(Self { params, index: Index::new(items, rows) })
    }
}

/// Room that one query leaves to the next, of whatever model.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    nearest: Nearest,
    sums: Sums,
}

impl Tifu {
    pub(super) fn new(params: TifuKnn, index: Index) -> Self {
        Self { params, index }
    }

    /// What it was fitted with.
    pub(super) fn params(&self) -> &TifuKnn {
        &self.params
    }

    /// Over how many items it was fitted.
    pub(crate) fn items(&self) -> u32 {
        self.index.items()
    }

    /// Learns one more customer.
    pub(crate) fn add<'a>(&mut self, baskets: impl ExactSizeIterator<Item = &'a [u32]>) {
        self.learn(&Bought::new(self.items(), baskets));
    }

    /// Forgets one customer who had exactly these baskets; whether there was one.
    pub(crate) fn remove<'a>(&mut self, baskets: impl ExactSizeIterator<Item = &'a [u32]>) -> bool {
        self.forget(&Bought::new(self.items(), baskets))
    }

    pub(super) fn learn(&mut self, bought: &Bought) {
        self.index.add(vector(&self.params, bought));
    }

    pub(super) fn forget(&mut self, bought: &Bought) -> bool {
        self.index.remove(&vector(&self.params, bought))
    }

    /// The best items for a customer with these baskets, the oldest first.
    /// Who has bought nothing has no neighbours, and gets no answer here.
    ///
    /// An item that the customer has bought speaks for itself. For another one `i` speak
    /// those three of the customer's eight heaviest items `j` that did most to bring the
    /// neighbours who buy it near: by `own(j) * sum over neighbours x of x(i) * x(j)`.
    pub(crate) fn rank<'a>(
        &self,
        baskets: impl ExactSizeIterator<Item = &'a [u32]>,
        query: &Query<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Ranked> {
        self.rank_above(&Bought::new(self.items(), baskets), &|_| 0.0, query, scratch)
    }

    /// The same where each of the customer's items has a score already, not below nought.
    pub(super) fn rank_above(
        &self,
        bought: &Bought,
        already: &dyn Fn(u32) -> f64,
        query: &Query<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Ranked> {
        let Query { n, keep, why } = *query;
        let own = vector(&self.params, bought);
        if own.is_empty() || n == 0 {
            return Vec::new();
        }
        let alpha = self.params.alpha;
        let own_score = |weight: u32| alpha * (f64::from(weight) / f64::from(ONE));
        let of = |(item, weight): &(u32, u32)| (*item, own_score(*weight) + already(*item));
        let start: Vec<(u32, f64)> = own.iter().map(of).collect();
        self.index.nearest(&own, self.params.neighbours as usize, &mut scratch.nearest);
        self.candidates(&start, n, keep, scratch);
        let k = scratch.nearest.found().len();
        let ranked = scratch.sums.candidates.iter().map(|candidate| Ranked {
            item: candidate.item,
            score: self.score(candidate.own, candidate.sum, k),
            because: if candidate.is_own { vec![candidate.item] } else { Vec::new() },
        });
        let mut ranked = best(ranked.filter(|ranked| ranked.score > 0.0).collect(), n);
        if why && ranked.iter().any(|ranked| ranked.because.is_empty()) {
            self.explain(&mut ranked, &own, &scratch.nearest);
        }
        ranked
    }

    /// The score of an item, for a sum over `k` neighbours. It never falls when the sum
    /// grows, in floating point either.
    fn score(&self, own: f64, sum: u64, k: usize) -> f64 {
        let mean = sum as f64 / (k.max(1) as f64 * f64::from(ONE));
        own + (1.0 - self.params.alpha) * mean
    }

    /// Leaves in `scratch` whatever may be among the best `n`, with its whole sum.
    fn candidates(
        &self,
        own: &[(u32, f64)],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
        scratch: &mut Scratch,
    ) {
        let Scratch { nearest, sums } = scratch;
        let k = nearest.found().len();
        // The customer's own items alone are `n` that score at least so much.
        let kept = own.iter().filter(|(item, _)| keep(*item));
        let enough = nth_best(kept.map(|(_, score)| *score).collect(), n).unwrap_or(0.0);
        let others = (1.0 - self.params.alpha).max(f64::MIN_POSITIVE);
        let light = PART * enough / others * f64::from(ONE);
        let light = light.min(f64::from(ONE)) as u32;
        sums.add_up(&self.index, nearest.found(), own, light);
        let most = |c: &Candidate| self.score(c.own, c.most(light), k);
        sums.candidates.retain(|c| most(c) >= enough && keep(c.item));
        if light == 0 {
            return;
        }
        let least = sums.candidates.iter().map(|c| self.score(c.own, c.sum, k));
        if let Some(enough) = nth_best(least.collect(), n) {
            sums.candidates.retain(|c| most(c) >= enough);
        }
        sums.complete(&self.index, nearest);
    }

    /// Names the customer's items that spoke for what is new.
    fn explain(&self, ranked: &mut [Ranked], own: &[(u32, u32)], nearest: &Nearest) {
        // For each neighbour, how much each of these items has to do with being near.
        let mut shared = vec![[0u64; VOICES]; nearest.found().len()];
        for (voice, (item, weight)) in own.iter().take(VOICES).enumerate() {
            for (place, other) in nearest.among(self.index.list(*item)) {
                if let Some(at) = shared.get_mut(place).and_then(|shared| shared.get_mut(voice)) {
                    *at = u64::from(*weight) * u64::from(other);
                }
            }
        }
        for ranked in ranked.iter_mut().filter(|ranked| ranked.because.is_empty()) {
            let mut sums = [0u128; VOICES];
            for (place, weight) in nearest.among(self.index.list(ranked.item)) {
                for (sum, part) in sums.iter_mut().zip(shared.get(place).into_iter().flatten()) {
                    *sum += u128::from(weight) * u128::from(*part);
                }
            }
            let voices = sums.into_iter().zip(own).map(|(sum, (item, _))| (Reverse(sum), *item));
            let mut voices: Vec<_> = voices.filter(|(sum, _)| sum.0 > 0).collect();
            voices.sort_unstable();
            ranked.because.extend(voices.iter().take(3).map(|(_, item)| *item));
        }
    }
}

/// The `n`-th largest of these scores, if there are so many.
fn nth_best(mut scores: Vec<f64>, n: usize) -> Option<f64> {
    if n == 0 || n > scores.len() {
        return None;
    }
    Some(*scores.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a)).1)
}
