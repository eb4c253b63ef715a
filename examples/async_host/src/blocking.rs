//! The same database as a store that waits: for what the engine does over its own store, on
//! threads that may wait.

use confidant::{Batch, Commit, Durability, Error, Key, Result, Store, Stored};
use tokio::runtime::Handle;

use crate::sqlite::Sqlite;

/// It waits where a host would do something else.
#[derive(Debug)]
pub(crate) struct Blocking {
    pub(crate) runtime: Handle,
    pub(crate) database: Sqlite,
}

pub(crate) fn failed(error: tokio_rusqlite::Error) -> Error {
    Error::store("the database failed", error)
}

impl Store for Blocking {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.runtime.block_on(self.database.read(keys.to_vec())).map_err(failed)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let commit = |batch: &Batch| {
            let commit = self.database.commit(vec![batch.clone()], durability);
            let conflict = self.runtime.block_on(commit).map_err(failed)?;
            Ok(conflict.map_or(Commit::Committed, |_| Commit::Conflict))
        };
        batches.iter().map(commit).collect()
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.runtime.block_on(self.database.scan(after.cloned(), limit)).map_err(failed)
    }
}
