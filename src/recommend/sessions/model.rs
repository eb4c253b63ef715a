//! Session neighbours as a recommender.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{Running, Scratch, SessionNeighbours, Sessions, Weights};
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};
use crate::recommend::corpus::Corpus;
use crate::recommend::past::Past;
use crate::recommend::pool::Pool;
use crate::recommend::rows::Rows;
use crate::recommend::{Model, Query, Ranked, Taught};

impl SessionNeighbours {
    /// With the decays that suit what was learned.
    pub(crate) fn chosen_on(self, corpus: &Corpus) -> Self {
        let (times, rows) = clicks(corpus);
        self.chosen(&times, &rows)
    }

    pub(crate) fn fit(&self, corpus: &Corpus, catalog: &Catalog) -> Clicked {
        let (times, rows) = clicks(corpus);
        Clicked::new(*self, Sessions::build(&times, &rows), catalog)
    }
}

/// When sessions ended, and what was looked at in each.
fn clicks(corpus: &Corpus) -> (Vec<i64>, Rows) {
    let (mut times, mut rows) = (Vec::new(), Rows::default());
    for (at, items) in corpus.visits() {
        times.push(*at);
        rows.push(items.iter().copied());
    }
    (times, rows)
}

/// Past sessions, indexed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Clicked {
    params: SessionNeighbours,
    sessions: Sessions,
    #[serde(skip)]
    weights: Option<Weights>,
    #[serde(skip)]
    pool: Pool<Scratch>,
    #[serde(skip)]
    catalog: Digest,
    /// Worked out when it is asked for: it reads every session.
    #[serde(skip)]
    digest: OnceLock<Digest>,
}

impl Clicked {
    fn new(params: SessionNeighbours, sessions: Sessions, catalog: &Catalog) -> Self {
        let catalog = catalog.digest();
        let weights = Some(Weights::new(params));
        let (pool, digest) = Default::default();
        Self { params, sessions, weights, pool, catalog, digest }
    }

    /// Forgets somebody's visits.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        for (n, (at, items)) in gone.visits().iter().enumerate() {
            if !self.sessions.remove(*at, items) {
                let put_back = gone.visits().iter().take(n);
                put_back.for_each(|(at, items)| _ = self.sessions.insert(*at, items));
                return false;
            }
        }
        self.digest = OnceLock::new();
        true
    }

    /// Learns somebody's visits.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        for (at, items) in new.visits() {
            _ = self.sessions.insert(*at, items);
        }
        self.digest = OnceLock::new();
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
        let running =
            Running { clicks: past.looked_at(), n: query.n, keep: query.keep, why: query.why };
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
        let Self { params, sessions, catalog, digest, .. } = self;
        *digest.get_or_init(|| numeric::digest(&("sessions", params, sessions, catalog)))
    }
}
