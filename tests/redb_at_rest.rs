//! What a file holds of somebody who was erased; and that writing a file anew loses
//! nothing, whatever happens meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod redb;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use confidant::{
    Action, Catalog, Channel, Commit, DataCategory, Durability, Engine, ErrorKind, Event, Expected,
    Identifier, IdentifierKind, Item, Level, Purpose, RedbStore, Reply, Request, Store, Timestamp,
    Treatment, days,
};

use crate::redb::disk::{self, Act};
use crate::redb::{Directory, commit, erase, get, key, put, version};

const CANARY: &str = "kanarie";

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn tagged(field: &str) -> String {
    format!("{CANARY}-{field}")
}

/// Whether the canary is in any file of a directory.
fn sings(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
    })
}

fn shop(store: Arc<RedbStore>) -> Engine {
    Engine::builder()
        .store(store)
        .catalog(Catalog::new([Item::new("espresso")]).unwrap())
        .action(Action::new("free").treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap()
}

fn email() -> Identifier {
    Identifier::new(IdentifierKind::Email, tagged("ana"))
}

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, tagged("card"))
}

/// Everything that can be told of a customer, with a canary in each text.
fn told(engine: &Engine) {
    let all = Event::consent(email(), noon() - days(1)).level(Level::Collaborative);
    let all = all
        .allow(Purpose::Personalisation)
        .allow(Purpose::CollaborativeLearning)
        .allow(Purpose::IdentityLinking)
        .allow(Purpose::DirectMarketing)
        .id(tagged("consent"));
    engine.record(noon(), all).unwrap();
    engine.record(noon(), Event::linked(email(), noon(), card()).id(tagged("link"))).unwrap();
    for n in 0..60 {
        let bought = Event::purchased(card(), noon())
            .item("espresso")
            .order(tagged(&format!("order {n}")))
            .place(tagged("place"))
            .property(tagged("property"), tagged("value"))
            .property_of(DataCategory::Opinions, tagged("opinion"), tagged("said"))
            .id(tagged(&format!("id {n}")));
        engine.record(noon(), bought).unwrap();
    }
    let declared = Event::declared(email(), noon()).attribute(tagged("name"), tagged("fact"));
    engine.record(noon(), declared.id(tagged("declared"))).unwrap();
    let reply = Event::outcome(email(), noon(), tagged("action"), Reply::Declined);
    engine.record(noon(), reply.id(tagged("reply"))).unwrap();
    engine.decide(&Request::new(email(), Channel::Email, noon())).unwrap();
    engine.advance(noon()).unwrap();
}

#[test]
fn nothing_of_who_was_erased_is_left_in_any_file() {
    let directory = Directory::new();
    let store = Arc::new(RedbStore::open(directory.file()).unwrap());
    let engine = shop(Arc::clone(&store));
    for n in 0..50 {
        engine
            .record(noon(), Event::purchased(format!("other {n}"), noon()).item("espresso"))
            .unwrap();
    }
    told(&engine);
    store.commit(&[], Durability::Durable).unwrap();
    assert!(sings(directory.path()), "the search does not find what is there");
    assert!(engine.erase(card()).unwrap());
    assert!(engine.customer_report(email(), noon()).unwrap().is_none());
    assert!(sings(directory.path()), "compacting has nothing to do");
    store.compact().unwrap();
    assert!(!sings(directory.path()));
    // The rest is there, here and after opening again.
    let others = store.scan(None, 99).unwrap();
    assert_eq!(others.len(), 50);
    assert_eq!(store.check().unwrap(), []);
    engine.record(noon(), Event::purchased("other 7", noon()).item("espresso")).unwrap();
    drop((engine, store));
    let store = RedbStore::open(directory.file()).unwrap();
    assert_eq!(store.scan(None, 99).unwrap().len(), 50);
    assert!(!sings(directory.path()));
}

/// What is buffered goes into the new file; what is erased while buffered does not.
#[test]
fn what_waits_is_written_anew_too() {
    let directory = Directory::new();
    let store = RedbStore::open(directory.file()).unwrap();
    let (a, b, c) = (key("a", 0), key("b", 0), key("c", 0));
    let canary = tagged("value");
    commit(&store, put(1, &a, Expected::Absent, canary.as_bytes()), Durability::Durable);
    commit(&store, put(2, &b, Expected::Absent, canary.as_bytes()), Durability::Durable);
    commit(&store, put(3, &a, Expected::Any, b"new"), Durability::Buffered);
    commit(&store, erase(4, &b, Expected::Any), Durability::Buffered);
    commit(&store, put(5, &c, Expected::Absent, b"new"), Durability::Buffered);
    store.compact().unwrap();
    assert!(!sings(directory.path()));
    // As a crash now would leave it.
    let copy = directory.path().join("copy");
    fs::copy(directory.file(), &copy).unwrap();
    for store in [store, RedbStore::open(copy).unwrap()] {
        let found = [&a, &b, &c].map(|key| get(&store, key));
        assert_eq!(found, [Some(b"new".to_vec()), None, Some(b"new".to_vec())]);
        assert_eq!(
            commit(&store, put(6, &a, Expected::Version(version(3)), b"x"), Durability::Durable),
            Commit::Committed
        );
    }
}

#[test]
fn a_file_is_smaller_after_compaction() {
    let directory = Directory::new();
    let store = RedbStore::open(directory.file()).unwrap();
    let value = vec![1; 50_000];
    for n in 0..200 {
        commit(&store, put(n, &key("k", n as u32), Expected::Absent, &value), Durability::Durable);
    }
    for n in 20..200 {
        commit(&store, erase(n, &key("k", n as u32), Expected::Any), Durability::Buffered);
    }
    store.commit(&[], Durability::Durable).unwrap();
    let length = || fs::metadata(directory.file()).unwrap().len();
    let before = length();
    store.compact().unwrap();
    assert!(length() < before / 4 && length() < 3_000_000, "{before} to {}", length());
}

/// A store with something in every state, and what it holds.
fn busy(directory: &Directory, ask: disk::Ask) -> RedbStore {
    let store = disk::open(&directory.file(), ask).unwrap();
    for n in 0..30 {
        commit(
            &store,
            put(n, &key("k", n as u32), Expected::Absent, &[7; 3000]),
            Durability::Durable,
        );
    }
    for n in 0..10 {
        commit(&store, erase(40 + n, &key("k", n as u32), Expected::Any), Durability::Durable);
    }
    store
}

/// Before everything that is done to a file while it is written anew, the directory is
/// kept as a crash would leave it then.
#[test]
fn a_crash_while_a_file_is_written_anew_leaves_a_whole_one() {
    let directory = Directory::new();
    let crashes = Directory::new();
    let kept: Arc<Mutex<Option<Vec<PathBuf>>>> = Arc::default();
    let (watched, copies, from) =
        (Arc::clone(&kept), crashes.path().to_owned(), directory.path().to_owned());
    let ask = move |_| {
        if let Some(kept) = &mut *watched.lock().unwrap() {
            let copy = copies.join(kept.len().to_string());
            fs::create_dir(&copy).unwrap();
            for entry in fs::read_dir(&from).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
            }
            kept.push(copy);
        }
        Ok(())
    };
    let store = busy(&directory, Arc::new(ask));
    let all = store.scan(None, 99).unwrap();
    *kept.lock().unwrap() = Some(Vec::new());
    store.compact().unwrap();
    let copies = kept.lock().unwrap().take().unwrap();
    assert!(copies.len() > 10);
    let mut left_over = 0;
    for copy in copies {
        left_over += usize::from(copy.join("customers.new").exists());
        let store = RedbStore::open(copy.join("customers")).unwrap();
        assert!(store.scan(None, 99).unwrap() == all);
        assert_eq!(fs::read_dir(&copy).unwrap().count(), 1, "something is left over");
    }
    assert!(left_over > 5);
    assert!(store.scan(None, 99).unwrap() == all);
}

/// Each act fails once: then the old file goes on, or the new one does.
#[test]
fn a_file_that_cannot_be_written_anew_goes_on() {
    let directory = Directory::new();
    let countdown: Arc<Mutex<Option<u32>>> = Arc::default();
    let asked = Arc::clone(&countdown);
    let ask = move |_: Act| match &mut *asked.lock().unwrap() {
        Some(0) => Err(io::ErrorKind::StorageFull.into()),
        Some(left) => {
            *left -= 1;
            Ok(())
        }
        None => Ok(()),
    };
    let store = busy(&directory, Arc::new(ask));
    let mut failed = 0;
    for n in 0.. {
        let waiting = put(1000 + n, &key("waiting", 0), Expected::Any, &n.to_be_bytes());
        commit(&store, waiting, Durability::Buffered);
        let all = store.scan(None, 99).unwrap();
        *countdown.lock().unwrap() = Some(n as u32);
        let compacted = store.compact();
        *countdown.lock().unwrap() = None;
        assert!(store.scan(None, 99).unwrap() == all, "after {n}");
        match compacted {
            Ok(()) => break,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Full),
        }
        commit(
            &store,
            put(100 + n, &key("after", n as u32), Expected::Absent, b"x"),
            Durability::Durable,
        );
        failed += 1;
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "something is left over");
    }
    assert!(failed > 10);
    store.check().unwrap();
}
