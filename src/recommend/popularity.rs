//! What is popular now: purchases of everybody who lets others learn, the recent ones
//! weighing more.
//!
//! `score(i) = sum over days d of bought(i, d) * 2^(-(now - d) / half_life)`, in fixed
//! point.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::past::Past;
use super::{Model, Query, Ranked, Taught};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::numeric::{self, Digest, ONE, half_life_weight};
use crate::types::Timestamp;

/// Parameters of time-decayed popularity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Popularity {
    half_life_days: u32,
}

impl Popularity {
    /// A half-life of 30 days.
    #[must_use]
    pub fn params() -> Self {
        Self { half_life_days: 30 }
    }

    /// After so many days a purchase weighs half. From 1 to 36,500.
    #[must_use]
    pub fn half_life_days(self, days: u32) -> Self {
        Self { half_life_days: days }
    }

    pub(super) fn check(&self) -> Result<()> {
        check_half_life(self.half_life_days)
    }

    pub(crate) fn fit(&self, corpus: &Corpus, catalog: &Catalog, now: Timestamp) -> Popular {
        let mut weights = vec![0u64; corpus.items()];
        for (item, day, n) in corpus.bought() {
            if let Some(sum) = weights.get_mut(*item as usize) {
                *sum = sum.saturating_add(self.weight(now.day(), *day, *n));
            }
        }
        let order = (0..).zip(weights).collect();
        Popular::new(order, *self, now.day(), catalog.digest())
    }

    /// What purchases of a day weigh on another.
    fn weight(&self, today: i64, day: i32, purchases: u64) -> u64 {
        let age = u64::try_from(today.saturating_sub(i64::from(day))).unwrap_or(0);
        half_life_weight(age, self.half_life_days.into()).saturating_mul(purchases)
    }
}

pub(super) fn check_half_life(days: u32) -> Result<()> {
    if (1..=36_500).contains(&days) {
        return Ok(());
    }
    Err(Error::configuration("`half_life_days` is out of range: expected 1 to 36,500"))
}

/// Fitted popularity: items with their weights, best first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Popular {
    order: Vec<(u32, u64)>,
    params: Popularity,
    /// As of which day.
    today: i64,
    #[serde(skip)]
    catalog: Digest,
    #[serde(skip)]
    digest: Digest,
}

impl Popular {
    fn new(mut order: Vec<(u32, u64)>, params: Popularity, today: i64, catalog: Digest) -> Self {
        order.retain(|(_, weight)| *weight > 0);
        order.sort_unstable_by_key(|(item, weight)| (std::cmp::Reverse(*weight), *item));
        let digest = numeric::digest(&("popularity", &order, catalog));
        Self { order, params, today, catalog, digest }
    }

    /// Forgets what somebody bought.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        self.change(gone, u64::saturating_sub)
    }

    /// Learns what somebody bought.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        self.change(new, u64::saturating_add)
    }

    fn change(&mut self, bought: &Taught, with: fn(u64, u64) -> u64) -> bool {
        let mut weights: BTreeMap<u32, u64> = self.order.iter().copied().collect();
        for (item, day, n) in bought.bought() {
            let sum = weights.entry(*item).or_default();
            *sum = with(*sum, self.params.weight(self.today, *day, *n));
        }
        let order = weights.into_iter().collect();
        *self = Self::new(order, self.params, self.today, self.catalog);
        true
    }

    /// One that was read, if it ranks items of a catalogue as fitting does.
    pub(crate) fn checked(self, catalog: &Catalog) -> Option<Self> {
        let place = |(item, weight): &(u32, u64)| (std::cmp::Reverse(*weight), *item);
        let ranked = self.order.is_sorted_by(|a, b| place(a) < place(b));
        let mut items: Vec<u32> = self.order.iter().map(|(item, _)| *item).collect();
        items.sort_unstable();
        let distinct = items.is_sorted_by(|a, b| a < b);
        let known = items.last().is_none_or(|last| catalog.item(*last).is_some());
        let bought = self.order.last().is_none_or(|(_, weight)| *weight > 0);
        let usable = self.params.check().is_ok();
        (ranked && distinct && known && bought && usable)
            .then(|| Self::new(self.order, self.params, self.today, catalog.digest()))
    }

    /// The items that anybody bought, best first.
    pub(super) fn items(&self) -> impl Iterator<Item = u32> {
        self.order.iter().map(|(item, _)| *item)
    }

    /// The share of all purchases that are of some items; zero if there are none.
    pub(crate) fn share(&self, of: impl Fn(u32) -> bool) -> f64 {
        let sum = |these: &dyn Fn(u32) -> bool| -> u128 {
            self.order.iter().filter(|(item, _)| these(*item)).map(|(_, w)| u128::from(*w)).sum()
        };
        let all = sum(&|_| true);
        if all == 0 { 0.0 } else { sum(&of) as f64 / all as f64 }
    }
}

impl Model for Popular {
    fn rank(&self, _: &Past, query: &Query<'_>) -> Vec<Ranked> {
        self.order
            .iter()
            .filter(|(item, _)| (query.keep)(*item))
            .take(query.n)
            .map(|(item, weight)| Ranked {
                item: *item,
                score: *weight as f64 / ONE as f64,
                because: Vec::new(),
            })
            .collect()
    }

    fn is_personal(&self) -> bool {
        false
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
