//! Which partitions are being read or written, so that a slow reader does not put an old
//! value over a newer one.

use std::sync::Arc;

use hashbrown::HashMap;

/// The partitions with calls under way.
#[derive(Default)]
pub(super) struct Flights(HashMap<Arc<[u8]>, Flight>);

/// The calls of one partition that are under way.
#[derive(Default)]
struct Flight {
    calls: usize,
    commits: usize,
    /// How many commits began or ended since the first of these calls.
    changes: u64,
}

/// When a call began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Began(u64);

impl Flights {
    pub(super) fn begin(&mut self, partition: &[u8], commit: bool) -> Began {
        let flight = self.0.entry(partition.into()).or_default();
        flight.calls += 1;
        flight.commits += usize::from(commit);
        flight.changes += u64::from(commit);
        Began(flight.changes)
    }

    /// Whether a commit is under way.
    pub(super) fn is_written(&self, partition: &[u8]) -> bool {
        self.0.get(partition).is_some_and(|flight| flight.commits > 0)
    }

    /// Whether no other commit was under way at any time since the call began.
    pub(super) fn end(&mut self, partition: &[u8], commit: bool, began: Began) -> bool {
        let Some(flight) = self.0.get_mut(partition) else { return false };
        let alone = flight.changes == began.0 && flight.commits == usize::from(commit);
        flight.calls -= 1;
        flight.commits -= usize::from(commit);
        flight.changes += u64::from(commit);
        if flight.calls == 0 {
            self.0.remove(partition);
        }
        alone
    }
}
