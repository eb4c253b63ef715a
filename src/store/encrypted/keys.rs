//! Keys, and where the host keeps them.

use std::fmt::{self, Debug};
use std::sync::Arc;

use zeroize::Zeroize;

use super::seal::Seal;
use crate::error::Result;

/// Thirty-two bytes that nobody can guess. They are overwritten when dropped, and never
/// printed.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// The key of these bytes. A new key takes new ones, from the operating system's
    /// source of randomness or a key service: this crate has none.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept where nobody else sees them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the key is known by in the open. It follows from the key and from nothing else,
    /// and says nothing of it.
    #[must_use]
    pub fn name(&self) -> [u8; 16] {
        Seal::new(self).name()
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// Where the host keeps the keys: a table of partition, name and key, and away from the
/// data. It may keep a digest of the partition in its place, since it is only ever looked up
/// by it. A partition holds a customer's identifier.
///
/// # The contract
/// - **One at a time.** A partition has one key or none, whoever asks, on whatever thread or
///   machine. A cache that several processes have must not outlive a change.
/// - **Durable.** A key that was created is there after a crash, before anybody sees it.
/// - **Destroyed is destroyed.** It never comes back, not from a backup of the keys either:
///   keep those for as short a time as an erased customer may be remembered.
/// - **Each key is new.** No two are equal, and none follows from a secret that stays, or
///   from the partition: what can be made again was not destroyed.
///
/// Errors are made with [`Error::store`](crate::Error::store).
pub trait KeyStore: Debug + Send + Sync + 'static {
    /// The key of a partition; `None` if it has none.
    ///
    /// # Errors
    /// The keys cannot be read.
    fn find(&self, partition: &[u8]) -> Result<Option<SecretKey>>;

    /// The key that is known by a [name](SecretKey::name); `None` if there is none.
    ///
    /// # Errors
    /// The keys cannot be read.
    fn named(&self, name: [u8; 16]) -> Result<Option<SecretKey>>;

    /// The key of a partition, a new one if it has none.
    ///
    /// # Errors
    /// The keys cannot be written.
    fn create(&self, partition: &[u8]) -> Result<SecretKey>;

    /// Destroys the key that is known by a name, if there is one.
    ///
    /// # Errors
    /// It is not known whether the key is destroyed.
    fn destroy(&self, name: [u8; 16]) -> Result<()>;
}

/// Keys that a host keeps a hand on.
impl<K: KeyStore + ?Sized> KeyStore for Arc<K> {
    fn find(&self, partition: &[u8]) -> Result<Option<SecretKey>> {
        (**self).find(partition)
    }

    fn named(&self, name: [u8; 16]) -> Result<Option<SecretKey>> {
        (**self).named(name)
    }

    fn create(&self, partition: &[u8]) -> Result<SecretKey> {
        (**self).create(partition)
    }

    fn destroy(&self, name: [u8; 16]) -> Result<()> {
        (**self).destroy(name)
    }
}
