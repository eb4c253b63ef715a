//! Opening a file without a change to it: what redb writes meanwhile is held back until it
//! is known that the file is whole, and whose it is.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use redb::backends::FileBackend;
use redb::{BackendError, Database, ReadableDatabase, StorageBackend};

use super::file::look;
use super::trouble::{Trouble, of_file};

/// Opens a file or makes it, verifies all of it, and looks whose it is.
pub(super) fn open(path: &Path) -> Result<Database, Trouble> {
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    let held = Held {
        file: Arc::new(FileBackend::new(options.open(path).map_err(of_file)?)?),
        back: Arc::new(RwLock::new(Some(Vec::new()))),
    };
    let database =
        Database::builder().set_check_integrity_on_open(true).create_with_backend(held.clone())?;
    look(&database.begin_read()?)?;
    held.release().map_err(of_file)?;
    Ok(database)
}

/// A file, and what is held back from it; nothing once it is released.
#[derive(Clone)]
struct Held {
    file: Arc<FileBackend>,
    back: Arc<RwLock<Option<Vec<Act>>>>,
}

enum Act {
    Length(u64),
    Write(u64, Vec<u8>),
    Sync,
}

/// By hand: the derived one would print what is held back.
impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held(..)")
    }
}

impl Held {
    /// Does what was held back, in its order, and holds nothing back from now on.
    fn release(&self) -> io::Result<()> {
        let mut back = self.back.write().unwrap_or_else(PoisonError::into_inner);
        for act in back.iter().flatten() {
            match act {
                Act::Length(length) => self.file.set_len(*length)?,
                Act::Write(offset, data) => self.file.write(*offset, data)?,
                Act::Sync => self.file.sync_data()?,
            }
        }
        *back = None;
        Ok(())
    }

    /// Holds an act back, or does it.
    fn act(
        &self,
        held: impl FnOnce() -> Act,
        now: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        if self.back.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            return now();
        }
        let mut back = self.back.write().unwrap_or_else(PoisonError::into_inner);
        match &mut *back {
            Some(back) => {
                back.push(held());
                Ok(())
            }
            None => now(),
        }
    }
}

impl StorageBackend for Held {
    fn len(&self) -> io::Result<u64> {
        let back = self.back.read().unwrap_or_else(PoisonError::into_inner);
        let held = back.iter().flatten().rev().find_map(|act| match act {
            Act::Length(length) => Some(*length),
            _ => None,
        });
        held.map_or_else(|| self.file.len(), Ok)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let back = self.back.read().unwrap_or_else(PoisonError::into_inner);
        let Some(back) = &*back else { return self.file.read(offset, out) };
        // Behind the present end there are zeros, until something is written there.
        let there = self.file.len()?.saturating_sub(offset).min(out.len() as u64);
        let (present, new) = out.split_at_mut(there as usize);
        self.file.read(offset, present)?;
        new.fill(0);
        for act in back {
            if let Act::Write(at, data) = act {
                overlay(offset, out, *at, data);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.act(|| Act::Length(len), || self.file.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.act(|| Act::Sync, || self.file.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.act(|| Act::Write(offset, data.to_vec()), || self.file.write(offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }
}

/// Puts what was written at a place over what was read at another, where they meet.
fn overlay(offset: u64, out: &mut [u8], at: u64, data: &[u8]) {
    let skipped = offset.saturating_sub(at) as usize;
    let from = at.saturating_sub(offset) as usize;
    let data = data.get(skipped..).unwrap_or_default();
    let out = out.get_mut(from..).unwrap_or_default();
    out.iter_mut().zip(data).for_each(|(out, byte)| *out = *byte);
}
