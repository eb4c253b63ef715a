//! Snapshots in the same file, in a table of their own, which is made with the first.

use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError};

use super::RedbStore;
use super::trouble::{Trouble, foreign};
use crate::error::Result;
use crate::store::{Commit, SnapshotId, SnapshotStore};

type Bytes = &'static [u8];

/// Snapshots under their ids, and under [`PROMOTED`] the id of the promoted one.
const SNAPSHOTS: TableDefinition<'static, Bytes, Bytes> =
    TableDefinition::new("confidant snapshots");

const PROMOTED: &[u8] = b"promoted";

/// Reads the table; what is not there yet is empty.
fn reading<T: Default>(
    file: &Database,
    read: impl FnOnce(&dyn Lookup) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    match file.begin_read()?.open_table(SNAPSHOTS) {
        Ok(table) => read(&table),
        Err(TableError::TableDoesNotExist(_)) => Ok(T::default()),
        Err(error) => Err(error.into()),
    }
}

/// What a table is read for, whether it is being written or not.
trait Lookup {
    fn bytes(&self, key: &[u8]) -> Result<Option<Arc<[u8]>>, Trouble>;
    fn ids(&self) -> Result<Vec<SnapshotId>, Trouble>;

    fn promoted(&self) -> Result<Option<SnapshotId>, Trouble> {
        self.bytes(PROMOTED)?.map(|bytes| id(&bytes).ok_or_else(foreign)).transpose()
    }
}

impl<T: ReadableTable<Bytes, Bytes>> Lookup for T {
    fn bytes(&self, key: &[u8]) -> Result<Option<Arc<[u8]>>, Trouble> {
        Ok(self.get(key)?.map(|value| value.value().into()))
    }

    fn ids(&self) -> Result<Vec<SnapshotId>, Trouble> {
        let keys = self.iter()?.map(|entry| Ok(id(entry?.0.value())));
        keys.filter_map(Result::transpose).collect()
    }
}

/// Writes the snapshots of one file to another, where there are none.
pub(super) fn copy(from: &Database, to: &Database) -> Result<(), Trouble> {
    let old = match from.begin_read()?.open_table(SNAPSHOTS) {
        Ok(old) => old,
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let transaction = to.begin_write()?;
    let mut new = transaction.open_table(SNAPSHOTS)?;
    for entry in old.iter()? {
        let (key, value) = entry?;
        new.insert(key.value(), value.value())?;
    }
    drop(new);
    Ok(transaction.commit()?)
}

fn id(bytes: &[u8]) -> Option<SnapshotId> {
    bytes.try_into().ok().map(SnapshotId::from_bytes)
}

impl SnapshotStore for RedbStore {
    fn put(&self, id: SnapshotId, bytes: &[u8]) -> Result<()> {
        let _alone = self.alone();
        self.with(|file| {
            let transaction = file.begin_write()?;
            let mut table = transaction.open_table(SNAPSHOTS)?;
            if table.get(id.to_bytes().as_slice())?.is_none() {
                table.insert(id.to_bytes().as_slice(), bytes)?;
            }
            drop(table);
            Ok(transaction.commit()?)
        })
    }

    fn get(&self, id: SnapshotId) -> Result<Option<Arc<[u8]>>> {
        self.with(|file| reading(file, |table| table.bytes(&id.to_bytes())))
    }

    fn promoted(&self) -> Result<Option<SnapshotId>> {
        self.with(|file| reading(file, |table| table.promoted()))
    }

    fn promote(&self, id: SnapshotId, expected: Option<SnapshotId>) -> Result<Commit> {
        let _alone = self.alone();
        self.with(|file| {
            let transaction = file.begin_write()?;
            let mut table = transaction.open_table(SNAPSHOTS)?;
            let now = Lookup::promoted(&table)?;
            let is_there = table.get(id.to_bytes().as_slice())?.is_some();
            if !is_there || now != expected && now != Some(id) {
                return Ok(Commit::Conflict);
            }
            table.insert(PROMOTED, id.to_bytes().as_slice())?;
            drop(table);
            transaction.commit()?;
            Ok(Commit::Committed)
        })
    }

    fn list(&self) -> Result<Vec<SnapshotId>> {
        self.with(|file| reading(file, |table| table.ids()))
    }

    fn remove(&self, id: SnapshotId) -> Result<Commit> {
        let _alone = self.alone();
        self.with(|file| {
            let transaction = file.begin_write()?;
            let mut table = transaction.open_table(SNAPSHOTS)?;
            if Lookup::promoted(&table)? == Some(id) {
                return Ok(Commit::Conflict);
            }
            table.remove(id.to_bytes().as_slice())?;
            drop(table);
            transaction.commit()?;
            Ok(Commit::Committed)
        })
    }
}
