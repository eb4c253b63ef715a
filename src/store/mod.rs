//! Where customers are kept. A [`Store`] maps keys to opaque bytes and changes several
//! keys of one partition at once; everything else is the engine's.

mod format;
mod memory;

pub(crate) use format::{Entry, decode, encode_customer, encode_redirect, encode_spent, redirect};
pub use memory::MemoryStore;

use std::fmt::Debug;
use std::sync::Arc;

use crate::error::Result;
use crate::types::redacted;

/// The address of a value. Keys of one partition belong together: they can be changed
/// in one commit, and a sharded database keeps them on one shard. One customer is one
/// partition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    partition: Arc<[u8]>,
    part: u32,
}

/// By hand: the derived one would print a customer's identifier.
impl Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key(.., {})", self.part)
    }
}

impl Key {
    /// The key of a part of a partition.
    #[must_use]
    pub fn new(partition: impl Into<Arc<[u8]>>, part: u32) -> Self {
        Self { partition: partition.into(), part }
    }

    /// The partition, as bytes.
    #[must_use]
    pub fn partition(&self) -> &[u8] {
        &self.partition
    }

    /// The part within the partition.
    #[must_use]
    pub fn part(&self) -> u32 {
        self.part
    }
}

/// A value as it was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The version of this write. No two writes of one key, an erased one included, have
    /// the same.
    pub version: u64,
    /// The value.
    pub bytes: Arc<[u8]>,
}

/// What must be there for a write to go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// This version.
    Version(u64),
}

/// One change of one key.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// What to change.
    pub key: Key,
    /// What must be there now.
    pub expected: Expected,
    /// The new value; `None` erases the key.
    pub value: Option<Arc<[u8]>>,
}

/// Changes of keys of one partition: all of them happen, or none.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch {
    /// The changes.
    pub writes: Vec<Write>,
}

/// When a commit may be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Once it is visible to every reader; a crash may lose it, and then whole.
    Buffered,
    /// Once no crash can lose it.
    Durable,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// All of it happened.
    Committed,
    /// Something expected was not there; none of it happened.
    Conflict,
}

/// A place to keep customers in.
///
/// The contract, beyond what the methods say: a read that starts after a commit was
/// acknowledged sees it; concurrent commits of one partition happen one after the
/// other; values come back as they were written.
pub trait Store: Debug + Send + Sync + 'static {
    /// The values of these keys, in their order; `None` for a key that is not there.
    ///
    /// # Errors
    /// The store cannot be read.
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>>;

    /// Commits each batch by itself, in their order, and says what became of each.
    ///
    /// # Errors
    /// The store cannot be written. Then each batch either happened or did not; to know
    /// which, read.
    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>>;

    /// Up to `limit` keys with their values, in the order of keys, from the first one
    /// after `after`. Keys that are written meanwhile may or may not be seen; no other
    /// is left out, and none comes twice.
    ///
    /// # Errors
    /// The store cannot be read.
    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>>;
}

/// A store that its host keeps a hand on, or that several engines share: then one of them
/// learns and advances, and [counts anew](crate::Engine::recount) what others wrote.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        (**self).read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        (**self).commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        (**self).scan(after, limit)
    }
}

redacted! {
    Stored { version }
    Write { key, expected }
    Batch { writes }
}
