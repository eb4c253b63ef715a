//! Whether one thing followed another.
//!
//! Of the rows at which a step can be, only the last one before a later row has to be
//! looked at: it is the nearest in time, has the fewest rows in between, and comes from the
//! latest beginning. So one pass per step finds every row that ends a chain, and the latest
//! instant at which such a chain can have begun.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use super::index::ByKind;
use super::matching::Matching;
use super::slot::{Following, Stride};
use super::window::Window;
use crate::types::Timestamp;

/// A chain of steps: when it began at the latest, and when its last step so far was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chain {
    begun: i64,
    last: i64,
}

/// Whether it happened, and the first later instant at which that may be another, if nothing
/// else happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Followed {
    pub(super) happened: bool,
    pub(super) until: Timestamp,
}

impl Following {
    pub(super) fn find(&self, by_kind: &ByKind<'_>) -> Followed {
        let bounds = self.window.bounds(by_kind.view);
        let mut chains = Vec::new();
        for (place, stride) in self.steps.iter().enumerate() {
            chains = match place {
                0 => stride.begin(by_kind, bounds),
                _ => stride.go_on(by_kind, &chains),
            };
        }
        let (complete, waiting) = self.complete(by_kind, chains);
        let begun = complete.iter().map(|chain| chain.begun).max();
        let ripe = waiting.iter().map(|(_, ripe)| *ripe).min();
        let by_window = match self.window {
            Window::Ever | Window::Days(..) => Timestamp::MAX,
            Window::Last(span) => begun
                .map_or(Timestamp::MAX, |begun| Timestamp::from_millis(begun.saturating_add(span))),
            // What comes into such a window, or leaves it, can begin or end any chain.
            Window::Ago(..) | Window::This(_) | Window::Previous(..) => {
                let first = self.steps.first();
                let edges = first.map(|step| by_kind.matching(&step.of, bounds).edges());
                self.window.moves(by_kind.view, || edges.unwrap_or_default())
            }
        };
        let by_quiet = match begun {
            // It goes on without those that wait.
            Some(_) if matches!(self.window, Window::Ever | Window::Days(..)) => Timestamp::MAX,
            _ => ripe.map_or(Timestamp::MAX, Timestamp::from_millis),
        };
        Followed { happened: begun.is_some(), until: by_window.min(by_quiet) }
    }

    /// The chains after which it has been quiet as long as it must, and those after which it
    /// is quiet still, with when it will have been.
    fn complete(
        &self,
        by_kind: &ByKind<'_>,
        chains: Vec<Chain>,
    ) -> (Vec<Chain>, Vec<(Chain, i64)>) {
        let Some((of, lasting)) = &self.quiet else { return (chains, Vec::new()) };
        let (now, noise) = (by_kind.view.now().as_millis(), instants(by_kind, of));
        let (mut complete, mut waiting) = (Vec::new(), Vec::new());
        for chain in chains {
            let ripe = chain.last.saturating_add(*lasting);
            let next = noise.partition_point(|at| *at <= chain.last);
            if noise.get(next).is_some_and(|at| *at <= ripe) {
                continue;
            }
            if ripe <= now {
                complete.push(chain);
            } else {
                waiting.push((chain, ripe));
            }
        }
        (complete, waiting)
    }
}

impl Stride {
    /// The rows at which a chain can begin.
    fn begin(&self, by_kind: &ByKind<'_>, bounds: (i64, i64)) -> Vec<Chain> {
        let at = &by_kind.view.rows().at;
        let noise = self.noise(by_kind);
        let quiet_before = |at: i64| {
            let from = self.within.map_or(i64::MIN, |within| at.saturating_sub(within));
            !any_in(&noise, from.saturating_sub(1), at)
        };
        let rows = by_kind.matching(&self.of, bounds).rows().map(|row| at[row]);
        let mut chains: Vec<Chain> =
            rows.filter(|at| quiet_before(*at)).map(|at| Chain { begun: at, last: at }).collect();
        chains.dedup();
        chains
    }

    /// The rows at which a chain can go on.
    fn go_on(&self, by_kind: &ByKind<'_>, chains: &[Chain]) -> Vec<Chain> {
        let noise = self.noise(by_kind);
        let mut longer: Vec<Chain> = Vec::new();
        for at in instants(by_kind, &self.of) {
            let before = chains.partition_point(|chain| chain.last < at);
            let Some(chain) = before.checked_sub(1).map(|place| chains[place]) else { continue };
            let in_time = self.within.is_none_or(|within| at.saturating_sub(chain.last) <= within);
            if in_time && !any_in(&noise, chain.last, at) {
                longer.push(Chain { begun: chain.begun, last: at });
            }
        }
        longer
    }

    /// The instants of what must not have happened, ascending.
    fn noise(&self, by_kind: &ByKind<'_>) -> Vec<i64> {
        let mut noise: Vec<i64> =
            self.without.iter().flat_map(|of| instants(by_kind, of)).collect();
        noise.sort_unstable();
        noise
    }
}

/// The instants of rows that match, ascending, each once.
fn instants(by_kind: &ByKind<'_>, of: &Matching) -> Vec<i64> {
    let at = &by_kind.view.rows().at;
    let found = by_kind.matching(of, (i64::MIN, by_kind.view.now().as_millis())).rows();
    let mut instants: Vec<i64> = found.map(|row| at[row]).collect();
    instants.dedup();
    instants
}

/// Whether any of these instants is strictly between two.
fn any_in(instants: &[i64], after: i64, before: i64) -> bool {
    let first = instants.partition_point(|at| *at <= after);
    instants.get(first).is_some_and(|at| *at < before)
}
