//! A store such as a stranger would write, over a map.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use confidant::*;

// A stranger's store: what it takes to keep customers somewhere else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(pub(crate) Arc<Mutex<BTreeMap<Key, Stored>>>);

impl Store for Shelf {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let shelf = self.0.lock().unwrap();
        Ok(keys.iter().map(|key| shelf.get(key).cloned()).collect())
    }

    fn commit(&self, batches: &[Batch], _: Durability) -> Result<Vec<Commit>> {
        let mut shelf = self.0.lock().unwrap();
        let commit = |batch: &Batch| {
            let version = |write: &Write| shelf.get(&write.key).map(|stored| stored.version);
            let met = |write: &Write| match write.expected {
                Expected::Absent => version(write).is_none(),
                Expected::Version(expected) => version(write) == Some(expected),
                Expected::Any => true,
            };
            if !batch.writes.iter().all(met) {
                let mut values = batch.writes.iter().filter(|w| w.value.is_some()).peekable();
                let again = values.peek().is_some()
                    && values.all(|write| version(write) == Some(batch.version));
                return if again { Commit::Committed } else { Commit::Conflict };
            }
            for Write { key, value, .. } in &batch.writes {
                match value.clone() {
                    Some(bytes) => {
                        shelf.insert(key.clone(), Stored { version: batch.version, bytes })
                    }
                    None => shelf.remove(key),
                };
            }
            Commit::Committed
        };
        Ok(batches.iter().map(commit).collect())
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        let shelf = self.0.lock().unwrap();
        let later = |(key, _): &(&Key, &Stored)| after.is_none_or(|after| *key > after);
        let found = shelf.iter().filter(later).take(limit);
        Ok(found.map(|(key, stored)| (key.clone(), stored.clone())).collect())
    }
}
// Here it ends.
