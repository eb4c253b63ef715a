//! A store that fails when it is told to.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::super::{Batch, Commit, Durability, Key, Store, Stored};
use crate::error::{Error, ErrorKind, Result};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and did nothing.
    Refused,
    /// It did what was asked, and then the answer gets lost. A commit is done as if it
    /// were buffered: who got no answer cannot count on more.
    AnswerLost,
    /// Somebody else was faster: all batches of a commit are conflicts. Other calls are
    /// not touched, and not counted.
    Conflict,
}

/// A store that fails at calls of a choice, and otherwise does what the one inside does.
/// Keep a hand on it in an [`Arc`](std::sync::Arc).
#[derive(Debug)]
pub struct Failing<S> {
    inner: S,
    plan: Mutex<Plan>,
}

/// Which calls fail, counted from when it was said.
#[derive(Debug)]
struct Plan {
    fault: Fault,
    at: Range<usize>,
    calls: usize,
}

impl<S: Store> Failing<S> {
    /// A store that does not fail until it is told to.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner, plan: Mutex::new(Plan { fault: Fault::Refused, at: 0..0, calls: 0 }) }
    }

    /// From now on the calls of these numbers fail, the next one being the first, 0. What
    /// was said before is forgotten.
    pub fn fail(&self, at: Range<usize>, fault: Fault) {
        self.with(|plan| *plan = Plan { fault, at, calls: 0 });
    }

    /// How many calls there were since [`fail`](Self::fail) was called last.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.with(|plan| plan.calls)
    }

    fn with<T>(&self, f: impl FnOnce(&mut Plan) -> T) -> T {
        f(&mut self.plan.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What goes wrong with this call.
    fn strike(&self, commits: bool) -> Option<Fault> {
        self.with(|plan| {
            if plan.fault == Fault::Conflict && !commits {
                return None;
            }
            let struck = plan.at.contains(&plan.calls);
            plan.calls = plan.calls.saturating_add(1);
            struck.then_some(plan.fault)
        })
    }

    fn reading<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.strike(false) {
            None => read(),
            Some(_) => Err(broken()),
        }
    }
}

fn broken() -> Error {
    Error::new(ErrorKind::Store, "the store fails, as it was told to")
}

impl<S: Store> Store for Failing<S> {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.reading(|| self.inner.read(keys))
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        match self.strike(true) {
            None => self.inner.commit(batches, durability),
            Some(Fault::Refused) => Err(broken()),
            Some(Fault::AnswerLost) => {
                self.inner.commit(batches, Durability::Buffered)?;
                Err(broken())
            }
            Some(Fault::Conflict) => Ok(vec![Commit::Conflict; batches.len()]),
        }
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.reading(|| self.inner.scan(after, limit))
    }

    fn forget(&self, partition: &[u8]) -> Result<()> {
        self.reading(|| self.inner.forget(partition))
    }
}
