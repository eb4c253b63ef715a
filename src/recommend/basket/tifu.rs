//! TIFU-kNN: what a customer buys, recent baskets weighing more, and what those buy whose
//! baskets are alike (Hu, He, Gao and Zhang, 2020).
//!
//! `score(i) = alpha * own(i) + (1 - alpha) * mean over the k nearest x of x(i)`, over the
//! vectors of `vector`, near by Euclid's distance. Whoever asks may be among their own
//! neighbours, at a distance of nought, if their history was learned from. A customer can
//! be learned and forgotten at once: the model is then the one that is built without them.

use serde::{Deserialize, Serialize};

use super::Histories;
use super::bought::Bought;
use super::index::Index;
use super::model::Tifu;
use super::vector::{Vector, vector};
use crate::error::{Error, Result};

/// Parameters of TIFU-kNN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TifuKnn {
    pub(super) groups: u32,
    pub(super) within: f64,
    pub(super) between: f64,
    pub(super) neighbours: u32,
    pub(super) alpha: f64,
}

impl TifuKnn {
    /// Seven groups, each weighing 0.7 of the next, no decay within; 300 neighbours; 0.4 of
    /// the customer's own. The paper's are a decay of 0.9 within and 0.7 of the customer's
    /// own; these were better when each customer's last basket but one was to be told.
    #[must_use]
    pub fn params() -> Self {
        Self { groups: 7, within: 1.0, between: 0.7, neighbours: 300, alpha: 0.4 }
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
            let bought = (from..to).map(|customer| Bought::new(items, histories.of(customer)));
            bought.map(|bought| vector(self, &bought)).collect()
        };
        let starts = (0..histories.len()).step_by(part);
        let rows = if threads <= 1 {
            starts.flat_map(of).collect()
        } else {
            std::thread::scope(|scope| {
                let of = &of;
                let parts: Vec<_> = starts.map(|from| scope.spawn(move || of(from))).collect();
                // A worker that panics panics here, as it would without threads: a model
                // without its customers would be a wrong one.
                let part = |part: std::thread::ScopedJoinHandle<'_, Vec<Vector>>| {
                    part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                };
                parts.into_iter().flat_map(part).collect()
            })
        };
        Tifu::new(*self, Index::new(items, rows))
    }
}
