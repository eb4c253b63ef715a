//! Where customers are kept. A [`Store`] maps keys to opaque bytes and changes several
//! keys of one partition at once; everything else is the engine's.

#[cfg(feature = "cache")]
mod cache;
pub mod conformance;
#[cfg(feature = "encryption")]
mod encrypted;
mod format;
mod memory;
#[cfg(feature = "redb")]
mod redb;
mod snapshots;
mod version;

#[cfg(feature = "cache")]
pub use cache::CachingStore;
#[cfg(feature = "encryption")]
pub use encrypted::{EncryptedStore, KeyStore, SecretKey};
pub(crate) use format::{
    Entry, Spent, decode, encode_chunk, encode_customer, encode_ids, encode_key, encode_redirect,
    encode_remains, encode_segment, encode_spent, encode_tip, is_customer, redirect,
};
pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::RedbStore;
pub use snapshots::{MemorySnapshots, SnapshotId, SnapshotStore};
pub use version::Version;

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

    /// The key of another part of the same partition.
    #[must_use]
    pub fn sibling(&self, part: u32) -> Self {
        Self { partition: self.partition.clone(), part }
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
    /// The version of the batch that wrote it.
    pub version: Version,
    /// The value.
    pub bytes: Arc<[u8]>,
}

/// What must be there for a write to go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// This version.
    Version(Version),
    /// Whatever there is: another write of the same batch has the condition.
    Any,
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

/// Changes, at least one, of keys of one partition, each key once: all of them happen, or
/// none.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch {
    /// The version that the values will have: no two batches have the same. So it is
    /// known, too, whether a batch went through.
    pub version: Version,
    /// The changes.
    pub writes: Vec<Write>,
}

/// When a commit may be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Once every reader sees it. A crash may lose it, and then whole, with all that was
    /// committed to its partition later.
    Buffered,
    /// Once no crash can lose it, nor what was committed to its partition before.
    Durable,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// All of it happened, now or when the same batch was sent before.
    Committed,
    /// Something expected was not there; none of it happened.
    Conflict,
}

/// A place to keep customers in.
///
/// # The contract
/// - **Keys and values are bytes**, of any content. A store takes partitions of one byte to
///   2 KiB and values of up to 16 MiB, and gives them back as they were written.
/// - **Reading.** A key that was never written, or was erased, is `None`. A read that
///   begins after a commit was acknowledged sees it. Two keys of one partition that are
///   read in one call come from the same moment.
/// - **Committing.** Batches are tried in their order, each by itself. A batch goes
///   through when every one of its writes finds what it expects; then all of them
///   happen at once, and the values have the batch's version. Otherwise none happens.
///   Commits of one partition happen one after the other, whoever sends them.
/// - **Sending again.** A batch that finds every value that it would write there already,
///   under its own version, went through before: it is [`Commit::Committed`] and changes
///   nothing. So a driver that lost an answer may ask again, and more firmly: sent again as
///   [`Durable`](Durability::Durable), it is durable. A batch that only erases leaves
///   nothing to tell it by: it is tried anew, and the version that it expects is gone.
/// - **Durability.** [`Durability`] says what a crash may take. A commit of no batches at
///   all, [`Durable`](Durability::Durable), makes everything durable that was acknowledged
///   before.
/// - **Errors** are for the store itself. After one, each batch either happened or did not;
///   whoever wants to know which reads. What happened may be no more than buffered, until
///   a durable commit follows. A store that failed once can be asked again.
///
/// `confidant::conformance` proves a store of one's own against all of it.
pub trait Store: Debug + Send + Sync + 'static {
    /// The values of these keys, in their order; `None` for a key that is not there.
    ///
    /// # Errors
    /// The store cannot be read.
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>>;

    /// Commits each batch by itself, in their order, and says what became of each.
    ///
    /// # Errors
    /// The store cannot be written.
    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>>;

    /// Up to `limit` keys with their values, in an order that is the store's own and
    /// always the same, from the first one after `after`. Fewer than `limit` are the last.
    /// Keys that are written meanwhile may or may not be seen; no other is left out, and
    /// none comes twice.
    ///
    /// # Errors
    /// The store cannot be read.
    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>>;

    /// Forgets a partition from which everything was erased, so that no copy of it says
    /// anything either: a store that keeps each partition under a key of its own destroys
    /// that key. If there is something at part 0, nothing is forgotten; what may be left in
    /// other parts goes too. [`Engine::erase`](crate::Engine::erase) asks for it, again if
    /// it is asked again.
    ///
    /// A store that lies over another passes it on. Others have nothing to do, as here if
    /// not said.
    ///
    /// # Errors
    /// It is not known whether the partition is forgotten: ask again.
    fn forget(&self, partition: &[u8]) -> Result<()> {
        let _ = partition;
        Ok(())
    }
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

    fn forget(&self, partition: &[u8]) -> Result<()> {
        (**self).forget(partition)
    }
}

redacted! {
    Stored { version }
    Write { key, expected }
    Batch { version, writes }
}
