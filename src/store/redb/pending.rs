//! What is committed and not in the file yet: it is seen by every reader, goes into the
//! file with the next durable commit, and outlives an error of the file.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::store::Stored;

/// The changes of some keys; `None` where the key is erased.
#[derive(Clone, Default)]
pub(super) struct Pending {
    changes: BTreeMap<Vec<u8>, Option<Stored>>,
    bytes: usize,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// About how much memory the changes take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The change of a key, if there is one.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Option<Stored>> {
        self.changes.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&Stored>)> {
        self.changes.iter().map(|(key, change)| (key.as_slice(), change.as_ref()))
    }

    /// The changes of the keys that come after one.
    pub(super) fn after(
        &self,
        after: Bound<&[u8]>,
    ) -> impl Iterator<Item = (&[u8], Option<&Stored>)> {
        let later = self.changes.range::<[u8], _>((after, Bound::Unbounded));
        later.map(|(key, change)| (key.as_slice(), change.as_ref()))
    }

    pub(super) fn set(&mut self, key: Vec<u8>, change: Option<Stored>) {
        self.bytes += weight(&key, change.as_ref());
        let length = key.len();
        if let Some(old) = self.changes.insert(key, change) {
            self.bytes = self.bytes.saturating_sub(length + weight(&[], old.as_ref()));
        }
    }

    /// Takes in later changes.
    pub(super) fn extend(&mut self, later: Self) {
        later.changes.into_iter().for_each(|(key, change)| self.set(key, change));
    }
}

fn weight(key: &[u8], change: Option<&Stored>) -> usize {
    /// Of an entry of the map, and of what the two allocations cost.
    const BESIDES: usize = 96;
    key.len() + change.map_or(0, |stored| stored.bytes.len()) + BESIDES
}
