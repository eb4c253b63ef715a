//! A store that loses in a crash what a crash may take, and no more.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::memory::Shard;
use super::super::{Batch, Commit, Durability, Key, Store, Stored};
use crate::error::Result;
use crate::numeric::Draws;

/// A store in memory that can [`crash`](Self::crash). Of each partition it knows every
/// state since the last one that is durable; a crash takes it back to one of them. Keep a
/// hand on it in an [`Arc`](std::sync::Arc), and open a new engine over it after a crash.
#[derive(Default)]
pub struct Volatile {
    partitions: Mutex<BTreeMap<Vec<u8>, States>>,
}

/// The states of a partition, the durable one first and the present one last.
struct States(Vec<Shard>);

/// By hand: the derived one would print everything that is kept of anybody.
impl std::fmt::Debug for Volatile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Volatile({} partitions)", self.lock().len())
    }
}

impl States {
    fn now(&self) -> Option<&Shard> {
        self.0.last()
    }

    fn commit(&mut self, batch: &Batch, durability: Durability) -> Commit {
        let mut next = self.now().cloned().unwrap_or_default();
        let outcome = next.commit(batch);
        if outcome == Commit::Committed {
            self.0.push(next);
            if durability == Durability::Durable {
                self.settle();
            }
        }
        outcome
    }

    /// Makes the present state the durable one.
    fn settle(&mut self) {
        self.0.drain(..self.0.len().saturating_sub(1));
    }
}

impl Volatile {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A crash that takes all that is not durable.
    pub fn crash(&self) {
        self.lock().values_mut().for_each(|states| states.0.truncate(1));
    }

    /// A crash that takes of each partition as many of the last commits that are not
    /// durable as chance has it, under this seed: so what was written late to one may
    /// stay, and what was written early to another be lost.
    pub fn crash_unevenly(&self, seed: u64) {
        for (partition, states) in self.lock().iter_mut() {
            let last = Draws::new(seed, &[b"crash", partition]).below(states.0.len());
            states.0.truncate(last.saturating_add(1));
            states.settle();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, States>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Volatile {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let partitions = self.lock();
        let get = |key: &Key| partitions.get(key.partition())?.now()?.get(key).cloned();
        Ok(keys.iter().map(get).collect())
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let mut partitions = self.lock();
        if batches.is_empty() && durability == Durability::Durable {
            partitions.values_mut().for_each(States::settle);
        }
        let commit = |batch: &Batch| match batch.writes.first() {
            Some(first) => {
                let partition = partitions.entry(first.key.partition().to_vec());
                partition
                    .or_insert_with(|| States(vec![Shard::default()]))
                    .commit(batch, durability)
            }
            None => Commit::Committed,
        };
        Ok(batches.iter().map(commit).collect())
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        let partitions = self.lock();
        let now = partitions.values().filter_map(States::now);
        let later = now.flat_map(Shard::iter).filter(|(key, _)| after.is_none_or(|a| *key > a));
        let mut found: Vec<(Key, Stored)> =
            later.map(|(key, stored)| (key.clone(), stored.clone())).collect();
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        found.truncate(limit);
        Ok(found)
    }
}
