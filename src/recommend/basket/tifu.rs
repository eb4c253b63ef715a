//! TIFU-kNN: what a customer buys, recent baskets weighing more, and what those buy whose
//! baskets are alike (Hu, He, Gao and Zhang, 2020).
//!
//! `score(i) = alpha * own(i) + (1 - alpha) * mean over the k nearest x of x(i)`, over the
//! vectors of `vector`, near by Euclid's distance. Whoever asks may be among their own
//! neighbours, at a distance of nought, if their history was learned from. A customer can
//! be learned and forgotten at once: the model is then the one that is built without them.

use serde::{Deserialize, Serialize};

use super::Histories;
use super::index::{Index, Nearest};
use super::mean::{Candidate, Sums};
use super::vector::{ONE, Vector, vector};
use crate::error::{Error, Result};
use crate::recommend::{Ranked, best};

/// Parameters of TIFU-kNN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TifuKnn {
    pub(super) groups: u32,
    pub(super) within: f64,
    pub(super) between: f64,
    neighbours: u32,
    alpha: f64,
}

impl TifuKnn {
    /// Seven groups, decays of 0.9 and 0.7, 300 neighbours, 0.7 of the customer's own.
    #[must_use]
    pub fn params() -> Self {
        Self { groups: 7, within: 0.9, between: 0.7, neighbours: 300, alpha: 0.7 }
    }

    /// Into how many groups a history is parted, the same number of baskets in each. From
    /// 1 to 1,000.
    #[must_use]
    pub fn groups(self, groups: u32) -> Self {
        Self { groups, ..self }
    }

    /// What a basket weighs against the next one of its group. Above 0, at most 1.
    #[must_use]
    pub fn within(self, decay: f64) -> Self {
        Self { within: decay, ..self }
    }

    /// What a group weighs against the next one. Above 0, at most 1.
    #[must_use]
    pub fn between(self, decay: f64) -> Self {
        Self { between: decay, ..self }
    }

    /// How many neighbours speak. From 1 to 10,000.
    #[must_use]
    pub fn neighbours(self, neighbours: u32) -> Self {
        Self { neighbours, ..self }
    }

    /// How much the customer's own baskets weigh, the neighbours' having the rest. From 0
    /// to 1.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=1_000).contains(&self.groups) {
            return Err(Error::configuration("`groups` is out of range: expected 1 to 1,000"));
        }
        for (name, decay) in [("within", self.within), ("between", self.between)] {
            if !(decay > 0.0 && decay <= 1.0) {
                let message = format!("`{name}` is out of range: expected above 0, at most 1");
                return Err(Error::configuration(message));
            }
        }
        if !(1..=10_000).contains(&self.neighbours) {
            return Err(Error::configuration("`neighbours` is out of range: expected 1 to 10,000"));
        }
        if !(0.0..=1.0).contains(&self.alpha) {
            return Err(Error::configuration("`alpha` is out of range: expected 0 to 1"));
        }
        Ok(())
    }

    /// The model of these customers, over so many items.
    pub(crate) fn fit(&self, histories: &Histories, items: u32, threads: usize) -> Tifu {
        let part = histories.len().div_ceil(threads.max(1)).max(1);
        let of = |from: usize| -> Vec<Vector> {
            let to = histories.len().min(from + part);
            (from..to).map(|customer| vector(self, items, histories.of(customer))).collect()
        };
        let starts = (0..histories.len()).step_by(part);
        let rows = if threads <= 1 {
            starts.flat_map(of).collect()
        } else {
            std::thread::scope(|scope| {
                let of = &of;
                let parts: Vec<_> = starts.map(|from| scope.spawn(move || of(from))).collect();
                parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
            })
        };
        Tifu { params: *self, index: Index::new(items, rows) }
    }
}

/// Fitted TIFU-kNN.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Stored", from = "Stored")]
pub(crate) struct Tifu {
    params: TifuKnn,
    index: Index,
}

/// What is kept of a model: its rows in the order of their content.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stored {
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

impl From<Stored> for Tifu {
    fn from(stored: Stored) -> Self {
        Self { params: stored.params, index: Index::new(stored.items, stored.rows) }
    }
}

/// Room that one query leaves to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    nearest: Nearest,
    sums: Sums,
    /// For each row its place among the neighbours, from one; nought elsewhere.
    places: Vec<u32>,
}

impl Tifu {
    /// Learns one more customer.
    pub(crate) fn add<'a>(&mut self, baskets: impl ExactSizeIterator<Item = &'a [u32]>) {
        let row = vector(&self.params, self.index.items(), baskets);
        self.index.add(row);
    }

    /// Forgets one customer with exactly these baskets; whether there was one.
    pub(crate) fn remove<'a>(
        &mut self,
        baskets: impl ExactSizeIterator<Item = &'a [u32]>,
    ) -> bool {
        let row = vector(&self.params, self.index.items(), baskets);
        self.index.remove(&row)
    }
}

/// How far down weights are added up at first, against the weight that would alone lift an
/// item among the best.
const SHARE: f64 = 0.25;

/// The customer's heaviest items, which alone are named as reasons for what is new.
const VOICES: usize = 8;

impl Tifu {
    /// The best `n` items to keep for a customer with these baskets, the oldest first.
    /// Without any basket nothing is known, and nothing is answered.
    ///
    /// An item that the customer has bought speaks for itself. For another one speak, out
    /// of the customer's eight heaviest items, the three that account for most of the
    /// closeness to the neighbours who bring it: `own(j) * sum over x of x(i) * x(j)`.
    pub(crate) fn rank<'a>(
        &self,
        baskets: impl ExactSizeIterator<Item = &'a [u32]>,
        n: usize,
        keep: &dyn Fn(u32) -> bool,
        scratch: &mut Scratch,
    ) -> Vec<Ranked> {
        let own = vector(&self.params, self.index.items(), baskets);
        if own.is_empty() || n == 0 {
            return Vec::new();
        }
        self.index.nearest(&own, self.params.neighbours as usize, &mut scratch.nearest);
        self.candidates(&own, n, keep, scratch);
        let Scratch { sums, .. } = scratch;
        let k = scratch.nearest.found.len();
        let ranked = sums.candidates.iter().map(|c| Ranked {
            item: c.item,
            score: self.score(c.own, c.sum, k),
            because: if c.own > 0 { vec![c.item] } else { Vec::new() },
        });
        let ranked = best(ranked.filter(|ranked| ranked.score > 0.0).collect(), n);
        self.explained(ranked, &own, scratch)
    }

    /// The score of an item: never less for a greater sum, in floating point too.
    fn score(&self, own: u32, sum: u64, k: usize) -> f64 {
        let alpha = self.params.alpha;
        let mean = sum as f64 / (k.max(1) as f64 * f64::from(ONE));
        alpha * (f64::from(own) / f64::from(ONE)) + (1.0 - alpha) * mean
    }

    /// Finds all candidates that may be among the best `n`, with their whole sums.
    fn candidates(
        &self,
        own: &[(u32, u32)],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
        scratch: &mut Scratch,
    ) {
        let Scratch { nearest, sums, places } = scratch;
        let k = nearest.found.len();
        // What the customer buys alone gives `n` items that score at least so much.
        let nth = own.iter().filter(|(item, _)| keep(*item)).nth(n - 1);
        let enough = nth.map_or(0.0, |(_, weight)| f64::from(*weight));
        let others = (1.0 - self.params.alpha).max(f64::MIN_POSITIVE);
        let light = (SHARE * enough * self.params.alpha / others).min(f64::from(ONE)) as u32;
        sums.add_up(&self.index, &nearest.found, own, light);
        let candidates = &mut sums.candidates;
        let least = |c: &Candidate| self.score(c.own, c.sum, k);
        let most = |c: &Candidate| self.score(c.own, c.most(light), k);
        let bound = nth.map_or(0.0, |(_, weight)| self.score(*weight, 0, k));
        candidates.retain(|c| most(c) >= bound && keep(c.item));
        if light == 0 || candidates.len() <= n {
            // TODO
        }
        let mut scores: Vec<f64> = candidates.iter().map(least).collect();
        if light > 0 && n <= scores.len() {
            scores.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a));
            let bound = scores.get(n - 1).copied().unwrap_or(0.0);
            candidates.retain(|c| most(c) >= bound);
        }
        places.clear();
        places.resize(self.index.rows().len(), 0);
        for (place, (_, row)) in (1u32..).zip(&nearest.found) {
            if let Some(at) = places.get_mut(*row as usize) {
                *at = place;
            }
        }
        if light > 0 {
            for candidate in candidates {
                let list = self.index.list(candidate.item).iter();
                let near = list.filter(|(row, _)| places.get(*row as usize).is_some_and(|p| *p > 0));
                candidate.sum = near.map(|(_, weight)| u64::from(*weight)).sum();
            }
        }
    }

    fn explained(&self, ranked: Vec<Ranked>, own: &[(u32, u32)], scratch: &Scratch) -> Vec<Ranked> {
        let k = scratch.nearest.found.len();
        if ranked.iter().all(|r| !r.because.is_empty()) {
            return ranked;
        }
        // For each neighbour, what each voice has to do with how near it is.
        let mut shared = vec![[0u64; VOICES]; k];
        for (voice, (item, weight)) in own.iter().take(VOICES).enumerate() {
            for (row, other) in self.index.list(*item) {
                let place = scratch.places.get(*row as usize).copied().unwrap_or(0);
                let Some(place) = place.checked_sub(1) else { continue };
                if let Some(at) = shared.get_mut(place as usize).and_then(|s| s.get_mut(voice)) {
                    *at = u64::from(*weight) * u64::from(*other);
                }
            }
        }
        let mut ranked = ranked;
        for r in ranked.iter_mut().filter(|r| r.because.is_empty()) {
            let mut sums = [0u128; VOICES];
            for (row, weight) in self.index.list(r.item) {
                let place = scratch.places.get(*row as usize).copied().unwrap_or(0);
                let Some(place) = place.checked_sub(1) else { continue };
                for (sum, part) in sums.iter_mut().zip(shared.get(place as usize).into_iter().flatten()) {
                    *sum += u128::from(*weight) * u128::from(*part);
                }
            }
            let mut said: Vec<(u128, u32)> = sums.into_iter().zip(own.iter().map(|(item, _)| *item)).filter(|(s, _)| *s > 0).collect();
            said.sort_unstable_by_key(|(sum, item)| (std::cmp::Reverse(*sum), *item));
            r.because.extend(said.iter().take(3).map(|(_, item)| *item));
        }
        ranked
    }
}
