//! Parameters of session neighbours: VMIS-kNN, VSTAN and what lies between is one set.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How many clicks of the running session can be looked at.
pub(super) const MOST_CLICKS: u32 = 32;

/// How a weight falls from the last click of the running session to the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fall {
    /// In equal steps, as in VMIS-kNN.
    Linear,
    /// By a factor of e each so many clicks, as in STAN.
    Exponential(f64),
    /// Not at all.
    Never,
}

/// How much more a rare item counts, by `idf = ln(sessions / sessions with the item)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rarity {
    /// `weight * idf`, as in VMIS-kNN; 1 for an item of every session.
    Times(f64),
    /// `1 + weight * idf`, as in VSTAN.
    Plus(f64),
}

/// Parameters of session neighbours: what a visitor looks at next, from past visits like the
/// present one. It looks at the present visit alone, learns from what customers looked at
/// who let others learn, and follows every one who comes or goes.
///
/// ```
/// use confidant::{Recommender, SessionNeighbours};
///
/// let recommender = Recommender::from(SessionNeighbours::vstan().half_life_days(Some(14.0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SessionNeighbours {
    pub(super) recent: u32,
    pub(super) neighbours: u32,
    pub(super) clicks: u32,
    pub(super) position: Fall,
    pub(super) matched: Fall,
    pub(super) distance: Option<f64>,
    pub(super) half_life_days: Option<f64>,
    pub(super) by_length: bool,
    pub(super) rarity: Rarity,
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
            half_life_days: None,
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
            distance: Some(0.5),
            half_life_days: Some(40.0),
            by_length: false,
            rarity: Rarity::Plus(5.0),
        }
    }

    /// Of how many sessions, the most recent that share an item, neighbours are chosen.
    /// From 1 to 100,000.
    #[must_use]
    pub fn recent(self, sessions: u32) -> Self {
        Self { recent: sessions, ..self }
    }

    /// How many neighbours speak. From 1 to 10,000.
    #[must_use]
    pub fn neighbours(self, neighbours: u32) -> Self {
        Self { neighbours, ..self }
    }

    /// How many of the running session's last clicks are looked at. From 1 to 32.
    #[must_use]
    pub fn clicks(self, clicks: u32) -> Self {
        Self { clicks, ..self }
    }

    /// How much a shared item counts for the similarity. `Linear` goes down to nothing
    /// just before the first click.
    #[must_use]
    pub fn position(self, fall: Fall) -> Self {
        Self { position: fall, ..self }
    }

    /// How much a neighbour counts, by the latest shared item. `Linear` goes from 0.9 for
    /// the last click down to nothing for the tenth last.
    #[must_use]
    pub fn matched(self, fall: Fall) -> Self {
        Self { matched: fall, ..self }
    }

    /// An item counts less by a factor of e for each so many clicks between it and the
    /// latest shared item, in the neighbour.
    #[must_use]
    pub fn distance(self, clicks: Option<f64>) -> Self {
        Self { distance: clicks, ..self }
    }

    /// A neighbour that is older by so many days counts half.
    #[must_use]
    pub fn half_life_days(self, days: Option<f64>) -> Self {
        Self { half_life_days: days, ..self }
    }

    /// Whether similarity is the cosine, so that long sessions count less.
    #[must_use]
    pub fn by_length(self, by_length: bool) -> Self {
        Self { by_length, ..self }
    }

    /// How much more a rare item counts.
    #[must_use]
    pub fn rarity(self, rarity: Rarity) -> Self {
        Self { rarity, ..self }
    }

    /// # Errors
    /// A parameter is out of its range.
    pub(crate) fn check(&self) -> Result<()> {
        let whole = [
            (self.recent, 100_000, "`recent` is out of range: expected 1 to 100,000"),
            (self.neighbours, 10_000, "`neighbours` is out of range: expected 1 to 10,000"),
            (self.clicks, MOST_CLICKS, "`clicks` is out of range: expected 1 to 32"),
        ];
        for (value, most, message) in whole {
            if !(1..=most).contains(&value) {
                return Err(Error::configuration(message));
            }
        }
        let scale = |fall| if let Fall::Exponential(scale) = fall { scale } else { 1.0 };
        let (Rarity::Times(rarity) | Rarity::Plus(rarity)) = self.rarity;
        let rarity = if self.rarity == Rarity::Plus(0.0) { 1.0 } else { rarity };
        let real = [
            (scale(self.position), "`position` is out of range: expected 0.01 to 100,000 clicks"),
            (scale(self.matched), "`matched` is out of range: expected 0.01 to 100,000 clicks"),
            (
                self.distance.unwrap_or(1.0),
                "`distance` is out of range: expected 0.01 to 100,000 clicks",
            ),
            (
                self.half_life_days.unwrap_or(1.0),
                "`half_life_days` is out of range: expected 0.01 to 100,000",
            ),
            (rarity, "`rarity` is out of range: expected 0.01 to 100,000"),
        ];
        for (value, message) in real {
            if !(0.01..=100_000.0).contains(&value) {
                return Err(Error::configuration(message));
            }
        }
        Ok(())
    }
}
