//! A store in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{DefaultHashBuilder, HashMap};

use super::{Batch, Commit, Durability, Expected, Key, Store, Stored, Version, Write};
use crate::error::Result;

/// How many parts can be written at the same time.
const SHARDS: usize = 64;

/// A store in memory, for tests, for caches, and for hosts that keep their events
/// elsewhere. Many threads can use it at once.
pub struct MemoryStore {
    shards: Vec<Mutex<Shard>>,
    hasher: DefaultHashBuilder,
}

/// Keys with their values, and what a commit does to them.
#[derive(Clone, Default)]
pub(super) struct Shard {
    values: HashMap<Key, Stored>,
}

/// By hand: the derived one would print everything that is kept of anybody.
impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryStore({} keys)", self.len())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).values.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a partition's shard.
    fn place(&self, key: &Key) -> usize {
        self.hasher.hash_one(key.partition()) as usize % SHARDS
    }

    fn shard(&self, place: usize) -> MutexGuard<'_, Shard> {
        #[expect(clippy::indexing_slicing, reason = "there are SHARDS shards")]
        lock(&self.shards[place])
    }
}

/// No code of ours panics while it holds the lock, and a shard is never half-written.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    pub(super) fn get(&self, key: &Key) -> Option<&Stored> {
        self.values.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Stored)> {
        self.values.iter()
    }

    pub(super) fn commit(&mut self, batch: &Batch) -> Commit {
        if batch.writes.iter().all(|write| self.is_as_expected(write)) {
            batch.writes.iter().for_each(|write| self.apply(write, batch.version));
            return Commit::Committed;
        }
        let mut values = batch.writes.iter().filter(|write| write.value.is_some()).peekable();
        let again = values.peek().is_some() && values.all(|write| self.has(write, batch.version));
        if again { Commit::Committed } else { Commit::Conflict }
    }

    fn is_as_expected(&self, write: &Write) -> bool {
        match write.expected {
            Expected::Absent => !self.values.contains_key(&write.key),
            Expected::Version(version) => self.has(write, version),
            Expected::Any => true,
        }
    }

    fn has(&self, write: &Write, version: Version) -> bool {
        self.values.get(&write.key).is_some_and(|stored| stored.version == version)
    }

    fn apply(&mut self, write: &Write, version: Version) {
        match &write.value {
            Some(bytes) => {
                let stored = Stored { version, bytes: bytes.clone() };
                self.values.insert(write.key.clone(), stored);
            }
            None => _ = self.values.remove(&write.key),
        }
    }
}

impl Store for MemoryStore {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        // All at once, in the order of their places.
        let places: BTreeSet<usize> = keys.iter().map(|key| self.place(key)).collect();
        let shards: BTreeMap<usize, MutexGuard<'_, Shard>> =
            places.into_iter().map(|place| (place, self.shard(place))).collect();
        let get = |key: &Key| shards.get(&self.place(key))?.get(key).cloned();
        Ok(keys.iter().map(get).collect())
    }

    fn commit(&self, batches: &[Batch], _: Durability) -> Result<Vec<Commit>> {
        let commit = |batch: &Batch| match batch.writes.first() {
            Some(first) => self.shard(self.place(&first.key)).commit(batch),
            None => Commit::Committed,
        };
        Ok(batches.iter().map(commit).collect())
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        let mut found: Vec<(Key, Stored)> = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let later = shard.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
            found.extend(later.map(|(key, stored)| (key.clone(), stored.clone())));
            if found.len() > limit.saturating_mul(2) {
                keep_first(&mut found, limit);
            }
        }
        keep_first(&mut found, limit);
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }
}

fn keep_first(found: &mut Vec<(Key, Stored)>, limit: usize) {
    if limit < found.len() {
        found.select_nth_unstable_by(limit, |a, b| a.0.cmp(&b.0));
        found.truncate(limit);
    }
}
