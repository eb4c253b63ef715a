//! Committing, and what follows from it: at a conflict nothing, after an error whatever
//! turns out to have happened.

use super::Engine;
use super::load::{Changes, Effects};
use crate::error::{Error, Result};
use crate::store::{Batch, Commit, Durability, Expected, Key};
use crate::types::Timestamp;

/// Why a commit failed, and whether it may have happened all the same.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) open: bool,
}

fn writes(batch: &Batch, key: &Key) -> bool {
    batch.writes.iter().any(|write| write.key == *key)
}

impl Engine {
    /// Makes committed changes known to this engine: when to look at the customer again,
    /// and what was learned or forgotten. Those of one customer in the order in which they
    /// were committed.
    pub fn acknowledge(&self, changes: Changes) {
        if let Some(effects) = changes.effects {
            self.acknowledged(effects);
        }
    }

    fn acknowledged(&self, effects: Effects) {
        let _learns = effects.learned.is_some().then(|| self.learns());
        self.take_effect(effects);
    }

    fn take_effect(&self, effects: Effects) {
        if let Some(taught) = &effects.learned {
            self.lock_statistics().replace(&taught.0, &taught.1);
            self.follow_change(&effects.of, taught);
        }
        if !effects.found.is_empty() {
            self.lock_unreported().extend(effects.found);
        }
        let (rules, customer) = effects.whose;
        if rules != self.setup().rules() {
            // Other segments hold by now, and whoever is due for them was looked up before
            // this commit.
            self.lock_due().push(std::cmp::Reverse((Timestamp::MIN, customer)));
        }
        if let Some((due, customer)) = effects.due {
            self.lock_due().push(std::cmp::Reverse((due, customer)));
        }
    }

    /// Commits to this engine's store; false at a conflict.
    pub(super) fn commit(&self, changes: Changes) -> Result<bool> {
        self.try_commit(changes).map_err(|failure| failure.error)
    }

    /// Commits to this engine's store; false at a conflict. After an error of the store
    /// it is looked up whether it happened all the same.
    pub(super) fn try_commit(&self, changes: Changes) -> Result<bool, Failure> {
        let _learns = changes.teaches().then(|| self.learns());
        let _under_way = self.take_off(std::slice::from_ref(&changes));
        let Changes { batches, durability, mut effects } = changes;
        for batch in batches {
            let outcome = self.store.commit(std::slice::from_ref(&batch), durability);
            let outcome = outcome.map(|outcomes| outcomes == [Commit::Committed]);
            if !self.conclude(batch, durability, &mut effects, outcome)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Commits the changes of many customers at once, each in at most one batch, and says
    /// what [`try_commit`](Self::try_commit) would say of each.
    pub(super) fn commit_all(&self, all: Vec<Changes>) -> Vec<Result<bool, Failure>> {
        let _learns = all.iter().any(Changes::teaches).then(|| self.learns());
        let _under_way = self.take_off(&all);
        let durability = all.iter().map(Changes::durability).max();
        let batches: Vec<Batch> = all.iter().flat_map(Changes::batches).cloned().collect();
        let outcomes = match durability {
            Some(durability) if !batches.is_empty() => self.store.commit(&batches, durability),
            _ => Ok(Vec::new()),
        };
        let outcome = |place: usize| match &outcomes {
            Ok(outcomes) => Ok(outcomes.get(place) == Some(&Commit::Committed)),
            Err(error) => Err(error.clone()),
        };
        let mut outcomes = (0..).map(outcome);
        let conclude = |Changes { batches, durability, mut effects }: Changes| {
            let mut each = batches.into_iter().zip(&mut outcomes);
            each.try_fold(true, |all, (batch, outcome)| {
                Ok(all && self.conclude(batch, durability, &mut effects, outcome)?)
            })
        };
        all.into_iter().map(conclude).collect()
    }

    /// What follows from the outcome of a commit.
    fn conclude(
        &self,
        batch: Batch,
        durability: Durability,
        effects: &mut Option<Effects>,
        outcome: Result<bool>,
    ) -> Result<bool, Failure> {
        // What follows from the customer's record follows once that is committed.
        let own = effects.as_ref().is_some_and(|effects| writes(&batch, &effects.of));
        match outcome {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => match self.happened_surely(&batch, durability) {
                Some(true) => {}
                Some(false) => return Err(Failure { error, open: false }),
                None => {
                    if let Some(effects) = effects.take().filter(|_| own) {
                        self.doubt(batch, effects);
                    }
                    return Err(Failure { error, open: true });
                }
            },
        }
        if let Some(effects) = own.then(|| effects.take()).flatten() {
            self.take_effect(effects);
        }
        Ok(true)
    }

    /// Whether a batch was committed, and is as durable as it should be.
    fn happened_surely(&self, batch: &Batch, durability: Durability) -> Option<bool> {
        let happened = self.happened(batch);
        if durability == Durability::Durable && happened != Some(false) {
            *self.lock_unsure() = true;
        }
        happened.filter(|happened| !happened || self.make_sure().is_ok())
    }

    /// Makes durable what was written with the answer lost. Before that, nobody is told
    /// what is read.
    pub(super) fn make_sure(&self) -> Result<()> {
        let mut unsure = self.lock_unsure();
        if *unsure {
            self.store.commit(&[], Durability::Durable)?;
            *unsure = false;
        }
        Ok(())
    }

    /// Whether customers must be looked up one by one, so that doubts are settled.
    pub(super) fn in_doubt(&self) -> bool {
        self.make_sure().is_err() || !self.lock_doubts().is_empty()
    }

    /// Whether a batch was committed; nothing if the store does not tell, or somebody
    /// wrote since.
    fn happened(&self, batch: &Batch) -> Option<bool> {
        let write = batch.writes.first()?;
        let found = self.store.read(std::slice::from_ref(&write.key)).ok()?.pop()?;
        let found = found.map(|stored| stored.version);
        let unchanged = match write.expected {
            Expected::Absent => found.is_none(),
            Expected::Version(version) => found == Some(version),
            Expected::Any => false,
        };
        match (found == Some(batch.version), unchanged) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            // What is gone may have been erased by somebody else.
            (false, false) => None,
        }
    }

    /// Keeps what nobody can tell whether it happened, until the customer is loaded
    /// again.
    fn doubt(&self, batch: Batch, effects: Effects) {
        if let Some((due, customer)) = &effects.due {
            self.lock_due().push(std::cmp::Reverse((*due, customer.clone())));
        }
        self.lock_doubts().push((batch, effects));
    }

    /// Settles what was in doubt about a key that was just read: it happened or it did
    /// not. If somebody wrote since, only adding up anew can tell.
    pub(super) fn settle_doubts(&self, key: &Key) -> Result<()> {
        let mine = {
            let mut doubts = self.lock_doubts();
            let all = std::mem::take(&mut *doubts);
            let (mine, others): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|(batch, _)| writes(batch, key));
            *doubts = others;
            mine
        };
        for (batch, effects) in mine {
            match self.happened(&batch) {
                Some(true) => self.acknowledged(effects),
                Some(false) => {}
                None => self.recount()?,
            }
        }
        Ok(())
    }
}
