//! A customer with very many events: one more costs the same, however many there were.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{everything, items, noon, taken};
use confidant::*;

/// Counts the bytes that are read and written.
#[derive(Debug, Default)]
struct Counting {
    inner: MemoryStore,
    read: AtomicUsize,
    written: AtomicUsize,
}

fn size(bytes: &Option<Arc<[u8]>>) -> usize {
    bytes.as_ref().map_or(0, |bytes| bytes.len())
}

impl Store for Counting {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let found = self.inner.read(keys)?;
        let bytes = found.iter().flatten().map(|stored| stored.bytes.len()).sum();
        self.read.fetch_add(bytes, Ordering::Relaxed);
        Ok(found)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let writes = batches.iter().flat_map(|batch| &batch.writes);
        let bytes = writes.map(|write| size(&write.value)).sum();
        self.written.fetch_add(bytes, Ordering::Relaxed);
        self.inner.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }
}

fn purchase(n: u64) -> Event {
    let at = noon() + Duration::from_secs(n * 600);
    let item = format!("i{}", n % 50);
    Event::purchased("ana", at).item(item).order(format!("o{n}")).id(format!("e{n}")).into()
}

/// A customer after so many purchases, and what the last tenth of them read and wrote.
fn after(purchases: u64) -> (Engine, Arc<Counting>, usize) {
    let store = Arc::new(Counting::default());
    let engine = Engine::builder().catalog(items(50)).seal_after(64).store(store.clone());
    let engine = engine.build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let mut before = 0;
    let bytes = || store.read.load(Ordering::Relaxed) + store.written.load(Ordering::Relaxed);
    for n in 0..purchases {
        if n == purchases * 9 / 10 {
            before = bytes();
        }
        let event = purchase(n);
        taken(engine.record(noon() + Duration::from_secs(n * 600), event));
    }
    let moved = bytes() - before;
    (engine, store, moved / (purchases / 10) as usize)
}

#[test]
fn one_more_event_costs_the_same_however_many_there_were() {
    let (_, _, few) = after(1_500);
    let (_, _, many) = after(15_000);
    assert!(many < few * 2, "{few} bytes an event at first, {many} with ten times as many");
}

#[test]
fn nothing_of_many_is_lost_and_nothing_is_there_twice() {
    let (engine, store, _) = after(3_000);
    assert!(store.inner.len() > 40, "{} parts", store.inner.len());
    let now = noon() + Duration::from_secs(3_000 * 600);
    for n in (0..3_000).step_by(7) {
        assert_eq!(engine.record(now, purchase(n)).unwrap(), Recorded::Duplicate, "{n}");
    }
    let report = engine.record_all(now, (0..3_000).chain(3_001..3_011).map(purchase));
    assert_eq!((report.accepted, report.refused.len()), (0, 10), "ten lie in the future");
    let history = engine.customer_report("ana", now).unwrap().unwrap().history;
    assert_eq!(history.len(), 3_000);
    assert!(history.is_sorted_by_key(|line| line.at));
    assert!(engine.erase("ana").unwrap());
    assert!(store.inner.is_empty());
}
