//! The file as redb keeps it: one table of entries, and one that says whose it is and of
//! which form.
//!
//! | table | key | value |
//! |---|---|---|
//! | `confidant` | partition, then the part, 4 bytes, big endian | version, 16 bytes, then the value |
//! | `confidant format` | `version` | 1 |
//! | `confidant snapshots` | a snapshot's id, 32 bytes, or `promoted` | the snapshot, or its id |

use std::sync::Arc;

use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, Table,
    TableDefinition, TableHandle,
};

use super::pending::Pending;
use super::trouble::{Trouble, foreign, newer};
use crate::store::{Key, Stored, Version};

type Bytes = &'static [u8];

const ENTRIES: TableDefinition<'static, Bytes, Bytes> = TableDefinition::new("confidant");
const FORMAT: TableDefinition<'static, &str, u32> = TableDefinition::new("confidant format");
const VERSION: u32 = 1;

/// The entries at one moment.
pub(super) type Entries = Arc<ReadOnlyTable<Bytes, Bytes>>;

/// What a file turned out to be.
pub(super) enum Found {
    /// Nothing was put into it.
    Empty,
    /// It is one of ours.
    Ours,
}

/// Whose file it is.
pub(super) fn look(file: &ReadTransaction) -> Result<Found, Trouble> {
    let mut tables = file.list_tables()?.peekable();
    let multimaps = file.list_multimap_tables()?.next().is_some();
    if tables.peek().is_none() && !multimaps {
        return Ok(Found::Empty);
    }
    if !tables.any(|table| table.name() == FORMAT.name()) {
        return Err(foreign());
    }
    match file.open_table(FORMAT)?.get("version")?.map(|version| version.value()) {
        Some(VERSION) => Ok(Found::Ours),
        Some(later) if later > VERSION => Err(newer()),
        _ => Err(foreign()),
    }
}

/// Puts the tables into an empty file, and into them what there is elsewhere.
pub(super) fn fill(file: &Database, from: Option<(&Entries, &Pending)>) -> Result<(), Trouble> {
    let transaction = file.begin_write()?;
    transaction.open_table(FORMAT)?.insert("version", VERSION)?;
    {
        let mut entries = transaction.open_table(ENTRIES)?;
        if let Some((old, changes)) = from {
            for entry in ReadableTable::iter(&**old)? {
                let (key, value) = entry?;
                if changes.get(key.value()).is_none() {
                    entries.insert(key.value(), value.value())?;
                }
            }
            put(&mut entries, changes)?;
        }
    }
    Ok(transaction.commit()?)
}

/// The entries as they are now.
pub(super) fn entries(file: &Database) -> Result<Entries, Trouble> {
    Ok(Arc::new(file.begin_read()?.open_table(ENTRIES)?))
}

/// Writes all changes at once, and returns when no crash can lose them.
pub(super) fn write(file: &Database, changes: [&Pending; 2]) -> Result<Entries, Trouble> {
    let transaction = file.begin_write()?;
    {
        let mut entries = transaction.open_table(ENTRIES)?;
        changes.into_iter().try_for_each(|changes| put(&mut entries, changes))?;
    }
    transaction.commit()?;
    entries(file)
}

fn put(entries: &mut Table<'_, Bytes, Bytes>, changes: &Pending) -> Result<(), Trouble> {
    for (key, change) in changes.iter() {
        let Some(Stored { version, bytes }) = change else {
            entries.remove(key)?;
            continue;
        };
        let mut value = entries.insert_reserve(key, size_of::<Version>() + bytes.len())?;
        let (head, body) = value.as_mut().split_at_mut(size_of::<Version>());
        head.copy_from_slice(&version.to_bytes());
        body.copy_from_slice(bytes);
    }
    Ok(())
}

/// The key of an entry.
pub(super) fn key_bytes(key: &Key) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.partition().len() + size_of::<u32>());
    bytes.extend_from_slice(key.partition());
    bytes.extend_from_slice(&key.part().to_be_bytes());
    bytes
}

/// What an entry is the key of.
pub(super) fn key(bytes: &[u8]) -> Result<Key, Trouble> {
    let (partition, part) = bytes.split_last_chunk().ok_or_else(foreign)?;
    Ok(Key::new(partition, u32::from_be_bytes(*part)))
}

/// What an entry holds.
pub(super) fn stored(value: &[u8]) -> Result<Stored, Trouble> {
    let (version, bytes) = value.split_first_chunk().ok_or_else(foreign)?;
    Ok(Stored { version: Version::from_bytes(*version), bytes: bytes.into() })
}

/// The version of what an entry holds.
pub(super) fn version(value: &[u8]) -> Result<Version, Trouble> {
    let (version, _) = value.split_first_chunk().ok_or_else(foreign)?;
    Ok(Version::from_bytes(*version))
}
