//! The durable store: what it keeps, and what it shares out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod redb;

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use confidant::{
    Action, Batch, Channel, Commit, Durability, Engine, Expected, Key, RedbStore, Request, Result,
    SnapshotStore, Store, Stored, Timestamp, Treatment, conformance,
};

use crate::redb::{Directory, commit, crashed, erase, get, key, put, version};

const BUFFERED: Durability = Durability::Buffered;
const DURABLE: Durability = Durability::Durable;

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let directory = Directory::new();
    let (ana, ben) = (key("ana", 0), key("ben", 3));
    {
        let store = RedbStore::open(directory.file()).unwrap();
        assert_eq!(
            commit(&store, put(1, &ana, Expected::Absent, b"a"), DURABLE),
            Commit::Committed
        );
        assert_eq!(
            commit(&store, put(2, &ben, Expected::Absent, b"b"), BUFFERED),
            Commit::Committed
        );
        assert_eq!(get(&store, &ben).as_deref(), Some(&b"b"[..]));
    }
    let store = RedbStore::open(directory.file()).unwrap();
    let found = store.read(&[ben.clone(), key("cem", 0), ana.clone()]).unwrap();
    let bytes: Vec<_> = found.iter().map(|f| f.as_ref().map(|f| f.bytes.to_vec())).collect();
    assert_eq!(bytes, [Some(b"b".to_vec()), None, Some(b"a".to_vec())]);
    assert_eq!(found[0].as_ref().unwrap().version, version(2));
}

/// A crash takes what was buffered, whole, and nothing that was durable, nor anything that
/// was buffered before that.
#[test]
fn a_crash_takes_only_what_was_buffered_since() {
    let directory = Directory::new();
    let store = RedbStore::open(directory.file()).unwrap();
    for n in 0..9 {
        let durability = if n == 5 { DURABLE } else { BUFFERED };
        commit(&store, put(n + 1, &key("k", n as u32), Expected::Absent, b"x"), durability);
    }
    let then = directory.path().join("then");
    crashed(&directory.file(), &then);
    let after = RedbStore::open(&then).unwrap();
    assert_eq!(after.scan(None, 99).unwrap().len(), 6);
    // An empty durable commit makes the rest durable.
    assert_eq!(store.commit(&[], DURABLE).unwrap(), []);
    let later = directory.path().join("later");
    crashed(&directory.file(), &later);
    assert_eq!(RedbStore::open(&later).unwrap().scan(None, 99).unwrap().len(), 9);
}

#[test]
fn what_waits_in_memory_is_bounded() {
    let directory = Directory::new();
    let store = RedbStore::open(directory.file()).unwrap();
    let value = vec![7; 256 << 10];
    for n in 0..250 {
        commit(&store, put(n, &key("k", n as u32), Expected::Absent, &value), BUFFERED);
    }
    let then = directory.path().join("then");
    crashed(&directory.file(), &then);
    let kept = RedbStore::open(&then).unwrap().scan(None, 999).unwrap().len();
    assert!((128..250).contains(&kept), "{kept} of 250 reached the file");
}

/// The file, what is pending over it, and what is erased there, read as one.
#[test]
fn a_scan_sees_what_is_pending_and_what_is_in_the_file_as_one() {
    let directory = Directory::new();
    let store = RedbStore::open(directory.file()).unwrap();
    let name = |n: u64| key(&format!("{n:02}"), 0);
    for n in 0..40 {
        commit(&store, put(n, &name(n), Expected::Absent, b"old"), BUFFERED);
    }
    store.commit(&[], DURABLE).unwrap();
    for n in (0..60).step_by(3) {
        if n % 2 == 0 && n < 40 {
            commit(&store, erase(100 + n, &name(n), Expected::Version(version(n))), BUFFERED);
        } else {
            commit(&store, put(100 + n, &name(n), Expected::Any, b"new"), BUFFERED);
        }
    }
    let expected: Vec<_> = (0..60)
        .filter(|n| if n % 3 == 0 { n % 2 != 0 || *n >= 40 } else { *n < 40 })
        .map(|n| (name(n), if n % 3 == 0 { 100 + n } else { n }))
        .collect();
    for limit in [1, 2, 7, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.scan(after.as_ref(), limit).unwrap();
            after = page.last().map(|(key, _)| key.clone());
            let last = page.len() < limit;
            seen.extend(page.into_iter().map(|(key, stored)| (key, stored.version)));
            if last {
                break;
            }
        }
        let seen: Vec<_> = seen.into_iter().collect();
        let expected: Vec<_> = expected.iter().map(|(key, n)| (key.clone(), version(*n))).collect();
        assert!(seen == expected, "by {limit}");
    }
}

/// Many threads add to a few counters, each commit a step on from what was read; then
/// none is lost, and nobody waits for ever.
#[test]
fn callers_who_come_together_are_committed_together() {
    let directory = Directory::new();
    let store = Arc::new(RedbStore::open(directory.file()).unwrap());
    let (threads, steps) = (8, 40);
    let barrier = Arc::new(Barrier::new(threads));
    let versions = Arc::new(AtomicU64::new(1));
    let conflicts = Arc::new(AtomicU64::new(0));
    let work = |t: usize| {
        let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
        let (versions, conflicts) = (Arc::clone(&versions), Arc::clone(&conflicts));
        move || {
            barrier.wait();
            for step in 0..steps {
                let key = key("counter", ((t + step) % 3) as u32);
                let durability = if step % 4 == 0 { DURABLE } else { BUFFERED };
                loop {
                    let found = store.read(std::slice::from_ref(&key)).unwrap().pop().unwrap();
                    let expected =
                        found.as_ref().map_or(Expected::Absent, |f| Expected::Version(f.version));
                    let count =
                        found.map_or(0, |f| u64::from_be_bytes((*f.bytes).try_into().unwrap()));
                    let n = versions.fetch_add(1, Ordering::Relaxed);
                    let batch = put(n, &key, expected, &(count + 1).to_be_bytes());
                    match store.commit(&[batch], durability).unwrap()[..] {
                        [Commit::Committed] => break,
                        [Commit::Conflict] => _ = conflicts.fetch_add(1, Ordering::Relaxed),
                        _ => panic!("an answer for each batch"),
                    }
                }
            }
        }
    };
    let running: Vec<_> = (0..threads).map(|t| std::thread::spawn(work(t))).collect();
    running.into_iter().for_each(|thread| thread.join().unwrap());
    let sum: u64 = (0..3)
        .map(|n| u64::from_be_bytes(get(&*store, &key("counter", n)).unwrap().try_into().unwrap()))
        .sum();
    assert_eq!(sum, (threads * steps) as u64);
    drop(store);
    let store = RedbStore::open(directory.file()).unwrap();
    assert_eq!(store.scan(None, 9).unwrap().len(), 3);
}

/// Each caller of a group gets the answers to its own batches, in their order.
#[test]
fn each_caller_gets_its_own_answers() {
    let directory = Directory::new();
    let store = Arc::new(RedbStore::open(directory.file()).unwrap());
    commit(&store, put(1, &key("taken", 0), Expected::Absent, b"x"), DURABLE);
    let work = |t: u64| {
        let store = Arc::clone(&store);
        move || {
            for step in 0..30 {
                let n = 1000 * (t + 1) + 10 * step;
                let batches: Vec<_> = (0..t + 1)
                    .map(|b| match (b + step) % 2 {
                        0 => put(n + b, &key("taken", 0), Expected::Absent, b"y"),
                        _ => put(n + b, &key(&format!("{n} {b}"), 0), Expected::Absent, b"z"),
                    })
                    .collect();
                let wanted = (0..t + 1).map(|b| match (b + step) % 2 {
                    0 => Commit::Conflict,
                    _ => Commit::Committed,
                });
                let answers = store.commit(&batches, DURABLE).unwrap();
                assert_eq!(answers, wanted.collect::<Vec<_>>());
            }
        }
    };
    let running: Vec<_> = (0..6).map(|t| std::thread::spawn(work(t))).collect();
    running.into_iter().for_each(|thread| thread.join().unwrap());
}

/// A store that is never dropped, so that nothing comes after its last commit.
#[derive(Debug)]
struct Crashing(ManuallyDrop<RedbStore>);

impl Crashing {
    fn open(file: &Path) -> Result<Box<dyn Store>> {
        Ok(Box::new(Self(ManuallyDrop::new(RedbStore::open(file)?))))
    }
}

impl Store for Crashing {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}

/// Opens again what a crash would have left; or what was closed.
struct InAFile {
    crashing: bool,
}

impl conformance::Builder for InAFile {
    type Guard = (Directory, Cell<u32>);

    fn build(&self) -> Result<(Self::Guard, Box<dyn Store>)> {
        let directory = Directory::new();
        let store = self.open(&directory.path().join("0"))?;
        Ok(((directory, Cell::new(0)), store))
    }

    fn reopen(&self, (directory, count): &Self::Guard) -> Result<Option<Box<dyn Store>>> {
        let file = |count: &Cell<u32>| directory.path().join(count.get().to_string());
        let old = file(count);
        if self.crashing {
            count.set(count.get() + 1);
            crashed(&old, &file(count));
        }
        self.open(&file(count)).map(Some)
    }
}

impl InAFile {
    fn open(&self, file: &Path) -> Result<Box<dyn Store>> {
        match self.crashing {
            true => Crashing::open(file),
            false => Ok(Box::new(RedbStore::open(file)?)),
        }
    }
}

#[test]
fn it_keeps_the_contract_of_stores() {
    for crashing in [false, true] {
        let report = conformance::test_all(&InAFile { crashing });
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn snapshots_in_a_file_keep_their_contract() {
    let report = conformance::test_snapshots(|| {
        let directory = Directory::new();
        let store = RedbStore::open(directory.file())?;
        Ok((directory, Box::new(store)))
    });
    assert!(report.passed(), "{report}");
}

/// One file holds the customers and the snapshots that every engine over it runs on.
#[test]
fn a_published_snapshot_is_followed_after_compacting_and_opening_again() {
    let directory = Directory::new();
    let ask = Request::new("ana", Channel::Web, Timestamp::from_secs(0));
    let id = {
        let store = Arc::new(RedbStore::open(directory.file()).unwrap());
        let offer = Action::new("offer").treatment(Treatment::on(Channel::Web));
        let team = Engine::builder().store(store.clone()).action(offer).build().unwrap();
        let id = team.publish(&*store).unwrap();
        store.compact().unwrap();
        assert!(store.check().unwrap().is_empty());
        id
    };
    let store = Arc::new(RedbStore::open(directory.file()).unwrap());
    assert_eq!(store.promoted().unwrap(), Some(id));
    assert!(store.scan(None, 9).unwrap().is_empty(), "a snapshot is no customer");
    let serving = Engine::builder().store(store.clone()).build().unwrap();
    assert!(serving.follow(&*store).unwrap());
    assert!(serving.decide(&ask).unwrap().action().is_some());
}
