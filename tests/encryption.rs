//! Encrypted, each customer under a key of its own: a file shows nothing of anybody, a
//! destroyed key takes a customer out of every backup, and nothing else is different.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
#[path = "redb/directory.rs"]
mod directory;
mod keys;
mod twin;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::dice::Dice;
use common::world::{self, Size, World};
use common::{everything, host, items, noon, taken};
use confidant::conformance::{self, Builder};
use confidant::*;
use directory::Directory;
use keys::Ring;

fn encrypted(store: impl Store, ring: &Ring) -> EncryptedStore {
    EncryptedStore::new(store, ring.clone())
}

fn version(n: u64) -> Version {
    Version::from_bytes((u128::from(n) << 64 | 7).to_be_bytes())
}

fn put(n: u64, key: &Key, expected: Expected, bytes: &[u8]) -> Batch {
    let write = Write { key: key.clone(), expected, value: Some(bytes.into()) };
    Batch { version: version(n), writes: vec![write] }
}

fn erase(n: u64, key: &Key, expected: Expected) -> Batch {
    let write = Write { key: key.clone(), expected, value: None };
    Batch { version: version(n), writes: vec![write] }
}

#[track_caller]
fn commits(store: &dyn Store, batch: Batch) {
    assert_eq!(store.commit(&[batch], Durability::Durable).unwrap(), [Commit::Committed]);
}

#[track_caller]
fn conflicts(store: &dyn Store, batch: Batch) {
    assert_eq!(store.commit(&[batch], Durability::Durable).unwrap(), [Commit::Conflict]);
}

fn get(store: &dyn Store, key: &Key) -> Result<Option<Stored>> {
    Ok(store.read(std::slice::from_ref(key))?.pop().flatten())
}

fn value(store: &dyn Store, key: &Key) -> Option<Vec<u8>> {
    get(store, key).unwrap().map(|stored| stored.bytes.to_vec())
}

fn all(store: &dyn Store) -> Found {
    store.scan(None, usize::MAX).unwrap()
}

// ---------------------------------------------------------------- the contract

struct OverMemory;

impl Builder for OverMemory {
    type Guard = (Arc<MemoryStore>, Ring);

    fn build(&self) -> Result<(Self::Guard, Box<dyn Store>)> {
        let guard = (Arc::new(MemoryStore::new()), Ring::new(1));
        Ok((guard.clone(), self.reopen(&guard)?.unwrap()))
    }

    fn reopen(&self, (inner, ring): &Self::Guard) -> Result<Option<Box<dyn Store>>> {
        Ok(Some(Box::new(encrypted(inner.clone(), ring))))
    }
}

struct OverAFile;

impl Builder for OverAFile {
    type Guard = (Directory, Ring);

    fn build(&self) -> Result<(Self::Guard, Box<dyn Store>)> {
        let guard = (Directory::new(), Ring::new(2));
        let store = self.reopen(&guard)?.unwrap();
        Ok((guard, store))
    }

    fn reopen(&self, (directory, ring): &Self::Guard) -> Result<Option<Box<dyn Store>>> {
        Ok(Some(Box::new(encrypted(RedbStore::open(directory.file())?, ring))))
    }
}

#[test]
fn it_keeps_the_contract_of_stores() {
    for report in [conformance::test_all(&OverMemory), conformance::test_all(&OverAFile)] {
        let mut outcomes = report.outcomes().map(|(_, outcome)| outcome);
        assert!(outcomes.all(|outcome| *outcome == conformance::Outcome::Passed), "{report}");
    }
}

// ---------------------------------------------------------------- what a file shows

const CANARY: &str = "kanarie";

fn tagged(what: &str) -> String {
    format!("{CANARY} {what}")
}

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, tagged("card").as_str())
}

/// A few customers, one of them a canary in every field, and busy enough to be sealed.
fn told(store: impl Store) -> Engine {
    let catalog = ["i0", "i1", "i2", "kanarie item"].map(Item::new);
    let engine = Engine::builder()
        .store(store)
        .catalog(Catalog::new(catalog).unwrap())
        .action(Action::new("kanarie action").treatment(Treatment::on(Channel::Email)))
        .seal_after(6)
        .build()
        .unwrap();
    let ana = tagged("ana");
    for who in [ana.as_str(), "ben", "cem"] {
        taken(engine.record(noon(), everything(who, noon())));
        for n in 0..20 {
            let bought = Event::purchased(who, noon()).item(format!("i{}", n % 3));
            taken(engine.record(noon(), bought.id(format!("{n}"))));
        }
    }
    taken(engine.record(noon(), Event::linked(ana.as_str(), noon(), card())));
    let said = Event::declared(ana.as_str(), noon()).attribute(tagged("name"), tagged("value"));
    taken(engine.record(noon(), said));
    let bought = Event::purchased(ana.as_str(), noon()).item("kanarie item").id(tagged("id"));
    taken(engine.record(noon(), bought.order(tagged("order"))));
    let email = Request::new(ana.as_str(), Channel::Email, noon());
    assert!(engine.decide(&email).unwrap().action().is_some());
    engine.advance(noon()).unwrap();
    engine
}

fn sings(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

fn contains(file: &Path, bytes: &[u8]) -> bool {
    fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes)
}

/// All that anybody is told of a customer.
fn report(engine: &Engine, who: &str) -> String {
    let report = engine.customer_report(who, noon()).unwrap();
    serde_json::to_string(&report).unwrap()
}

#[test]
fn a_file_shows_nothing_of_anybody() {
    let (plain, hidden) = (Directory::new(), Directory::new());
    drop(told(RedbStore::open(plain.file()).unwrap()));
    assert!(contains(&plain.file(), CANARY.as_bytes()), "the search finds nothing at all");
    let ring = Ring::new(3);
    let store = Arc::new(encrypted(RedbStore::open(hidden.file()).unwrap(), &ring));
    let engine = told(store.clone());
    assert!(sings(report(&engine, &tagged("ana")).as_bytes()));
    // A version is a plain hash of what it is the version of: guesses could be tried on it.
    let versions: Vec<_> = all(&*store).into_iter().map(|(_, stored)| stored.version).collect();
    assert!(versions.len() > 20, "{} values", versions.len());
    drop((store, engine));
    assert!(!contains(&hidden.file(), CANARY.as_bytes()));
    for version in versions {
        assert!(!contains(&hidden.file(), &version.to_bytes()), "{version}");
    }
    for (partition, key) in ring.contents() {
        assert!(!contains(&hidden.file(), &partition));
        assert!(!contains(&hidden.file(), key.as_bytes()));
    }
}

/// With the whole key store, and every byte of the backup.
#[test]
fn a_destroyed_key_takes_a_customer_out_of_a_backup() {
    for asked in [Identifier::from(tagged("ana").as_str()), card()] {
        let (directory, ring) = (Directory::new(), Ring::new(4));
        let engine = told(encrypted(RedbStore::open(directory.file()).unwrap(), &ring));
        // A choice is durable, and takes along all that was buffered before.
        taken(engine.record(noon(), Event::consent("ben", noon()).id("again")));
        let (ben, before) = (report(&engine, "ben"), ring.contents().len());
        let backup = directory.path().join("backup");
        fs::copy(directory.file(), &backup).unwrap();
        let copy = encrypted(RedbStore::open(&backup).unwrap(), &ring);
        assert!(all(&copy).iter().any(|(_, stored)| sings(&stored.bytes)), "an empty backup");
        drop(copy);
        assert!(engine.erase(asked.clone()).unwrap());
        drop(engine);

        let left = ring.contents();
        assert!(!left.iter().any(|(partition, _)| sings(partition)), "a key is left");
        assert_eq!(left.len(), before - 2);
        for file in [backup, directory.file()] {
            assert!(!contains(&file, CANARY.as_bytes()));
            let store = Arc::new(encrypted(RedbStore::open(&file).unwrap(), &ring));
            for (key, stored) in all(&*store) {
                assert!(!sings(key.partition()) && !sings(&stored.bytes));
            }
            let engine = Engine::builder().store(store.clone()).catalog(items(3)).build().unwrap();
            for identifier in [Identifier::from(tagged("ana").as_str()), card()] {
                assert!(engine.customer_report(identifier.clone(), noon()).unwrap().is_none());
                assert!(!engine.erase(identifier).unwrap());
            }
            assert_eq!(report(&engine, "ben"), ben);
            // What is learned is what the others told.
            let others = Engine::builder().catalog(items(3)).build().unwrap();
            for who in ["ben", "cem"] {
                taken(others.record(noon(), everything(who, noon())));
                for n in 0..20 {
                    let bought = Event::purchased(who, noon()).item(format!("i{}", n % 3));
                    taken(others.record(noon(), bought.id(format!("{n}"))));
                }
            }
            others.advance(noon()).unwrap();
            engine.advance(noon()).unwrap();
            assert_eq!(engine.statistics().digest(), others.statistics().digest());
            // Who was erased may come again, and is a stranger.
            taken(engine.record(noon(), everything(tagged("ana"), noon())));
            taken(engine.record(noon(), Event::linked(tagged("ana").as_str(), noon(), card())));
            let again = engine.customer_report(card(), noon()).unwrap().unwrap();
            assert!(again.history.is_empty(), "the old ones came back");
            assert!(engine.erase(card()).unwrap());
        }
    }
}

// ---------------------------------------------------------------- what is changed

type Found = Vec<(Key, Stored)>;

/// Two customers of two parts each, as they lie in the store underneath; each was written
/// twice.
fn four() -> (Arc<MemoryStore>, Ring, [Key; 4], Found) {
    let (inner, ring) = (Arc::new(MemoryStore::new()), Ring::new(5));
    let store = encrypted(inner.clone(), &ring);
    let keys = [("ana", 0), ("ana", 1), ("ben", 0), ("ben", 1)];
    let keys = keys.map(|(who, part)| Key::new(who.as_bytes(), part));
    for (n, key) in (1..).zip(&keys) {
        commits(&store, put(n, key, Expected::Absent, b"something"));
    }
    let old = all(&*inner);
    for (n, key) in (1..).zip(&keys) {
        commits(&store, put(n + 10, key, Expected::Version(version(n)), b"something"));
    }
    (inner, ring, keys, old)
}

/// Puts something into the store underneath, whatever is there.
fn plant(inner: &MemoryStore, place: &Key, stored: &Stored) {
    let write =
        Write { key: place.clone(), expected: Expected::Any, value: Some(stored.bytes.clone()) };
    commits(inner, Batch { version: stored.version, writes: vec![write] });
}

/// Nobody finds anything but an error under one of the keys.
#[track_caller]
fn is_refused(store: &EncryptedStore, keys: &[Key], why: &str) {
    let errors = keys.iter().filter_map(|key| get(store, key).err());
    let kinds: Vec<_> = errors.map(|error| error.kind()).collect();
    assert!(!kinds.is_empty(), "{why}: read");
    assert!(kinds.iter().all(|kind| *kind == ErrorKind::Corrupt), "{why}: {kinds:?}");
    assert_eq!(store.scan(None, 9).unwrap_err().kind(), ErrorKind::Corrupt, "{why}: scanned");
}

#[test]
fn a_value_in_another_place_is_refused() {
    let (inner, ring, keys, old) = four();
    let store = encrypted(inner.clone(), &ring);
    let there = all(&*inner);
    assert_eq!(there.len(), 4);
    for (place, stored) in &there {
        for (other, from) in &there {
            if place == other {
                continue;
            }
            plant(&inner, place, from);
            is_refused(&store, &keys, "another's value");
            plant(&inner, place, &Stored { version: stored.version, bytes: from.bytes.clone() });
            is_refused(&store, &keys, "another's value under the own version");
            plant(&inner, place, stored);
        }
        let (_, before) = old.iter().find(|(key, _)| key == place).unwrap();
        plant(&inner, place, &Stored { version: stored.version, bytes: before.bytes.clone() });
        is_refused(&store, &keys, "an older value under the newer version");
        plant(&inner, place, &Stored { version: before.version, bytes: stored.bytes.clone() });
        is_refused(&store, &keys, "a newer value under the older version");
        plant(&inner, place, stored);
    }
    assert!(keys.iter().all(|key| value(&store, key).unwrap() == b"something"));
}

#[test]
fn a_changed_byte_is_refused() {
    let (inner, ring, keys, _) = four();
    let store = encrypted(inner.clone(), &ring);
    let (place, stored) = all(&*inner).swap_remove(0);
    let is_refused = |version: [u8; 16], bytes: &[u8], why: &str| {
        let version = Version::from_bytes(version);
        plant(&inner, &place, &Stored { version, bytes: bytes.into() });
        let refused: Vec<_> = keys.iter().filter_map(|key| get(&store, key).err()).collect();
        assert_eq!(refused.len(), 1, "{why}");
        let kinds = [ErrorKind::Corrupt, ErrorKind::Incompatible];
        assert!(kinds.contains(&refused[0].kind()), "{why}");
        assert!(store.scan(None, 9).is_err(), "{why}: scanned");
    };
    let version = stored.version.to_bytes();
    let is_err = |bytes: &[u8], why: &str| is_refused(version, bytes, why);
    for at in 0..16 {
        let mut version = version;
        version[at] ^= 1;
        is_refused(version, &stored.bytes, &format!("byte {at} of the version"));
    }
    for at in 0..stored.bytes.len() {
        // Three makes the mark of a forgotten partition of a value.
        for bit in [1, 3, 0x80] {
            let mut bytes = stored.bytes.to_vec();
            bytes[at] ^= bit;
            is_err(&bytes, &format!("byte {at}"));
        }
        is_err(&stored.bytes[..at], &format!("cut at {at}"));
    }
    is_err(&[&stored.bytes[..], &[0]].concat(), "one byte more");
}

#[test]
fn a_wrong_key_is_found_out() {
    /// Gives the key of somebody else, whatever name it is asked for.
    #[derive(Debug)]
    struct Mixed(Ring);

    impl KeyStore for Mixed {
        fn find(&self, partition: &[u8]) -> Result<Option<SecretKey>> {
            self.0.find(partition)
        }

        fn named(&self, _: [u8; 16]) -> Result<Option<SecretKey>> {
            self.0.find(b"ana")
        }

        fn create(&self, partition: &[u8]) -> Result<SecretKey> {
            self.0.create(partition)
        }

        fn destroy(&self, name: [u8; 16]) -> Result<()> {
            self.0.destroy(name)
        }
    }

    let (inner, ring, keys, _) = four();
    let mixed = EncryptedStore::new(inner.clone(), Mixed(ring.clone()));
    assert_eq!(mixed.scan(None, 9).unwrap_err().kind(), ErrorKind::Corrupt);
    ring.mix_up(b"ana", b"ben");
    let store = encrypted(inner, &ring);
    assert_eq!(get(&store, &keys[0]).unwrap_err().kind(), ErrorKind::Corrupt);
}

/// And the way to encrypt it: value by value, into another.
#[test]
fn a_plain_store_is_not_taken_for_an_encrypted_one() {
    let plain = Arc::new(MemoryStore::new());
    let said = report(&told(plain.clone()), "ben");
    let engine = Engine::builder().store(encrypted(plain.clone(), &Ring::new(6))).build();
    assert_eq!(engine.unwrap_err().kind(), ErrorKind::Incompatible);

    let store = encrypted(MemoryStore::new(), &Ring::new(6));
    for (key, Stored { version, bytes }) in all(&*plain) {
        let writes = vec![Write { key, expected: Expected::Absent, value: Some(bytes) }];
        commits(&store, Batch { version, writes });
    }
    let engine = Engine::builder().store(store).catalog(items(3)).build().unwrap();
    assert_eq!(report(&engine, "ben"), said);
    assert!(sings(report(&engine, &tagged("ana")).as_bytes()));
}

// ---------------------------------------------------------------- forgetting

#[test]
fn what_is_there_is_not_forgotten() {
    let (inner, ring, keys, _) = four();
    let store = encrypted(inner.clone(), &ring);
    store.forget(b"ana").unwrap();
    store.forget(b"nobody").unwrap();
    assert_eq!(value(&store, &keys[0]).unwrap(), b"something");
    assert_eq!(ring.contents().len(), 2);
    commits(&store, erase(20, &keys[0], Expected::Version(version(11))));
    store.forget(b"ana").unwrap();
    assert_eq!(ring.contents().len(), 1);
    // What was left in another part went too.
    assert!(value(&store, &keys[1]).is_none());
    assert_eq!(all(&store).len(), 2);
    assert_eq!(value(&store, &keys[2]).unwrap(), b"something");
}

#[test]
fn nobody_gets_a_key_for_nothing() {
    let ring = Ring::new(7);
    let store = encrypted(MemoryStore::new(), &ring);
    let key = Key::new(*b"ana", 0);
    assert!(value(&store, &key).is_none());
    conflicts(&store, put(1, &key, Expected::Version(version(9)), b"late"));
    conflicts(&store, erase(2, &key, Expected::Version(version(9))));
    commits(&store, erase(3, &key, Expected::Absent));
    assert!(ring.contents().is_empty());
    store.forget(b"ana").unwrap();
}

/// A store of which the n-th call and all after it fail.
#[derive(Debug)]
struct CutOff {
    inner: Arc<MemoryStore>,
    left: AtomicUsize,
}

impl Store for CutOff {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.inner.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let one_less = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_err() {
            return Err(Error::store("cut off", std::io::Error::other("power")));
        }
        self.inner.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }
}

/// Whatever comes in between, asking again leaves no key and no value of the customer.
#[test]
fn an_erasure_that_was_cut_off_is_completed() {
    let phone = Identifier::new(IdentifierKind::Phone, "1");
    for asked in [Identifier::from("ana"), phone.clone()] {
        let (mut commits, mut destroys, mut cuts) = (0, usize::MAX, 0);
        loop {
            let (inner, ring) = (Arc::new(MemoryStore::new()), Ring::new(8));
            let engine = Engine::builder().store(encrypted(inner.clone(), &ring)).build().unwrap();
            for who in ["ana", "ben"] {
                taken(engine.record(noon(), everything(who, noon())));
            }
            for other in [phone.clone(), Identifier::new(IdentifierKind::Email, "2")] {
                taken(engine.record(noon(), Event::linked("ana", noon(), other)));
            }
            let cut = CutOff { inner: inner.clone(), left: AtomicUsize::new(commits) };
            ring.fails_after(destroys);
            let engine = Engine::builder().store(encrypted(cut, &ring)).build().unwrap();
            let first = engine.erase(asked.clone());
            ring.fails_after(usize::MAX);
            let store = Arc::new(encrypted(inner.clone(), &ring));
            let engine = Engine::builder().store(store.clone()).build().unwrap();
            _ = engine.erase(asked.clone()).unwrap();
            let when = format!("by {asked:?} after {commits} commits, {destroys} keys");
            assert_eq!(ring.contents().len(), 1, "{when}");
            assert_eq!(all(&*store).len(), 1, "{when}");
            // A mark under a key that is gone may stay.
            assert!(inner.len() <= 2, "{when}");
            assert!(engine.customer_report("ben", noon()).unwrap().is_some(), "{when}");
            cuts += usize::from(first.is_err());
            match first {
                Err(_) if destroys == usize::MAX => commits += 1,
                Err(_) => destroys += 1,
                Ok(_) if destroys == usize::MAX => (commits, destroys) = (usize::MAX, 0),
                Ok(_) => break,
            }
        }
        assert!(cuts >= 12, "cut off {cuts} times");
    }
}

/// The mark of an erasure that was cut off is no value, and keeps nobody out for ever.
#[test]
fn a_mark_that_was_left_is_taken_away() {
    for scanned in [false, true] {
        let (inner, ring) = (Arc::new(MemoryStore::new()), Ring::new(9));
        let store = encrypted(inner.clone(), &ring);
        let key = Key::new(*b"ana", 0);
        commits(&store, put(1, &key, Expected::Absent, b"something"));
        commits(&store, erase(2, &key, Expected::Version(version(1))));
        ring.fails_after(0);
        assert_eq!(store.forget(b"ana").unwrap_err().kind(), ErrorKind::Store);
        assert!(get(&store, &key).is_err(), "nobody knows yet");
        conflicts(&store, put(3, &key, Expected::Absent, b"too early"));
        ring.fails_after(usize::MAX);
        if scanned {
            assert!(all(&store).is_empty());
        } else {
            assert!(value(&store, &key).is_none());
        }
        assert!(ring.contents().is_empty() && inner.is_empty());
        commits(&store, put(3, &key, Expected::Absent, b"anew"));
        assert_eq!(value(&store, &key).unwrap(), b"anew");
    }
}

/// One who creates and one who erases and forgets, and what was acknowledged to them.
struct Two {
    key: Key,
    created: AtomicUsize,
    erased: AtomicUsize,
    versions: AtomicU64,
}

impl Two {
    fn new() -> Arc<Self> {
        let key = Key::new(*b"ana", 0);
        let [created, erased] = [0, 0].map(AtomicUsize::new);
        Arc::new(Self { key, created, erased, versions: AtomicU64::new(1) })
    }

    fn tried(&self, store: &EncryptedStore, batch: Batch, count: &AtomicUsize) -> bool {
        let done = store.commit(&[batch], Durability::Buffered).unwrap() == [Commit::Committed];
        count.fetch_add(usize::from(done), Ordering::Relaxed);
        done
    }

    fn create(&self, store: &EncryptedStore) -> bool {
        let n = self.versions.fetch_add(1, Ordering::Relaxed);
        let new = put(n, &self.key, Expected::Absent, b"here");
        get(store, &self.key).unwrap().is_none() && self.tried(store, new, &self.created)
    }

    fn erase(&self, store: &EncryptedStore) {
        if let Some(stored) = get(store, &self.key).unwrap() {
            let n = self.versions.fetch_add(1, Ordering::Relaxed);
            let gone = erase(n, &self.key, Expected::Version(stored.version));
            self.tried(store, gone, &self.erased);
        }
        store.forget(b"ana").unwrap();
    }

    /// What was created and not erased is there.
    #[track_caller]
    fn lost_nothing(&self, store: &EncryptedStore, when: &str) {
        let left = usize::from(value(store, &self.key).is_some());
        let [created, erased] = [&self.created, &self.erased].map(|n| n.load(Ordering::Relaxed));
        assert_eq!(created, erased + left, "{when}: {created} created, {erased} erased");
        assert!(all(store).len() == left, "{when}");
    }
}

/// A store and its keys; before the n-th call of either, somebody else comes.
struct Between {
    inner: Arc<MemoryStore>,
    ring: Ring,
    calls: AtomicUsize,
    other: Mutex<Option<Other>>,
}

type Other = Box<dyn FnOnce() + Send>;

impl std::fmt::Debug for Between {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Between")
    }
}

impl Between {
    fn call(&self) {
        if self.calls.fetch_sub(1, Ordering::Relaxed) == 0 {
            let other = self.other.lock().unwrap().take().unwrap();
            other();
        }
    }
}

impl Store for Between {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.call();
        self.inner.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.call();
        self.inner.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.call();
        self.inner.scan(after, limit)
    }
}

impl KeyStore for Between {
    fn find(&self, partition: &[u8]) -> Result<Option<SecretKey>> {
        self.call();
        self.ring.find(partition)
    }

    fn named(&self, name: [u8; 16]) -> Result<Option<SecretKey>> {
        self.call();
        self.ring.named(name)
    }

    fn create(&self, partition: &[u8]) -> Result<SecretKey> {
        self.call();
        self.ring.create(partition)
    }

    fn destroy(&self, name: [u8; 16]) -> Result<()> {
        self.call();
        self.ring.destroy(name)
    }
}

/// One of them comes in between any two steps of the other: over nothing, over a key
/// without a value, over a value.
#[test]
fn who_comes_in_between_loses_nothing() {
    let mut met = 0;
    for (creates_first, start) in [false, true].into_iter().flat_map(|c| [(c, 0), (c, 1), (c, 2)]) {
        for n in 0.. {
            let (inner, ring, two) = (Arc::new(MemoryStore::new()), Ring::new(11), Two::new());
            let other = encrypted(inner.clone(), &ring);
            if start == 1 {
                ring.create(b"ana").unwrap();
            }
            assert!(start < 2 || two.create(&other));
            let second = two.clone();
            let between = Arc::new(Between {
                inner: inner.clone(),
                ring: ring.clone(),
                calls: AtomicUsize::new(n),
                other: Mutex::new(Some(Box::new(move || match creates_first {
                    true => second.erase(&other),
                    false => _ = second.create(&other),
                }))),
            });
            let store = EncryptedStore::new(between.clone(), between.clone());
            match creates_first {
                true => _ = two.create(&store),
                false => two.erase(&store),
            }
            if between.other.lock().unwrap().is_some() {
                break;
            }
            met += 1;
            let when = format!("before call {n}, creates first: {creates_first}, start: {start}");
            two.lost_nothing(&encrypted(inner.clone(), &ring), &when);
            // And nobody is kept out.
            let store = encrypted(inner, &ring);
            two.erase(&store);
            assert!(two.create(&store), "{when}");
            two.lost_nothing(&store, &when);
        }
    }
    assert!(met > 20, "they met {met} times");
}

/// The same with threads.
#[test]
fn forgetting_loses_nothing_that_comes_meanwhile() {
    let (inner, ring, two) = (Arc::new(MemoryStore::new()), Ring::new(10), Two::new());
    let store = encrypted(inner, &ring);
    let enough = || two.created.load(Ordering::Relaxed) >= 300;
    std::thread::scope(|scope| {
        let (two, store, enough) = (&two, &store, &enough);
        for _ in 0..2 {
            scope.spawn(move || {
                while !enough() {
                    _ = two.create(store);
                }
            });
            scope.spawn(move || {
                while !enough() {
                    two.erase(store);
                }
            });
        }
    });
    two.lost_nothing(&store, "at the end");
}

#[test]
fn a_scan_goes_on_after_somebody_who_was_forgotten() {
    let ring = Ring::new(12);
    let store = encrypted(MemoryStore::new(), &ring);
    for n in 0..40 {
        commits(&store, put(n, &Key::new(n.to_be_bytes(), 0), Expected::Absent, b"here"));
    }
    let order = all(&store);
    let (mut seen, mut after): (Vec<Key>, Option<Key>) = (Vec::new(), None);
    loop {
        let page = store.scan(after.as_ref(), 3).unwrap();
        let last = page.len() < 3;
        seen.extend(page.iter().map(|(key, _)| key.clone()));
        if let Some((key, stored)) = page.last() {
            commits(&store, erase(100, key, Expected::Version(stored.version)));
            store.forget(key.partition()).unwrap();
            after = Some(key.clone());
        }
        if last {
            break;
        }
    }
    assert!(seen.iter().eq(order.iter().map(|(key, _)| key)));
    // Where nobody stopped last, nobody can go on.
    let gone = store.scan(Some(&order[2].0), 3).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Conflict);
}

/// Pages are as long as if those without a key had never been there.
#[test]
fn a_scan_passes_over_those_whose_keys_are_destroyed() {
    let ring = Ring::new(15);
    let store = encrypted(MemoryStore::new(), &ring);
    for n in 0..40 {
        commits(&store, put(n, &Key::new(n.to_be_bytes(), 0), Expected::Absent, b"here"));
    }
    let order = all(&store);
    for (_, key) in ring.contents().iter().filter(|(partition, _)| partition[7] % 5 > 0) {
        ring.destroy(key.name()).unwrap();
    }
    let left: Vec<_> = order.into_iter().filter(|(key, _)| key.partition()[7] % 5 == 0).collect();
    assert_eq!(left.len(), 8);
    for limit in 1..10 {
        let mut seen = store.scan(None, limit).unwrap();
        loop {
            let page = store.scan(seen.last().map(|(key, _)| key), limit).unwrap();
            let last = page.len() < limit;
            seen.extend(page);
            if last {
                break;
            }
        }
        assert!(seen == left, "pages of {limit}");
    }
}

// ---------------------------------------------------------------- and nothing else

/// All that an engine says while a story is told to it, with erasures.
fn said(seed: u64, store: impl Store) -> Vec<String> {
    let mut dice = Dice::new(seed ^ 0xe1);
    let world = World::new(seed, Size { items: 8, customers: 5, events: 20 });
    let mut host = host::random(&mut dice, &world, 8);
    for offer in &mut host.offers {
        offer.volume = dice.chance(20).then(|| dice.below(5) as u64);
    }
    let engine = host::builder(&world, &host).exploration(0.3).store(store).build().unwrap();
    let (mut said, now) = (Vec::new(), world.now());
    let mut say = |what: &dyn std::fmt::Debug| said.push(format!("{what:?}"));
    for (n, told) in world.by_time().iter().enumerate() {
        say(&engine.record(now, told.event()).map_err(|error| error.kind()));
        if n % 20 == 0 {
            say(&serde_json::to_string(&engine.advance(now).unwrap()).unwrap());
        }
        if n % 50 == 49 {
            say(&engine.erase(dice.pick(&world.customers).as_str()).unwrap());
        }
    }
    engine.fit(now).unwrap();
    for n in 0..20 {
        let who = dice.pick(&world.customers).as_str();
        let request = Request::new(who, dice.pick(&world::channels()).clone(), now).seed(n);
        say(&engine.decide(&request).unwrap().to_bytes());
    }
    engine.recount().unwrap();
    say(&serde_json::to_string(&engine.advance(now + days(9)).unwrap()).unwrap());
    say(&engine.statistics().digest().to_string());
    for who in &world.customers {
        say(&serde_json::to_string(&engine.customer_report(who.as_str(), now).unwrap()).unwrap());
    }
    said
}

#[test]
fn an_engine_says_what_it_says_over_a_plain_store() {
    let mut different = BTreeSet::new();
    for seed in 0..40 {
        let plain = said(seed, MemoryStore::new());
        let ring = Ring::new(seed);
        assert_eq!(said(seed, encrypted(MemoryStore::new(), &ring)), plain, "seed {seed}");
        different.insert(plain);
    }
    assert_eq!(different.len(), 40);
}

#[test]
fn a_batch_that_is_sent_again_is_the_same_bytes() {
    let (inner, ring) = (Arc::new(MemoryStore::new()), Ring::new(13));
    let store = encrypted(inner.clone(), &ring);
    let batch = put(1, &Key::new(*b"ana", 0), Expected::Absent, b"something");
    commits(&store, batch.clone());
    let before = all(&*inner);
    commits(&store, batch);
    assert!(all(&*inner) == before);
}

#[test]
fn nothing_prints_a_key() {
    let ring = Ring::new(14);
    let key = ring.create(b"kanarie").unwrap();
    let store = encrypted(MemoryStore::new(), &ring);
    let shown = format!("{key:?} {store:?}");
    let bytes = format!("{:?}", key.as_bytes());
    assert!(!shown.contains(bytes.trim_matches(['[', ']'])) && !shown.contains(CANARY), "{shown}");
}
