//! Where customers are kept: in memory, or in a file where the feature for it is there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use confidant::{Batch, Durability, Expected, MemoryStore, Store, Write};

use super::Result;

/// The store in a file, which is made if nothing is there; or one in memory.
pub(crate) fn open(file: Option<&Path>) -> Result<Arc<dyn Store>> {
    match file {
        Some(file) => in_file(file).map_err(|error| about(file, error)),
        None => Ok(Arc::new(MemoryStore::new())),
    }
}

#[cfg(feature = "redb")]
fn in_file(file: &Path) -> Result<Arc<dyn Store>> {
    Ok(Arc::new(confidant::RedbStore::open(file)?))
}

#[cfg(not(feature = "redb"))]
fn in_file(_: &Path) -> Result<Arc<dyn Store>> {
    Err("it takes the feature `redb`: give cargo `--features redb` before `--example`".into())
}

/// What is wrong with a file.
pub(crate) fn about(file: &Path, error: Box<dyn std::error::Error>) -> Box<dyn std::error::Error> {
    format!("--store {}: {error}", file.display()).into()
}

/// Whether nothing is kept there.
pub(crate) fn is_empty(store: &dyn Store) -> confidant::Result<bool> {
    Ok(store.scan(None, 1)?.is_empty())
}

/// All that a store holds, in memory. What was written together has one version, and is
/// written together again.
pub(crate) fn copy(store: &dyn Store) -> confidant::Result<MemoryStore> {
    const PAGE: usize = 1_000;
    let mut batches: BTreeMap<[u8; 16], Batch> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = store.scan(after.as_ref(), PAGE)?;
        let last = page.len() < PAGE;
        after = page.last().map(|(key, _)| key.clone());
        for (key, stored) in page {
            let new = || Batch { version: stored.version, writes: Vec::new() };
            let batch = batches.entry(stored.version.to_bytes()).or_insert_with(new);
            let value = Some(stored.bytes);
            batch.writes.push(Write { key, expected: Expected::Absent, value });
        }
        if last {
            break;
        }
    }
    let copy = MemoryStore::new();
    let batches: Vec<Batch> = batches.into_values().collect();
    copy.commit(&batches, Durability::Buffered)?;
    Ok(copy)
}
