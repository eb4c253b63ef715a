//! What the customer buys again and again: the strongest simple baseline of next-basket
//! recommendation (Li et al., "A Next Basket Recommendation Reality Check", 2023).
//!
//! `score(i) = sum over own orders o with i of 2^(-(now - o) / half_life)`, in fixed
//! point. It learns from nobody, so it follows every choice at once.

use serde::{Deserialize, Serialize};

use super::past::Past;
use super::popularity::check_half_life;
use super::{Model, Query, Ranked, best};
use crate::error::Result;
use crate::numeric::{self, Digest, ONE, half_life_weight};
use crate::view::NO_TEXT;

/// Parameters of personal frequency with recency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PersonalFrequency {
    half_life_days: Option<u32>,
}

impl PersonalFrequency {
    /// Counts alone: every order weighs the same.
    #[must_use]
    pub fn params() -> Self {
        Self { half_life_days: None }
    }

    /// After so many days an order weighs half. From 1 to 36,500.
    #[must_use]
    pub fn half_life_days(self, days: u32) -> Self {
        Self { half_life_days: Some(days) }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.half_life_days.map_or(Ok(()), check_half_life)
    }

    /// The weight of each item, ascending by item. An item counts once per order.
    fn weights(&self, past: &Past) -> Vec<(u32, u64)> {
        let half_life = self.half_life_days.map(|days| u64::from(days) * 86_400_000);
        let weight = |at: i64| match half_life {
            Some(half_life) => half_life_weight(past.now().since_millis(at), half_life),
            None => ONE,
        };
        let lines = past.lines().iter();
        let mut bought: Vec<(u32, u32, i64)> =
            lines.map(|line| (line.item, line.order, line.at)).collect();
        bought.sort_unstable();
        bought.dedup_by(|b, a| (a.0, a.1) == (b.0, b.1) && a.1 != NO_TEXT);
        let mut weights: Vec<(u32, u64)> = Vec::new();
        for (item, _, at) in bought {
            match weights.last_mut() {
                Some(last) if last.0 == item => last.1 = last.1.saturating_add(weight(at)),
                _ => weights.push((item, weight(at))),
            }
        }
        weights
    }
}

impl Model for PersonalFrequency {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let ranked = self
            .weights(past)
            .into_iter()
            .filter(|(item, weight)| *weight > 0 && (query.keep)(*item))
            .map(|(item, weight)| Ranked {
                item,
                score: weight as f64 / ONE as f64,
                because: vec![item],
            })
            .collect();
        best(ranked, query.n)
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        numeric::digest(&("personal frequency", self))
    }
}
