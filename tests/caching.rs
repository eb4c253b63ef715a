//! A cache before a store answers what it knows, holds no more than it may, and never
//! gives an old value for a newer one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier, Mutex};

use confidant::conformance::{self, Builder, Failing, Fault, Volatile};
use confidant::*;

fn key(name: &str, part: u32) -> Key {
    Key::new(name.as_bytes(), part)
}

fn put(key: &Key, expected: Expected, value: &str) -> Write {
    Write { key: key.clone(), expected, value: Some(value.as_bytes().into()) }
}

fn made_by(n: u8) -> Expected {
    Expected::Version(Version::from_bytes([n; 16]))
}

/// Commits the n-th batch.
fn commit(store: &dyn Store, n: u8, writes: Vec<Write>) -> Commit {
    let batch = Batch { version: Version::from_bytes([n; 16]), writes };
    store.commit(&[batch], Durability::Buffered).unwrap()[0]
}

fn read(store: &dyn Store, keys: &[Key]) -> Vec<Option<String>> {
    let text = |stored: Stored| String::from_utf8(stored.bytes.to_vec()).unwrap();
    store.read(keys).unwrap().into_iter().map(|found| found.map(text)).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

// ---------------------------------------------------------------- the contract

/// Caches of a size, over a store that crashes when it is opened again.
struct Cached(usize);

impl Builder for Cached {
    type Guard = Arc<Volatile>;

    fn build(&self) -> Result<(Arc<Volatile>, Box<dyn Store>)> {
        let disk = Arc::new(Volatile::new());
        Ok((disk.clone(), Box::new(CachingStore::new(disk, self.0))))
    }

    fn reopen(&self, disk: &Arc<Volatile>) -> Result<Option<Box<dyn Store>>> {
        disk.crash();
        Ok(Some(Box::new(CachingStore::new(disk.clone(), self.0))))
    }
}

#[test]
fn a_cache_keeps_the_contract() {
    for bytes in [0, 300, 2_000, usize::MAX] {
        for _ in 0..5 {
            let report = conformance::test_all(&Cached(bytes));
            assert!(report.passed(), "{bytes} bytes: {report}");
            assert!(report.to_string().ends_with("0 failed, 0 skipped"));
        }
    }
}

// ---------------------------------------------------------------- what it knows

#[test]
fn what_is_known_is_not_asked_for() {
    let store = Arc::new(Failing::new(MemoryStore::new()));
    let cache = CachingStore::new(store.clone(), 10_000);
    let (a, b, none) = (key("a", 0), key("b", 0), key("none", 0));
    commit(&*store, 1, vec![put(&a, Expected::Absent, "1")]);
    commit(&cache, 2, vec![put(&b, Expected::Absent, "2")]);
    let asks = |keys: &[Key], found: &[Option<String>]| {
        store.fail(0..0, Fault::Refused);
        assert_eq!(read(&cache, keys), found);
        store.calls()
    };
    let (one, two) = (some("1"), some("2"));
    assert_eq!(asks(std::slice::from_ref(&b), std::slice::from_ref(&two)), 0, "its own write");
    assert_eq!(asks(std::slice::from_ref(&a), std::slice::from_ref(&one)), 1);
    assert_eq!(asks(std::slice::from_ref(&a), std::slice::from_ref(&one)), 0, "read before");
    assert_eq!(asks(&[none.clone(), a.clone()], &[None, one.clone()]), 1);
    assert_eq!(asks(&[none, b.clone(), a.clone()], &[None, two, one]), 0, "an absence is known");
    let erased = Write { key: b.clone(), expected: made_by(2), value: None };
    commit(&cache, 3, vec![erased]);
    assert_eq!(asks(&[b], &[None]), 0, "its own erasure");
}

/// A part that is not known is read together with those that are, so that they are of
/// one moment.
#[test]
fn parts_of_one_partition_are_known_together_or_not_at_all() {
    let store = Arc::new(Failing::new(MemoryStore::new()));
    let cache = CachingStore::new(store.clone(), 10_000);
    let (head, tail) = (key("a", 0), key("a", 1));
    commit(&*store, 1, vec![put(&head, Expected::Absent, "1"), put(&tail, Expected::Absent, "1")]);
    assert_eq!(read(&cache, std::slice::from_ref(&head)), [some("1")]);
    commit(&*store, 2, vec![put(&head, made_by(1), "2"), put(&tail, made_by(1), "2")]);
    assert_eq!(read(&cache, &[head, tail]), [some("2"), some("2")]);
}

#[test]
fn no_more_is_kept_than_may_be() {
    const MOST: usize = 20_000;
    let store = Arc::new(Failing::new(MemoryStore::new()));
    let cache = CachingStore::new(store.clone(), MOST);
    for n in 0..1_000u32 {
        let (key, value) = (key(&format!("p{}", n % 300), n % 7), "x".repeat(n as usize));
        commit(&cache, 1, vec![put(&key, Expected::Any, &value)]);
        assert!(cache.cached_bytes() <= MOST, "{} after {n}", cache.cached_bytes());
        read(&cache, &[key]);
    }
    assert!(cache.cached_bytes() > MOST / 2, "it keeps next to nothing");
    // What was asked for last stays.
    let (old, new) = (key("old", 0), key("new", 0));
    commit(&cache, 2, vec![put(&old, Expected::Absent, &"o".repeat(9_000))]);
    commit(&cache, 3, vec![put(&new, Expected::Absent, &"n".repeat(9_000))]);
    read(&cache, std::slice::from_ref(&old));
    commit(&cache, 4, vec![put(&key("newest", 0), Expected::Absent, &"x".repeat(9_000))]);
    store.fail(0..0, Fault::Refused);
    read(&cache, &[old]);
    assert_eq!(store.calls(), 0);
    read(&cache, &[new]);
    assert_eq!(store.calls(), 1);
    // What is larger than all of it is not kept.
    commit(&cache, 5, vec![put(&key("huge", 0), Expected::Absent, &"h".repeat(MOST))]);
    assert!(cache.cached_bytes() <= MOST);
    // And what is erased takes next to nothing.
    for (n, (key, stored)) in (6..).zip(store.scan(None, usize::MAX).unwrap()) {
        let gone = Write { key, expected: Expected::Version(stored.version), value: None };
        assert_eq!(commit(&cache, (n % 250) as u8, vec![gone]), Commit::Committed);
    }
    assert!(cache.cached_bytes() <= MOST);
}

// ---------------------------------------------------------------- old and new

/// A store that stops in the middle of a call, when it is told to, until it may go on.
#[derive(Debug, Default)]
struct Gate {
    inner: MemoryStore,
    /// Stops here after a read was done, and before it is answered.
    read: Mutex<Option<Arc<Barrier>>>,
    /// Stops here after a commit was done, and before it is answered.
    commit: Mutex<Option<Arc<Barrier>>>,
}

fn stop_at(gate: &Mutex<Option<Arc<Barrier>>>) {
    let gate = gate.lock().unwrap().take();
    if let Some(barrier) = gate {
        barrier.wait();
        barrier.wait();
    }
}

impl Store for Gate {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let found = self.inner.read(keys);
        stop_at(&self.read);
        found
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let outcomes = self.inner.commit(batches, durability);
        stop_at(&self.commit);
        outcomes
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }
}

/// Knows what it was asked to forget.
#[derive(Debug, Default)]
struct Forgetting(MemoryStore, Mutex<Vec<Vec<u8>>>);

impl Store for Forgetting {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }

    fn forget(&self, partition: &[u8]) -> Result<()> {
        self.1.lock().unwrap().push(partition.to_vec());
        Ok(())
    }
}

/// A store below may keep each customer under a key of its own, to be destroyed.
#[test]
fn what_is_to_be_forgotten_is_passed_on() {
    let below = Arc::new(Forgetting::default());
    let cache = CachingStore::new(below.clone(), 100);
    cache.forget(b"ana").unwrap();
    confidant::conformance::Failing::new(cache).forget(b"ben").unwrap();
    assert_eq!(*below.1.lock().unwrap(), [b"ana".to_vec(), b"ben".to_vec()]);
}

/// A cache over a store.
type Makes = fn(Arc<dyn Store>) -> Box<dyn Store>;

fn caching(inner: Arc<dyn Store>) -> Box<dyn Store> {
    Box::new(CachingStore::new(inner, 10_000))
}

/// Whether what is read after a while is what was committed last.
type Race = fn(Makes) -> bool;

/// A commit is under way that the store below has done: whoever asked it there saw that.
fn a_commit_under_way(makes: Makes) -> bool {
    let (gate, a) = (Arc::new(Gate::default()), key("a", 0));
    let cache = makes(gate.clone());
    commit(&gate.inner, 1, vec![put(&a, Expected::Absent, "old")]);
    assert_eq!(read(&*cache, std::slice::from_ref(&a)), [some("old")]);
    let barrier = Arc::new(Barrier::new(2));
    *gate.commit.lock().unwrap() = Some(barrier.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| commit(&*cache, 2, vec![put(&a, made_by(1), "new")]));
        barrier.wait();
        let seen = read(&*cache, std::slice::from_ref(&a));
        barrier.wait();
        seen == [some("new")]
    })
}

/// A reader has an old value in hand, a writer changes it, the reader goes on.
fn a_slow_reader(makes: Makes) -> bool {
    let (gate, a) = (Arc::new(Gate::default()), key("a", 0));
    let cache = makes(gate.clone());
    commit(&gate.inner, 1, vec![put(&a, Expected::Absent, "old")]);
    let barrier = Arc::new(Barrier::new(2));
    *gate.read.lock().unwrap() = Some(barrier.clone());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(&*cache, std::slice::from_ref(&a)));
        barrier.wait();
        commit(&*cache, 2, vec![put(&a, made_by(1), "new")]);
        barrier.wait();
        assert_eq!(reader.join().unwrap(), [some("old")]);
    });
    read(&*cache, &[a]) == [some("new")]
}

/// A writer is not answered yet; another one is, and then the first.
fn a_slow_writer(makes: Makes) -> bool {
    let (gate, a) = (Arc::new(Gate::default()), key("a", 0));
    let cache = makes(gate.clone());
    let barrier = Arc::new(Barrier::new(2));
    *gate.commit.lock().unwrap() = Some(barrier.clone());
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| commit(&*cache, 1, vec![put(&a, Expected::Absent, "old")]));
        barrier.wait();
        assert_eq!(commit(&*cache, 2, vec![put(&a, made_by(1), "new")]), Commit::Committed);
        barrier.wait();
        assert_eq!(writer.join().unwrap(), Commit::Committed);
    });
    read(&*cache, &[a]) == [some("new")]
}

/// Somebody else wrote to the store; a conflict tells.
fn another_process(makes: Makes) -> bool {
    let (gate, head, tail) = (Arc::new(Gate::default()), key("a", 0), key("a", 1));
    let cache = makes(gate.clone());
    let both = |n, expected, value| {
        commit(&gate.inner, n, vec![put(&head, expected, value), put(&tail, expected, value)])
    };
    both(1, Expected::Absent, "old");
    read(&*cache, &[head.clone(), tail.clone()]);
    both(2, made_by(1), "new");
    assert_eq!(commit(&*cache, 3, vec![put(&head, made_by(1), "mine")]), Commit::Conflict);
    read(&*cache, &[head, tail]) == [some("new"), some("new")]
}

/// A commit fails, and nobody knows whether it happened.
fn an_answer_is_lost(makes: Makes) -> bool {
    let (store, a) = (Arc::new(Failing::new(MemoryStore::new())), key("a", 0));
    let cache = makes(store.clone());
    commit(&*cache, 1, vec![put(&a, Expected::Absent, "old")]);
    read(&*cache, std::slice::from_ref(&a));
    store.fail(0..1, Fault::AnswerLost);
    let batch =
        Batch { version: Version::from_bytes([2; 16]), writes: vec![put(&a, made_by(1), "new")] };
    cache.commit(&[batch], Durability::Durable).unwrap_err();
    read(&*cache, &[a]) == [some("new")]
}

/// A batch is sent again after somebody created anew what it had erased.
fn a_batch_is_sent_again(makes: Makes) -> bool {
    let (head, tail) = (key("a", 0), key("a", 1));
    let cache = makes(Arc::new(MemoryStore::new()));
    let first = vec![put(&head, Expected::Absent, "1"), put(&tail, Expected::Absent, "1")];
    commit(&*cache, 1, first);
    let gone = Write { key: tail.clone(), expected: made_by(1), value: None };
    let second = vec![put(&head, made_by(1), "2"), gone];
    commit(&*cache, 2, second.clone());
    commit(&*cache, 3, vec![put(&tail, Expected::Absent, "3")]);
    assert_eq!(commit(&*cache, 2, second), Commit::Committed);
    read(&*cache, &[head, tail]) == [some("2"), some("3")]
}

const RACES: [(&str, Race); 6] = [
    ("a commit under way", a_commit_under_way),
    ("a slow reader", a_slow_reader),
    ("a slow writer", a_slow_writer),
    ("another process", another_process),
    ("an answer is lost", an_answer_is_lost),
    ("a batch is sent again", a_batch_is_sent_again),
];

#[test]
fn nothing_old_is_put_over_something_newer() {
    for (name, race) in RACES {
        assert!(race(caching), "{name}");
    }
}

/// A cache as one writes it first: a map that is filled after every read and commit.
#[derive(Debug)]
struct Naive {
    inner: Arc<dyn Store>,
    known: Mutex<BTreeMap<Key, Option<Stored>>>,
}

fn naive(inner: Arc<dyn Store>) -> Box<dyn Store> {
    Box::new(Naive { inner, known: Mutex::default() })
}

impl Store for Naive {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let one = |key: &Key| {
            if let Some(known) = self.known.lock().unwrap().get(key) {
                return Ok(known.clone());
            }
            let found = self.inner.read(std::slice::from_ref(key))?.pop().unwrap();
            self.known.lock().unwrap().insert(key.clone(), found.clone());
            Ok(found)
        };
        keys.iter().map(one).collect()
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let outcomes = self.inner.commit(batches, durability)?;
        for (batch, outcome) in batches.iter().zip(&outcomes) {
            for write in batch.writes.iter().filter(|_| *outcome == Commit::Committed) {
                let stored = |bytes| Stored { version: batch.version, bytes };
                let known = write.value.clone().map(stored);
                self.known.lock().unwrap().insert(write.key.clone(), known);
            }
        }
        Ok(outcomes)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }
}

/// The races tell a cache that is right from one that is not.
#[test]
fn a_naive_cache_loses_every_race() {
    for (name, race) in RACES {
        assert!(!race(naive), "{name}");
    }
}

// ---------------------------------------------------------------- under an engine

/// A withdrawal is in effect at once, and a customer who comes back costs no read.
#[test]
fn an_engine_works_on_a_cache() {
    let store = Arc::new(Failing::new(MemoryStore::new()));
    let cache = CachingStore::new(store.clone(), 1 << 20);
    let mail = Action::new("news").treatment(Treatment::on(Channel::Email));
    let engine = Engine::builder().store(cache).action(mail).build().unwrap();
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let allow = Event::consent("ana", now).allow(Purpose::DirectMarketing);
    let _ = engine.record(now, allow).unwrap();
    store.fail(0..0, Fault::Refused);
    let ask = |n| engine.preview(&Request::new("ana", Channel::Email, now).seed(n)).unwrap();
    assert!((0..10).all(|n| ask(n).action().is_some()));
    assert_eq!(store.calls(), 0);
    let no = Event::consent("ana", now + minutes(1)).withdraw(Purpose::DirectMarketing);
    let _ = engine.record(now + minutes(1), no).unwrap();
    let later = Request::new("ana", Channel::Email, now + minutes(1));
    assert!(engine.preview(&later).unwrap().action().is_none());
}
