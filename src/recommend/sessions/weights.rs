//! How much each distance weighs: what follows from parameters once.

use super::params::{Fall, MOST_CLICKS, Rarity, SessionNeighbours};
use super::past::LONGEST;

/// Tables for parameters that were checked.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    pub(super) params: SessionNeighbours,
    position: Vec<f64>,
    matched: Vec<f64>,
    distance: Vec<f64>,
    length: Vec<f64>,
    half_lives_per_ms: f64,
}

const DAY_MS: f64 = 86_400_000.0;

impl Weights {
    pub(crate) fn new(params: SessionNeighbours) -> Self {
        let exponential = |far: usize, scale: f64| libm::exp(-(far as f64) / scale);
        let falling = |fall: Fall, linear: fn(usize) -> f64| {
            let weight = |far| match fall {
                Fall::Linear => linear(far),
                Fall::Exponential(scale) => exponential(far, scale),
                Fall::Never => 1.0,
            };
            (0..MOST_CLICKS as usize).map(weight).collect()
        };
        let distance = |far| params.distance.map_or(1.0, |scale| exponential(far, scale));
        let root = |items: usize| f64::sqrt(items.max(1) as f64);
        let length = |items| if params.by_length { 1.0 / root(items) } else { 1.0 };
        Self {
            params,
            position: falling(params.position, |far| -(far as f64)),
            matched: falling(params.matched, |far| (9.0 - far as f64).max(0.0) / 10.0),
            distance: (0..LONGEST).map(distance).collect(),
            length: (0..=LONGEST).map(length).collect(),
            half_lives_per_ms: params.half_life_days.map_or(0.0, |days| 1.0 / (days * DAY_MS)),
        }
    }

    /// Of a shared item that was clicked so long before the last of so many clicks.
    pub(super) fn position(&self, far: usize, clicks: usize) -> f64 {
        let weight = self.position.get(far).copied().unwrap_or_default();
        match self.params.position {
            Fall::Linear => clicks as f64 + weight,
            Fall::Exponential(_) | Fall::Never => weight,
        }
    }

    /// Of a neighbour whose latest shared item was clicked so long before the last.
    pub(super) fn matched(&self, far: usize) -> f64 {
        self.matched.get(far).copied().unwrap_or_default()
    }

    /// Of an item of a neighbour that is so many clicks from the match.
    pub(super) fn distance(&self, far: u8) -> f64 {
        self.distance.get(usize::from(far)).copied().unwrap_or_default()
    }

    /// Whether that depends on the distance.
    pub(super) fn has_distance(&self) -> bool {
        self.params.distance.is_some()
    }

    /// Of a neighbour with so many items that is so many milliseconds older than the
    /// newest one.
    pub(super) fn neighbour(&self, items: usize, age_ms: i64) -> f64 {
        let length = self.length.get(items).copied().unwrap_or_default();
        match self.params.half_life_days {
            Some(_) => length * libm::exp2(-(age_ms as f64) * self.half_lives_per_ms),
            None => length,
        }
    }

    /// Of an item with an idf.
    pub(super) fn rarity(&self, idf: f64) -> f64 {
        match self.params.rarity {
            Rarity::Times(weight) if idf > 0.0 => weight * idf,
            Rarity::Times(_) => 1.0,
            Rarity::Plus(weight) => 1.0 + weight * idf,
        }
    }
}
