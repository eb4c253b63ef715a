//! Somebody who can write to the store: bytes are put where the engine will find them, with
//! the envelope's checksum worked out anew or not.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use confidant::*;
use twox_hash::XxHash3_64;

static WRITES: AtomicU64 = AtomicU64::new(1);

pub type Contents = BTreeMap<Key, Vec<u8>>;

pub fn contents(store: &impl Store) -> Contents {
    let entries = store.scan(None, 100_000).unwrap().into_iter();
    entries.map(|(key, stored)| (key, stored.bytes.to_vec())).collect()
}

/// Writes, or erases, behind the engine's back.
pub fn put(store: &impl Store, key: &Key, value: Option<&[u8]>) {
    let version = Version::from_bytes(
        (1 << 100 | u128::from(WRITES.fetch_add(1, Ordering::Relaxed))).to_be_bytes(),
    );
    let write = Write { key: key.clone(), expected: Expected::Any, value: value.map(Into::into) };
    let batch = Batch { version, writes: vec![write] };
    assert_eq!(store.commit(&[batch], Durability::Durable).unwrap(), [Commit::Committed]);
}

/// A store that holds this.
pub fn holding(contents: &Contents) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    contents.iter().for_each(|(key, value)| put(&store, key, Some(value)));
    store
}

/// The value with the checksum that it should have under a key: that takes no secret.
pub fn resealed(key: &Key, mut value: Vec<u8>) -> Vec<u8> {
    if value.len() >= 12 {
        let form = u64::from(key.part()) << 16 | u64::from(value[2]) << 8 | u64::from(value[3]);
        let seed = XxHash3_64::oneshot_with_seed(form, key.partition());
        let sum = XxHash3_64::oneshot_with_seed(seed, &value[12..]);
        value[4..12].copy_from_slice(&sum.to_le_bytes());
    }
    value
}

/// Whether a value is of the ledger: the end of a chain, or a segment.
pub fn is_ledger(value: &[u8]) -> bool {
    matches!(value[3], 6 | 7)
}
