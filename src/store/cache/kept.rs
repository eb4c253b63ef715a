//! What a cache keeps: the parts of partitions, those asked for last, up to a number of
//! bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use lru::LruCache;

use super::super::{Key, Stored};

/// What a part costs beside its partition's name and its value.
const OVERHEAD: usize = 128;

/// Parts of partitions, those of one partition all of one moment. `None` is known to be
/// absent.
pub(super) struct Kept {
    partitions: LruCache<Arc<[u8]>, BTreeMap<u32, Option<Stored>>>,
    bytes: usize,
    most: usize,
}

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self { partitions: LruCache::unbounded(), bytes: 0, most }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is known of a key.
    pub(super) fn get(&mut self, key: &Key) -> Option<Option<Stored>> {
        self.partitions.get(key.partition())?.get(&key.part()).cloned()
    }

    pub(super) fn put(&mut self, key: &Key, stored: Option<Stored>) {
        self.bytes = self.bytes.saturating_add(cost(key.partition(), stored.as_ref()));
        let parts = self.partitions.get_or_insert_mut_ref(&key.partition, BTreeMap::new);
        if let Some(before) = parts.insert(key.part(), stored) {
            self.bytes = self.bytes.saturating_sub(cost(key.partition(), before.as_ref()));
        }
        while self.bytes > self.most
            && let Some((partition, parts)) = self.partitions.pop_lru()
        {
            self.settle(&partition, parts);
        }
    }

    /// Nothing is known of a key any more.
    pub(super) fn forget(&mut self, key: &Key) {
        let parts = self.partitions.peek_mut(key.partition());
        if let Some(stored) = parts.and_then(|parts| parts.remove(&key.part())) {
            self.bytes = self.bytes.saturating_sub(cost(key.partition(), stored.as_ref()));
        }
    }

    /// Nothing is known of a partition any more.
    pub(super) fn forget_all(&mut self, partition: &[u8]) {
        if let Some(parts) = self.partitions.pop(partition) {
            self.settle(partition, parts);
        }
    }

    fn settle(&mut self, partition: &[u8], parts: BTreeMap<u32, Option<Stored>>) {
        let costs = parts.values().map(|stored| cost(partition, stored.as_ref()));
        self.bytes = self.bytes.saturating_sub(costs.sum());
    }
}

fn cost(partition: &[u8], stored: Option<&Stored>) -> usize {
    OVERHEAD + partition.len() + stored.map_or(0, |stored| stored.bytes.len())
}
