//! A model that is asked for one short list after the other.

use confidant::evaluate::{Asked, Hits, Trained};

use crate::support::measure::Latencies;
use crate::support::progress::Progress;

/// A model, and how long its answers took.
pub(crate) struct Asking<'a> {
    trained: &'a Trained,
    progress: Progress,
    queries: Latencies,
}

impl<'a> Asking<'a> {
    /// So many rounds of questions are to come.
    pub(crate) fn new(trained: &'a Trained, rounds: usize) -> Self {
        let progress = Progress::new("asking", rounds as u64);
        Self { trained, progress, queries: Latencies::default() }
    }

    /// Where the wanted items are in the best `n`.
    pub(crate) fn hits(&mut self, asked: &Asked<'_>, n: usize, wanted: &[&str]) -> Hits {
        let list = self.queries.time_cpu(|| self.trained.recommend(asked, n));
        let list: Vec<&str> = list.into_iter().map(|(item, _)| item).collect();
        Hits::of(&list, wanted)
    }

    pub(crate) fn round_done(&mut self) {
        self.progress.add(1);
    }

    pub(crate) fn done(self) -> Latencies {
        self.queries
    }
}
