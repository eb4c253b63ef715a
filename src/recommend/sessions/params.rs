//! Parameters of session neighbours, and the tables that follow from them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::past::LONGEST;

/// How many clicks of the running session can be looked at.
pub(super) const MOST_CLICKS: usize = 32;

/// How a weight falls with the distance from the running session's last click.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fall {
    /// In equal steps.
    Linear,
    /// By a factor of e each so many clicks.
    Exponential(f64),
    /// Not at all.
    Never,
}

/// How much more a rare item counts, by `idf = ln(sessions / sessions with the item)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rarity {
    /// `weight * idf`; 1 where the item is in every session.
    Times(f64),
    /// `1 + weight * idf`.
    Plus(f64),
}

/// Parameters of session neighbours: what a visitor looks at next, from past visits like the
/// present one. It looks at the present visit alone, learns from what customers looked at
/// who let others learn, and follows every one who comes or goes.
///
/// ```
/// use confidant::{Recommender, SessionNeighbours};
///
/// let recommender = Recommender::from(SessionNeighbours::vstan().half_life_days(14.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SessionNeighbours {
    pub(crate) recent: u32,
    pub(crate) neighbours: u32,
    pub(crate) clicks: u32,
    pub(crate) position: Fall,
    pub(crate) matched: Fall,
    pub(crate) distance: Option<f64>,
    pub(crate) half_life_ms: Option<f64>,
    pub(crate) by_length: bool,
    pub(crate) rarity: Rarity,
}

impl SessionNeighbours {
    /// VMIS-kNN as Serenade runs it: 1,502 recent sessions, 288 neighbours, the last four
    /// clicks, rare items counting more (Kersbergen, Sprangers and Schelter, SIGMOD 2022).
    #[must_use]
    pub fn vmis_knn() -> Self {
        Self {
            recent: 1_502,
            neighbours: 288,
            clicks: 4,
            position: Fall::Linear,
            matched: Fall::Linear,
            distance: None,
            half_life_ms: None,
            by_length: false,
            rarity: Rarity::Times(2.0),
        }
    }

    /// With the decays of STAN and VSTAN: of the position in the running session, of the
    /// neighbour's age, and of the distance from what is in common (Garg et al., SIGIR 2019;
    /// Ludewig, Mauro, Latifi and Jannach, UMUAI 2021).
    #[must_use]
    pub fn vstan() -> Self {
        Self {
            recent: 1_000,
            neighbours: 200,
            clicks: 8,
            position: Fall::Exponential(3.0),
            matched: Fall::Exponential(0.85),
            distance: Some(0.4),
            half_life_ms: Some(40.0 * 86_400_000.0),
            by_length: false,
            rarity: Rarity::Plus(5.0),
        }
    }
}

/// What follows from parameters once: how much each distance weighs.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    pub(super) params: SessionNeighbours,
    /// Of an item of the running session, by its distance from the last click.
    pub(super) position: Vec<f64>,
    /// Of a neighbour, by the distance of the latest shared item.
    pub(super) matched: Vec<f64>,
    /// Of an item of a neighbour, by how many clicks it is from the match.
    pub(super) distance: Vec<f64>,
    /// One through the root of a neighbour's length.
    pub(super) by_length: Vec<f64>,
    /// Half-lives in a millisecond.
    pub(super) per_ms: f64,
}

impl Weights {
    pub(crate) fn new(params: SessionNeighbours) -> Self {
        let decay = |scale: Option<f64>| -> Vec<f64> {
            let weight = |far: usize| scale.map_or(1.0, |scale| libm::exp(-(far as f64) / scale));
            (0..LONGEST).map(weight).collect()
        };
        let falling = |fall: Fall, linear: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let weight = |far: usize| match fall {
                Fall::Linear => linear(far),
                Fall::Exponential(scale) => libm::exp(-(far as f64) / scale),
                Fall::Never => 1.0,
            };
            (0..MOST_CLICKS).map(weight).collect()
        };
        let root = |length: usize| 1.0 / (length.max(1) as f64).sqrt();
        Self {
            params,
            // In a session of so many clicks; what is shorter shifts it.
            position: falling(params.position, &|_| 0.0),
            matched: falling(params.matched, &|far| (9.0 - far as f64).max(0.0) / 10.0),
            distance: decay(params.distance),
            by_length: (0..=LONGEST)
                .map(|length| if params.by_length { root(length) } else { 1.0 })
                .collect(),
            per_ms: params.half_life_ms.map_or(0.0, |half_life| 1.0 / half_life),
        }
    }

    /// Of an item of a neighbour that is so many clicks from the match.
    pub(super) fn distance(&self, far: u8) -> f64 {
        self.distance.get(usize::from(far)).copied().unwrap_or_default()
    }

    /// Of a neighbour with so many items.
    pub(super) fn length(&self, items: usize) -> f64 {
        self.by_length.get(items).copied().unwrap_or_default()
    }
}
