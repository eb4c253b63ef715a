//! A store in memory that outlives its engine.

use std::sync::Arc;

use confidant::{Batch, Commit, Durability, Key, MemoryStore, Result, Store, Stored};

#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<MemoryStore>);

impl Store for Shared {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}
