//! Where snapshots are kept: big, rare, the same for every engine, and one of them
//! promoted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Commit;
use crate::error::Result;

/// SHA-256 of a snapshot: its name, and the proof that it is the one that was published.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId([u8; 32]);

impl SnapshotId {
    /// The id of thirty-two bytes, as a store gives them back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The thirty-two bytes to keep a snapshot under.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// As hexadecimal digits.
impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A place to publish snapshots at: a table, a bucket, a shared folder.
///
/// # The contract
/// - **Snapshots are bytes**, of any size, each under the id that stands for them. What was
///   put stays as it is; to put the same again changes nothing.
/// - **One is promoted**, or none is. [`promote`](Self::promote) changes which one only if
///   what is promoted is what the caller expects, in one step, whoever else tries; whatever
///   is promoted already is promoted again. Only what is there can be promoted, and what is
///   promoted cannot be removed: both are a [`Commit::Conflict`].
/// - **Acknowledged is durable**, and seen by every later read.
pub trait SnapshotStore: fmt::Debug + Send + Sync {
    /// Keeps a snapshot.
    ///
    /// # Errors
    /// It cannot be written.
    fn put(&self, id: SnapshotId, bytes: &[u8]) -> Result<()>;

    /// A snapshot; `None` if it is not there.
    ///
    /// # Errors
    /// It cannot be read.
    fn get(&self, id: SnapshotId) -> Result<Option<Arc<[u8]>>>;

    /// The snapshot that every engine should run on.
    ///
    /// # Errors
    /// It cannot be read.
    fn promoted(&self) -> Result<Option<SnapshotId>>;

    /// Makes another one the one to run on, if the promoted one is as expected.
    ///
    /// # Errors
    /// It cannot be written.
    fn promote(&self, id: SnapshotId, expected: Option<SnapshotId>) -> Result<Commit>;

    /// All that are there, in the order of their ids.
    ///
    /// # Errors
    /// It cannot be read.
    fn list(&self) -> Result<Vec<SnapshotId>>;

    /// Forgets a snapshot that is not promoted; nothing happens if it is not there.
    ///
    /// # Errors
    /// It cannot be written.
    fn remove(&self, id: SnapshotId) -> Result<Commit>;
}

/// Snapshots in memory, for the engines of one process and for tests.
#[derive(Debug, Default)]
pub struct MemorySnapshots(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    kept: BTreeMap<SnapshotId, Arc<[u8]>>,
    promoted: Option<SnapshotId>,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} snapshots, promoted {:?}", self.kept.len(), self.promoted)
    }
}

impl MemorySnapshots {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No code of ours panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SnapshotStore for MemorySnapshots {
    fn put(&self, id: SnapshotId, bytes: &[u8]) -> Result<()> {
        self.lock().kept.entry(id).or_insert_with(|| bytes.into());
        Ok(())
    }

    fn get(&self, id: SnapshotId) -> Result<Option<Arc<[u8]>>> {
        Ok(self.lock().kept.get(&id).cloned())
    }

    fn promoted(&self) -> Result<Option<SnapshotId>> {
        Ok(self.lock().promoted)
    }

    fn promote(&self, id: SnapshotId, expected: Option<SnapshotId>) -> Result<Commit> {
        let mut shelf = self.lock();
        let may = shelf.promoted == expected || shelf.promoted == Some(id);
        if !may || !shelf.kept.contains_key(&id) {
            return Ok(Commit::Conflict);
        }
        shelf.promoted = Some(id);
        Ok(Commit::Committed)
    }

    fn list(&self) -> Result<Vec<SnapshotId>> {
        Ok(self.lock().kept.keys().copied().collect())
    }

    fn remove(&self, id: SnapshotId) -> Result<Commit> {
        let mut shelf = self.lock();
        if shelf.promoted == Some(id) {
            return Ok(Commit::Conflict);
        }
        shelf.kept.remove(&id);
        Ok(Commit::Committed)
    }
}
