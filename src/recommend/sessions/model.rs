//! Session neighbours as a recommender.

use serde::{Deserialize, Serialize};

use super::{Fall, Pool, Rarity, Running, SessionNeighbours, Sessions, Weights};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};
use crate::recommend::corpus::Corpus;
use crate::recommend::past::Past;
use crate::recommend::rows::Rows;
use crate::recommend::{Model, Query, Ranked, Taught};

impl SessionNeighbours {
    /// How many of the latest sessions with an item are looked at. From 1 to 1,000,000.
    #[must_use]
    pub fn recent(self, sessions: u32) -> Self {
        Self { recent: sessions, ..self }
    }

    /// How many of them speak: the nearest. From 1 to 100,000.
    #[must_use]
    pub fn neighbours(self, neighbours: u32) -> Self {
        Self { neighbours, ..self }
    }

    /// How many of the running session's last items are looked at. From 1 to 32.
    #[must_use]
    pub fn clicks(self, clicks: u32) -> Self {
        Self { clicks, ..self }
    }

    /// An item of the running session weighs less by a factor of e each so many clicks before
    /// the last (STAN's first decay). Above zero.
    #[must_use]
    pub fn position(self, clicks: f64) -> Self {
        Self { position: Fall::Exponential(clicks), ..self }
    }

    /// A neighbour weighs less by a factor of e each so many clicks that the latest item in
    /// common is before the last. Above zero.
    #[must_use]
    pub fn matched(self, clicks: f64) -> Self {
        Self { matched: Fall::Exponential(clicks), ..self }
    }

    /// What a neighbour says weighs less by a factor of e each so many clicks from what it has
    /// in common (STAN's third decay). Above zero.
    #[must_use]
    pub fn distance(self, clicks: f64) -> Self {
        Self { distance: Some(clicks), ..self }
    }

    /// A neighbour weighs half, so many days before the latest session (STAN's second decay).
    /// Above zero.
    #[must_use]
    pub fn half_life_days(self, days: f64) -> Self {
        Self { half_life_days: Some(days), ..self }
    }

    /// How much more rare items count: `1 + weight * ln(sessions / sessions with the item)`.
    /// Zero or more.
    #[must_use]
    pub fn rarity(self, weight: f64) -> Self {
        Self { rarity: Rarity::Plus(weight), ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let fall = |fall: Fall| match fall {
            Fall::Exponential(clicks) => Some(clicks),
            Fall::Linear | Fall::Never => None,
        };
        let above = |number: Option<f64>| number.is_none_or(|number| number > 0.0 && number < 1e18);
        let (Rarity::Times(rare) | Rarity::Plus(rare)) = self.rarity;
        let checks = [
            ("recent", "1 to 1,000,000", (1..=1_000_000).contains(&self.recent)),
            ("neighbours", "1 to 100,000", (1..=100_000).contains(&self.neighbours)),
            ("clicks", "1 to 32", (1..=32).contains(&self.clicks)),
            ("position", "above zero", above(fall(self.position))),
            ("matched", "above zero", above(fall(self.matched))),
            ("distance", "above zero", above(self.distance)),
            ("half_life_days", "above zero", above(self.half_life_days)),
            ("rarity", "0 to 1,000", (0.0..=1e3).contains(&rare)),
        ];
        match checks.iter().find(|(.., fits)| !fits) {
            None => Ok(()),
            Some((name, range, _)) => {
                Err(Error::configuration(format!("`{name}` is out of range: expected {range}")))
            }
        }
    }

    pub(crate) fn fit(&self, corpus: &Corpus, catalog: &Catalog) -> Clicked {
        let (mut times, mut rows) = (Vec::new(), Rows::default());
        for (at, items) in corpus.visits() {
            times.push(*at);
            rows.push(items.iter().copied());
        }
        Clicked::new(*self, Sessions::build(&times, &rows), catalog)
    }
}

/// Past sessions, indexed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Clicked {
    params: SessionNeighbours,
    sessions: Sessions,
    #[serde(skip)]
    weights: Option<Weights>,
    #[serde(skip)]
    pool: Pool,
    #[serde(skip)]
    catalog: Digest,
    #[serde(skip)]
    digest: Digest,
}

impl Clicked {
    fn new(params: SessionNeighbours, sessions: Sessions, catalog: &Catalog) -> Self {
        let catalog = catalog.digest();
        let digest = numeric::digest(&("sessions", params, &sessions, catalog));
        let weights = Some(Weights::new(params));
        Self { params, sessions, weights, pool: Pool::default(), catalog, digest }
    }

    /// Forgets somebody's visits.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        for (at, items) in gone.visits() {
            if !self.sessions.remove(*at, items) {
                return false;
            }
        }
        self.digest = numeric::digest(&("sessions", self.params, &self.sessions, self.catalog));
        true
    }

    /// One that was read, if these parameters could have led to it; items that a catalogue
    /// does not have are never given.
    pub(crate) fn checked(self, params: &SessionNeighbours, catalog: &Catalog) -> Option<Self> {
        (self.params == *params).then(|| Self::new(self.params, self.sessions, catalog))
    }
}

impl Model for Clicked {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let Some(weights) = &self.weights else { return Vec::new() };
        let running = Running { clicks: past.looked_at(), n: query.n, keep: query.keep };
        let ranked = self.pool.with(|scratch| self.sessions.rank(weights, &running, scratch));
        let ranked = ranked.into_iter().map(|suggested| Ranked {
            item: suggested.item,
            score: suggested.score,
            because: suggested.because.items().to_vec(),
        });
        ranked.collect()
    }

    fn is_personal(&self) -> bool {
        false
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
