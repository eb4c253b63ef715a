//! A file on a disk that can be asked to fail, or watched.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use confidant::{RedbStore, Result};
use redb::backends::FileBackend;
use redb::{BackendError, Database, StorageBackend};

/// What is about to be done to the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Act {
    Grow,
    Write,
    Sync,
}

/// Says whether it may be done.
pub type Ask = Arc<dyn Fn(Act) -> io::Result<()> + Send + Sync>;

pub struct Disk {
    file: FileBackend,
    ask: Ask,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

/// A store in a file on such a disk.
pub fn open(path: &Path, ask: Ask) -> Result<RedbStore> {
    RedbStore::open_with(path, move |path| {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        Database::builder()
            .set_check_integrity_on_open(true)
            .create_with_backend(Disk { file: FileBackend::new(file)?, ask: Arc::clone(&ask) })
    })
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > self.file.len()? {
            (self.ask)(Act::Grow)?;
        }
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        (self.ask)(Act::Sync)?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        (self.ask)(Act::Write)?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }
}
