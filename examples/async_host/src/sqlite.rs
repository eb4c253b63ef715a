//! Customers in SQLite, by an asynchronous client: one table, one row for each key, and a
//! condition on the version in every change.

use std::path::Path;

use confidant::{Batch, Durability, Expected, Key, Stored, Version, Write};
use tokio_rusqlite::{
    Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params, rusqlite,
};

type Result<T, E = tokio_rusqlite::Error> = std::result::Result<T, E>;

/// One connection reads while the other writes.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    reads: Connection,
    writes: Connection,
}

impl Sqlite {
    pub(crate) async fn open(file: &Path) -> Result<Self> {
        let writes = Connection::open(file).await?;
        let schema = "PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS entries (
                partition BLOB NOT NULL,
                part INTEGER NOT NULL,
                version BLOB NOT NULL,
                value BLOB NOT NULL,
                PRIMARY KEY (partition, part)
            ) WITHOUT ROWID";
        writes.call(|sqlite| sqlite.execute_batch(schema)).await?;
        Ok(Self { reads: Connection::open(file).await?, writes })
    }

    /// The values of keys, in their order, all from one moment.
    pub(crate) async fn read(&self, keys: Vec<Key>) -> Result<Vec<Option<Stored>>> {
        let sql = "SELECT version, value FROM entries WHERE partition = ? AND part = ?";
        let read = move |sqlite: &mut rusqlite::Connection| {
            let moment = sqlite.transaction()?;
            let mut select = moment.prepare_cached(sql)?;
            let mut read = |key: &Key| {
                select
                    .query_row(params![key.partition(), key.part()], |row| stored(row, 0))
                    .optional()
            };
            keys.iter().map(&mut read).collect()
        };
        self.reads.call(read).await
    }

    /// Commits all batches, or none: a transaction of this database may span partitions.
    /// At a conflict it says which batch did not find what it expected.
    pub(crate) async fn commit(
        &self,
        batches: Vec<Batch>,
        durability: Durability,
    ) -> Result<Option<usize>> {
        // With a write-ahead log, a commit under `FULL` is on the disk, and all before it.
        let synchronous = match durability {
            Durability::Buffered => "NORMAL",
            Durability::Durable => "FULL",
        };
        let commit = move |sqlite: &mut rusqlite::Connection| {
            sqlite.pragma_update(None, "synchronous", synchronous)?;
            let mut all = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (place, batch) in batches.iter().enumerate() {
                let one = all.savepoint()?;
                let mut met = true;
                for write in &batch.writes {
                    met = met && change(&one, write, batch.version)?;
                }
                if met {
                    one.commit()?;
                } else {
                    one.finish()?;
                    if !is_there(&all, batch)? {
                        return Ok(Some(place));
                    }
                }
            }
            all.commit()?;
            Ok(None)
        };
        self.writes.call(commit).await
    }

    /// Up to `limit` keys with their values, from the first one after `after`.
    pub(crate) async fn scan(
        &self,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Stored)>> {
        let sql = "SELECT partition, part, version, value FROM entries
            WHERE (partition, part) > (?, ?) ORDER BY partition, part LIMIT ?";
        let scan = move |sqlite: &mut rusqlite::Connection| {
            // Nothing comes before the empty partition.
            let (partition, part) = match &after {
                Some(key) => (key.partition(), i64::from(key.part())),
                None => (&[][..], -1),
            };
            let entry = |row: &Row<'_>| {
                let partition: Vec<u8> = row.get(0)?;
                Ok((Key::new(partition, row.get(1)?), stored(row, 2)?))
            };
            let mut select = sqlite.prepare_cached(sql)?;
            select.query_map(params![partition, part, limit as i64], entry)?.collect()
        };
        self.reads.call(scan).await
    }
}

fn stored(row: &Row<'_>, at: usize) -> rusqlite::Result<Stored> {
    let bytes: Vec<u8> = row.get(at + 1)?;
    Ok(Stored { version: Version::from_bytes(row.get(at)?), bytes: bytes.into() })
}

/// Makes a change if what it expects is there, and says whether it was.
fn change(
    sqlite: &rusqlite::Connection,
    write: &Write,
    version: Version,
) -> rusqlite::Result<bool> {
    let (partition, part) = (write.key.partition(), write.key.part());
    let (version, value) = (version.to_bytes(), write.value.as_deref());
    let execute = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        sqlite.prepare_cached(sql).and_then(|mut change| change.execute(values))
    };
    let rows = match (write.expected, value) {
        (Expected::Absent, Some(value)) => execute(
            "INSERT INTO entries (partition, part, version, value) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
            params![partition, part, version, value],
        )?,
        (Expected::Version(expected), Some(value)) => execute(
            "UPDATE entries SET version = ?, value = ?
             WHERE partition = ? AND part = ? AND version = ?",
            params![version, value, partition, part, expected.to_bytes()],
        )?,
        (Expected::Any, Some(value)) => execute(
            "INSERT OR REPLACE INTO entries (partition, part, version, value) VALUES (?, ?, ?, ?)",
            params![partition, part, version, value],
        )?,
        (Expected::Version(expected), None) => execute(
            "DELETE FROM entries WHERE partition = ? AND part = ? AND version = ?",
            params![partition, part, expected.to_bytes()],
        )?,
        (Expected::Any, None) => {
            let sql = "DELETE FROM entries WHERE partition = ? AND part = ?";
            execute(sql, params![partition, part])?;
            1
        }
        (Expected::Absent, None) => {
            let sql = "SELECT 1 FROM entries WHERE partition = ? AND part = ?";
            let there = sqlite.prepare_cached(sql)?.exists(params![partition, part])?;
            usize::from(!there)
        }
    };
    Ok(rows == 1)
}

/// Whether a batch went through before, because all that it would write is there under its
/// own version. It is written as it is, so that a durable commit makes it durable.
fn is_there(all: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<bool> {
    let sql = "UPDATE entries SET version = ?3
        WHERE partition = ?1 AND part = ?2 AND version = ?3";
    let version = batch.version.to_bytes();
    let mut values = batch.writes.iter().filter(|write| write.value.is_some()).peekable();
    let mut there = values.peek().is_some();
    for Write { key, .. } in values {
        let mut touch = all.prepare_cached(sql)?;
        there = there && touch.execute(params![key.partition(), key.part(), version])? == 1;
    }
    Ok(there)
}
