//! The durable store that needs nothing but a file.
//!
//! A durable commit is one transaction of redb, which is whole or absent after any crash.
//! Buffered ones wait in memory, where every reader sees them, and are written with the
//! next durable one, or once there are many.

mod check;
mod compact;
mod file;
mod group;
mod held;
mod pending;
mod place;
mod snapshots;
mod stage;
mod trouble;
mod view;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{Database, DatabaseError, ReadableDatabase};

use self::file::Found;
use self::group::Meeting;
use self::place::Place;
use self::trouble::{Trouble, guarded};
use self::view::View;
use super::{Batch, Commit, Durability, Key, Store, Stored};
use crate::error::{Error, ErrorKind, Result};

/// How much may wait in memory, in bytes. A page of the file is written once for all of its
/// changes that wait: the more of them, the fewer pages.
const PENDING: usize = 32 << 20;

/// A store in one file, by [redb](https://www.redb.org).
///
/// What was committed [`Durable`](Durability::Durable) is in the file, and survives any
/// crash; what was committed [`Buffered`](Durability::Buffered) is written with the next
/// durable commit, at the latest when 32 MiB wait, or when the store is dropped. Callers on
/// several threads who commit at the same time share one transaction.
///
/// One process has the file open at a time; threads and engines share the store in an
/// [`Arc`](std::sync::Arc). After an error it goes on: it opens the file anew, and what
/// was buffered is still there.
pub struct RedbStore {
    place: Option<Place>,
    /// Read to use the file, written to close or open it; nothing after an error.
    file: RwLock<Option<Database>>,
    /// How often the file was closed.
    closings: AtomicU64,
    view: RwLock<View>,
    meeting: Meeting,
    /// Held by whoever writes: a group of commits, or what is done to all of the file.
    writing: Mutex<()>,
}

/// By hand: the derived one would print everything that waits.
impl std::fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RedbStore({} bytes wait)", self.read_view().pending.bytes())
    }
}

impl RedbStore {
    /// Opens the file at a path, and makes it if nothing is there. It is read through and
    /// verified first, as an engine does that is built over it.
    ///
    /// # Errors
    /// [`Incompatible`](ErrorKind::Incompatible): the file is none of this crate's, or was
    /// written by a newer version; it was not changed. [`Corrupt`](ErrorKind::Corrupt): it
    /// is damaged. [`InUse`](ErrorKind::InUse): it is open already.
    /// [`Full`](ErrorKind::Full), [`Denied`](ErrorKind::Denied),
    /// [`InvalidConfiguration`](ErrorKind::InvalidConfiguration): there is no room, no
    /// permission, no such directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::at(Place::new(path.as_ref(), Box::new(held::open)))
    }

    /// The same, with a database as the host tunes it, for instance in its cache. `open`
    /// opens or makes the file at the path that it is given: at first, again after an
    /// error, and at a path beside the first when the file is written anew. A file is only
    /// verified if the host has redb
    /// [do so](redb::Builder::set_check_integrity_on_open).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        path: impl AsRef<Path>,
        open: impl Fn(&Path) -> Result<Database, DatabaseError> + Send + Sync + 'static,
    ) -> Result<Self> {
        let open = move |path: &Path| Ok(open(path)?);
        Self::at(Place::new(path.as_ref(), Box::new(open)))
    }

    fn at(place: Place) -> Result<Self> {
        let database = place.open().map_err(|trouble| trouble.error)?;
        Self::over(Some(place), database)
    }

    /// A store over a database that was opened elsewhere. It cannot be opened anew after
    /// an error, nor compacted.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for those of the file system.
    pub fn new(database: Database) -> Result<Self> {
        let looked = guarded(|| {
            if let Found::Empty = file::look(&database.begin_read()?)? {
                file::fill(&database, None)?;
            }
            Ok(())
        });
        looked.map_err(|trouble| trouble.error)?;
        Self::over(None, database)
    }

    fn over(place: Option<Place>, database: Database) -> Result<Self> {
        let entries = guarded(|| file::entries(&database)).map_err(|trouble| trouble.error)?;
        Ok(Self {
            place,
            file: RwLock::new(Some(database)),
            closings: AtomicU64::new(0),
            view: RwLock::new(View::new(entries)),
            meeting: Meeting::default(),
            writing: Mutex::default(),
        })
    }

    /// Does something with the file, after opening it anew if need be.
    fn with<T>(&self, mut act: impl FnMut(&Database) -> Result<T, Trouble>) -> Result<T> {
        let mut error = None;
        for _ in 0..2 {
            let file = self.opened()?;
            let closings = self.closings.load(Ordering::Relaxed);
            let trouble = match file.as_ref().map(|file| guarded(|| act(file))) {
                Some(Ok(done)) => return Ok(done),
                Some(Err(trouble)) => trouble,
                None => continue,
            };
            drop(file);
            self.close(closings);
            if !trouble.stale {
                return Err(trouble.error);
            }
            error = Some(trouble.error);
        }
        Err(error.unwrap_or_else(|| Error::new(ErrorKind::Store, "the store's file was closed")))
    }

    /// The file, opened anew if an error closed it.
    fn opened(&self) -> Result<RwLockReadGuard<'_, Option<Database>>> {
        let file = self.file.read().unwrap_or_else(PoisonError::into_inner);
        if file.is_some() {
            return Ok(file);
        }
        drop(file);
        self.reopen()?;
        Ok(self.file.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn reopen(&self) -> Result<()> {
        let mut file = self.file.write().unwrap_or_else(PoisonError::into_inner);
        if file.is_some() {
            return Ok(());
        }
        let Some(place) = &self.place else {
            return Err(Error::new(
                ErrorKind::Store,
                "the store's database failed: open it anew, and a store over it",
            ));
        };
        let opened = guarded(|| {
            let database = place.open_present()?;
            let entries = file::entries(&database)?;
            self.write_view().reopened(entries)?;
            Ok(database)
        });
        *file = Some(opened.map_err(|trouble| trouble.error)?);
        Ok(())
    }

    /// Closes the file after an error, for redb does nothing with it any more; unless
    /// somebody did since it was closed so often.
    fn close(&self, closings: u64) {
        let mut file = self.file.write().unwrap_or_else(PoisonError::into_inner);
        if self.closings.load(Ordering::Relaxed) == closings {
            self.close_now(&mut file);
        }
    }

    fn close_now(&self, file: &mut Option<Database>) {
        self.closings.fetch_add(1, Ordering::Relaxed);
        self.write_view().closed();
        drop_guarded(file.take());
    }

    /// No code of ours panics while it holds a lock.
    fn read_view(&self) -> RwLockReadGuard<'_, View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_view(&self) -> RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps all other writers out.
    fn alone(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits a group of batches.
    fn commit_group(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let _alone = self.alone();
        self.with(|file| {
            let view = self.read_view();
            let (commits, later) = view.stage(batches)?;
            let waits = durability == Durability::Buffered
                && view.pending.bytes() + later.bytes() <= PENDING;
            let written = match waits || view.pending.is_empty() && later.is_empty() {
                true => None,
                false => Some(guarded(|| file::write(file, [&view.pending, &later]))),
            };
            drop(view);
            match written {
                None => self.write_view().buffered(later),
                Some(written) => self.write_view().written(written, later)?,
            }
            Ok(commits)
        })
    }
}

impl Store for RedbStore {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.with(|_| self.read_view().read(keys))
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.meeting.commit(batches, durability, |batches, durability| {
            self.commit_group(batches, durability)
        })
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.with(|_| self.read_view().scan(after, limit))
    }
}

/// Closing writes to the file, too.
fn drop_guarded(database: Option<Database>) {
    _ = guarded(|| {
        drop(database);
        Ok(())
    });
}

/// What is buffered becomes durable, if it can.
impl Drop for RedbStore {
    fn drop(&mut self) {
        _ = self.commit(&[], Durability::Durable);
    }
}
