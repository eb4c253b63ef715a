//! What the tests of the durable store share: a directory that goes away, and values.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

#[path = "../common/dice.rs"]
pub mod dice;
pub mod directory;
pub mod disk;
pub mod power;
pub mod work;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use confidant::{Batch, Commit, Durability, Expected, Key, RedbStore, Store, Version, Write};
pub use directory::Directory;

pub fn key(partition: &str, part: u32) -> Key {
    Key::new(partition.as_bytes(), part)
}

pub fn version(n: u64) -> Version {
    Version::from_bytes((u128::from(n) << 64 | 7).to_be_bytes())
}

/// A batch of one write of some bytes.
pub fn put(n: u64, key: &Key, expected: Expected, bytes: &[u8]) -> Batch {
    let write = Write { key: key.clone(), expected, value: Some(Arc::from(bytes)) };
    Batch { version: version(n), writes: vec![write] }
}

pub fn erase(n: u64, key: &Key, expected: Expected) -> Batch {
    let write = Write { key: key.clone(), expected, value: None };
    Batch { version: version(n), writes: vec![write] }
}

/// Commits one batch.
pub fn commit(store: &RedbStore, batch: Batch, durability: Durability) -> Commit {
    store.commit(&[batch], durability).unwrap()[0]
}

/// What a key holds.
pub fn get(store: &impl Store, key: &Key) -> Option<Vec<u8>> {
    let found = store.read(std::slice::from_ref(key)).unwrap().pop().unwrap();
    found.map(|stored| stored.bytes.to_vec())
}

/// A file as a crash would leave it now.
pub fn crashed(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}
