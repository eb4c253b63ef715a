//! What the tests of the durable store share: a directory that goes away, and values.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

#[path = "../common/dice.rs"]
pub mod dice;
pub mod disk;
pub mod power;
pub mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use confidant::{Batch, Commit, Durability, Expected, Key, RedbStore, Store, Version, Write};

/// A directory of its own, removed when dropped.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("confidant-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("customers")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

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
