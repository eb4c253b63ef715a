//! A cache before a store.

mod flights;
mod kept;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Batch, Commit, Durability, Key, Store, Stored};
use crate::error::Result;
use flights::{Began, Flights};
use kept::Kept;

/// A store with a cache before it: what was read or written lately, or found to be absent,
/// is read from memory. Scans go past it.
///
/// It is for the one process that writes. What others write is noticed no sooner than at
/// the next conflict with it: a withdrawal that was recorded elsewhere would not be seen
/// until then. Where several processes share a database, let the engines read it.
pub struct CachingStore<S> {
    inner: S,
    cache: Mutex<Cache>,
}

struct Cache {
    kept: Kept,
    flights: Flights,
}

/// By hand: the derived one would print everything that is kept of anybody.
impl<S: Store> std::fmt::Debug for CachingStore<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CachingStore({} bytes, {:?})", self.cached_bytes(), self.inner)
    }
}

impl<S: Store> CachingStore<S> {
    /// A cache of up to so many bytes before a store. Names and values count, and a little
    /// for each part; the tables that hold them come on top.
    #[must_use]
    pub fn new(inner: S, bytes: usize) -> Self {
        let cache = Cache { kept: Kept::new(bytes), flights: Flights::default() };
        Self { inner, cache: Mutex::new(cache) }
    }

    /// How many bytes are kept now.
    #[must_use]
    pub fn cached_bytes(&self) -> usize {
        self.lock().kept.bytes()
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn begin<'a>(
        &mut self,
        partitions: &BTreeSet<&'a [u8]>,
        commit: bool,
    ) -> Vec<(&'a [u8], Began)> {
        partitions.iter().map(|name| (*name, self.flights.begin(name, commit))).collect()
    }

    /// The partitions that no other commit came in between.
    fn end<'a>(&mut self, begun: Vec<(&'a [u8], Began)>, commit: bool) -> BTreeSet<&'a [u8]> {
        let alone = |(name, began): &(&[u8], Began)| self.flights.end(name, commit, *began);
        begun.into_iter().filter(alone).map(|(name, _)| name).collect()
    }

    /// Keeps what a batch wrote.
    fn take(&mut self, batch: &Batch) {
        // A batch that was sent again says nothing of what it erased the first time.
        let erases_only = batch.writes.iter().all(|write| write.value.is_none());
        for write in &batch.writes {
            match write.value.clone() {
                Some(bytes) => {
                    self.kept.put(&write.key, Some(Stored { version: batch.version, bytes }));
                }
                None if erases_only => self.kept.put(&write.key, None),
                None => self.kept.forget(&write.key),
            }
        }
    }
}

fn partition(batch: &Batch) -> Option<&[u8]> {
    batch.writes.first().map(|write| write.key.partition())
}

impl<S: Store> Store for CachingStore<S> {
    /// Either all keys of a partition are known, or all are read: so they are of one moment.
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let mut cache = self.lock();
        // While a commit is under way the store below knows whether it happened already;
        // who saw it happen must not be told afterwards that it did not.
        let mut known = |key: &Key| match cache.flights.is_written(key.partition()) {
            true => None,
            false => cache.kept.get(key),
        };
        let known: Vec<Option<Option<Stored>>> = keys.iter().map(&mut known).collect();
        let unknown = keys.iter().zip(&known).filter(|(_, known)| known.is_none());
        let missed: BTreeSet<&[u8]> = unknown.map(|(key, _)| key.partition()).collect();
        if missed.is_empty() {
            return Ok(known.into_iter().flatten().collect());
        }
        let begun = cache.begin(&missed, false);
        drop(cache);
        let is_missed = |key: &&Key| missed.contains(key.partition());
        let asked: Vec<Key> = keys.iter().filter(is_missed).cloned().collect();
        let found = self.inner.read(&asked);
        let mut cache = self.lock();
        let alone = cache.end(begun, false);
        let found = found?;
        for (key, stored) in asked.iter().zip(&found) {
            if alone.contains(key.partition()) {
                cache.kept.put(key, stored.clone());
            }
        }
        let mut found = found.into_iter();
        let each = keys.iter().zip(known).map(|(key, known)| match known {
            Some(known) if !is_missed(&key) => known,
            _ => found.next().flatten(),
        });
        Ok(each.collect())
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let partitions: BTreeSet<&[u8]> = batches.iter().filter_map(partition).collect();
        let begun = self.lock().begin(&partitions, true);
        let outcomes = self.inner.commit(batches, durability);
        let mut cache = self.lock();
        let mut sure = cache.end(begun, true);
        let each = outcomes.iter().flat_map(|outcomes| batches.iter().zip(outcomes));
        let conflicts = each.clone().filter(|(_, outcome)| **outcome == Commit::Conflict);
        for name in conflicts.filter_map(|(batch, _)| partition(batch)) {
            sure.remove(name);
        }
        if outcomes.is_err() {
            sure.clear();
        }
        partitions.difference(&sure).for_each(|name| cache.kept.forget_all(name));
        for (batch, _) in each.filter(|(b, _)| partition(b).is_some_and(|p| sure.contains(p))) {
            cache.take(batch);
        }
        drop(cache);
        outcomes
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }

    fn forget(&self, partition: &[u8]) -> Result<()> {
        let partitions = BTreeSet::from([partition]);
        let begun = self.lock().begin(&partitions, true);
        let forgotten = self.inner.forget(partition);
        let mut cache = self.lock();
        cache.end(begun, true);
        cache.kept.forget_all(partition);
        forgotten
    }
}
