//! A store in memory that outlives its engine.

use std::sync::Arc;

use confidant::{
    Batch, Commit, Durability, Expected, Key, MemoryStore, Result, Store, Stored, Write,
};

#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<MemoryStore>);

impl Shared {
    /// Another store that holds the same.
    pub fn copy(&self) -> Self {
        let copy = Self::default();
        for (key, Stored { version, bytes }) in self.0.scan(None, usize::MAX).unwrap() {
            let write = Write { key, expected: Expected::Absent, value: Some(bytes) };
            let batch = Batch { version, writes: vec![write] };
            assert_eq!(copy.commit(&[batch], Durability::Buffered).unwrap(), [Commit::Committed]);
        }
        copy
    }
}

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
