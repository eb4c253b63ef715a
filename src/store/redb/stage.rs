//! What batches change, before it happens: each is held against what is in the file, what
//! is pending, and what those before it in the group change.

use redb::ReadableTable;

use super::file::{Entries, key_bytes, version};
use super::pending::Pending;
use super::trouble::Trouble;
use crate::store::{Batch, Commit, Expected, Stored, Version, Write};

pub(super) struct Stage<'a> {
    entries: &'a Entries,
    pending: &'a Pending,
    later: Pending,
}

impl<'a> Stage<'a> {
    pub(super) fn new(entries: &'a Entries, pending: &'a Pending) -> Self {
        Self { entries, pending, later: Pending::default() }
    }

    /// What the batches change together.
    pub(super) fn into_changes(self) -> Pending {
        self.later
    }

    /// Takes a batch in, if everything is there that it expects.
    pub(super) fn take(&mut self, batch: &Batch) -> Result<Commit, Trouble> {
        let mut found = Vec::with_capacity(batch.writes.len());
        for write in &batch.writes {
            let key = key_bytes(&write.key);
            found.push((self.version(&key)?, key, write));
        }
        if found.iter().all(|(version, _, write)| is_as_expected(*version, write)) {
            for (_, key, write) in found {
                let stored = |bytes| Stored { version: batch.version, bytes };
                self.later.set(key, write.value.clone().map(stored));
            }
            return Ok(Commit::Committed);
        }
        let mut values = found.iter().filter(|(.., write)| write.value.is_some()).peekable();
        let again =
            values.peek().is_some() && values.all(|(version, ..)| *version == Some(batch.version));
        Ok(if again { Commit::Committed } else { Commit::Conflict })
    }

    fn version(&self, key: &[u8]) -> Result<Option<Version>, Trouble> {
        if let Some(change) = self.later.get(key).or_else(|| self.pending.get(key)) {
            return Ok(change.as_ref().map(|stored| stored.version));
        }
        ReadableTable::get(&**self.entries, key)?.map(|value| version(value.value())).transpose()
    }
}

fn is_as_expected(found: Option<Version>, write: &Write) -> bool {
    match write.expected {
        Expected::Absent => found.is_none(),
        Expected::Version(version) => found == Some(version),
        Expected::Any => true,
    }
}
