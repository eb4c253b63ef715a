//! What readers see: the file as of its last transaction, and over it what is pending.

use std::ops::Bound;

use super::file::{self, Entries, key_bytes};
use super::pending::Pending;
use super::stage::Stage;
use super::trouble::Trouble;
use crate::store::{Batch, Commit, Key, Stored};

pub(super) struct View {
    /// The file as of the last transaction; nothing while it is closed.
    entries: Option<Entries>,
    /// What is not in it yet.
    pub(super) pending: Pending,
    /// What a transaction would have written of which nobody knows whether it went through.
    doubt: Option<Pending>,
}

impl View {
    pub(super) fn new(entries: Entries) -> Self {
        Self { entries: Some(entries), pending: Pending::default(), doubt: None }
    }

    pub(super) fn entries(&self) -> Result<&Entries, Trouble> {
        self.entries.as_ref().ok_or_else(|| redb::Error::DatabaseClosed.into())
    }

    pub(super) fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, Trouble> {
        let entries = self.entries()?;
        let read = |key| {
            let key = key_bytes(key);
            if let Some(change) = self.pending.get(&key) {
                return Ok(change.clone());
            }
            entries.get(key.as_slice())?.map(|value| file::stored(value.value())).transpose()
        };
        keys.iter().map(read).collect()
    }

    /// The first entries of the file that nothing pending hides, and the first pending
    /// ones: the first of both are among them.
    pub(super) fn scan(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Stored)>, Trouble> {
        let after = after.map(key_bytes);
        let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = Vec::new();
        for entry in self.entries()?.range::<&[u8]>((from, Bound::Unbounded))? {
            if found.len() == limit {
                break;
            }
            let (key, value) = entry?;
            if self.pending.get(key.value()).is_none() {
                found.push((key.value().to_vec(), file::stored(value.value())?));
            }
        }
        let pending = self.pending.after(from).filter_map(|(key, change)| Some((key, change?)));
        found.extend(pending.take(limit).map(|(key, stored)| (key.to_vec(), stored.clone())));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.truncate(limit);
        found.into_iter().map(|(key, stored)| Ok((file::key(&key)?, stored))).collect()
    }

    /// What becomes of each batch, and what they change together.
    pub(super) fn stage(&self, batches: &[Batch]) -> Result<(Vec<Commit>, Pending), Trouble> {
        let mut stage = Stage::new(self.entries()?, &self.pending);
        let commits = batches.iter().map(|batch| stage.take(batch)).collect::<Result<_, _>>()?;
        Ok((commits, stage.into_changes()))
    }

    /// Later changes that need not be in the file yet.
    pub(super) fn buffered(&mut self, later: Pending) {
        self.pending.extend(later);
    }

    /// After a transaction with everything that was pending and what came later.
    pub(super) fn written(
        &mut self,
        written: Result<Entries, Trouble>,
        later: Pending,
    ) -> Result<(), Trouble> {
        match written {
            Ok(entries) => {
                self.entries = Some(entries);
                self.pending = Pending::default();
                Ok(())
            }
            Err(trouble) => {
                let mut all = self.pending.clone();
                all.extend(later);
                self.doubt = Some(all);
                Err(trouble)
            }
        }
    }

    /// All that there is was written to another file, which takes the place of the first.
    pub(super) fn replaced(&mut self, entries: Entries) {
        *self = Self::new(entries);
    }

    /// The file is closed.
    pub(super) fn closed(&mut self) {
        self.entries = None;
    }

    /// After the file was opened anew: whether the last transaction went through shows in
    /// what it would have written, for a version is only made once.
    pub(super) fn reopened(&mut self, entries: Entries) -> Result<(), Trouble> {
        if let Some(doubt) = &self.doubt {
            let mut happened = true;
            for (key, change) in doubt.iter() {
                let found = entries.get(key)?;
                let found = found.map(|value| file::version(value.value())).transpose()?;
                happened &= found == change.map(|stored| stored.version);
            }
            if happened {
                self.pending = Pending::default();
            }
            self.doubt = None;
        }
        self.entries = Some(entries);
        Ok(())
    }
}
