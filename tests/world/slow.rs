//! A store that lets others go first after every read, so that threads really meet.

use std::time::Duration;

use confidant::*;

#[derive(Debug, Default)]
pub(crate) struct Slow(pub(crate) MemoryStore);

impl Store for Slow {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let found = self.0.read(keys);
        std::thread::sleep(Duration::from_micros(50));
        found
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}
