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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::store::Version;

    /// While one commits, six come; then they are one group, at the highest durability,
    /// and each of them goes.
    #[test]
    fn who_waits_is_committed_together_and_nobody_waits_for_ever() {
        let meeting = Arc::new(Meeting::default());
        let groups = Arc::new(Mutex::new(Vec::new()));
        let (gone, all) = mpsc::channel();
        let come = |n: u8| {
            let (meeting, groups, gone) = (meeting.clone(), groups.clone(), gone.clone());
            move || {
                let batch = Batch { version: Version::from_bytes([n; 16]), writes: Vec::new() };
                let durability = if n == 4 { Durability::Durable } else { Durability::Buffered };
                let commit = |batches: &[Batch], durability| {
                    while n == 0 && meeting.lock().next.batches.len() < 6 {
                        std::thread::yield_now();
                    }
                    groups.lock().unwrap().push((batches.len(), durability));
                    Ok(vec![Commit::Committed; batches.len()])
                };
                let answer = meeting.commit(&[batch], durability, commit);
                gone.send(answer.unwrap()).unwrap();
            }
        };
        std::thread::spawn(come(0));
        while !meeting.lock().leading {
            std::thread::yield_now();
        }
        (1..7).for_each(|n| _ = std::thread::spawn(come(n)));
        for _ in 0..7 {
            let answer = all.recv_timeout(Duration::from_secs(60));
            assert_eq!(answer.unwrap(), [Commit::Committed], "somebody waits for ever");
        }
        let groups = groups.lock().unwrap();
        assert_eq!(*groups, [(1, Durability::Buffered), (6, Durability::Durable)]);
    }
}
