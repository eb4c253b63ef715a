//! Group commit: who commits while another does waits, and all who wait are committed
//! together by one of them. A caller waits for the group before its own and for its own.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::error::Result;
use crate::store::{Batch, Commit, Durability};

/// Where callers meet.
#[derive(Default)]
pub(super) struct Meeting {
    state: Mutex<State>,
    /// A group was answered: its callers go, and one of the next group leads.
    answered: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether a group is being committed.
    leading: bool,
    /// Those who came since.
    next: Group,
}

#[derive(Default)]
struct Group {
    batches: Vec<Batch>,
    durability: Option<Durability>,
    answer: Arc<OnceLock<Result<Vec<Commit>>>>,
}

impl Meeting {
    /// Commits these batches, with those of whoever else came meanwhile, at the highest
    /// durability that one of them asks for. `commit` must not panic.
    pub(super) fn commit(
        &self,
        batches: &[Batch],
        durability: Durability,
        commit: impl FnOnce(&[Batch], Durability) -> Result<Vec<Commit>>,
    ) -> Result<Vec<Commit>> {
        let mut state = self.lock();
        let first = state.next.batches.len();
        state.next.batches.extend_from_slice(batches);
        state.next.durability = state.next.durability.max(Some(durability));
        let answer = Arc::clone(&state.next.answer);
        while state.leading && answer.get().is_none() {
            state = self.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if answer.get().is_none() {
            // Nobody leads, so the group without an answer is the next one: ours.
            state.leading = true;
            let group = std::mem::take(&mut state.next);
            drop(state);
            let durability = group.durability.unwrap_or(durability);
            let outcome = commit(&group.batches, durability);
            state = self.lock();
            _ = group.answer.set(outcome);
            state.leading = false;
            self.answered.notify_all();
        }
        drop(state);
        let mine = |all: &Vec<Commit>| {
            all.iter().skip(first).take(batches.len()).copied().collect::<Vec<_>>()
        };
        match answer.get() {
            Some(outcome) => outcome.as_ref().map(mine).map_err(Clone::clone),
            None => Ok(Vec::new()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
