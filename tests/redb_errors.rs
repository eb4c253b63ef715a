//! What can be wrong with the file of a store, and that it is said; and that a store goes
//! on once it is well again.
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
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use ::redb::{Database, DatabaseError, TableDefinition};
use confidant::{
    Batch, Catalog, Commit, Durability, Engine, ErrorKind, Event, Expected, Item, Level, Purpose,
    Recorded, RedbStore, Store, Timestamp,
};

use crate::redb::disk::{self, Act};
use crate::redb::{Directory, commit, get, key, put};

const BUFFERED: Durability = Durability::Buffered;
const DURABLE: Durability = Durability::Durable;

/// What opening says, and that it says what to do.
fn refused(path: &Path) -> ErrorKind {
    told(&RedbStore::open(path).unwrap_err())
}

fn told(error: &confidant::Error) -> ErrorKind {
    assert!(error.to_string().contains(": "), "`{error}` does not say what to do");
    error.kind()
}

#[test]
fn a_file_of_another_kind_is_left_as_it_is() {
    let directory = Directory::new();
    for text in [&b""[..], b"x", &[0; 5000], b"PK\x03\x04 a document of somebody's\n"] {
        fs::write(directory.file(), text).unwrap();
        assert_eq!(refused(&directory.file()), ErrorKind::Incompatible);
        assert_eq!(fs::read(directory.file()).unwrap(), text);
    }
}

const NOTES: TableDefinition<'_, &str, u64> = TableDefinition::new("notes");

#[test]
fn somebody_elses_database_is_left_as_it_is() {
    let directory = Directory::new();
    let database = Database::create(directory.file()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(NOTES).unwrap().insert("milk", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let before = fs::read(directory.file()).unwrap();
    assert_eq!(refused(&directory.file()), ErrorKind::Incompatible);
    assert_eq!(fs::read(directory.file()).unwrap(), before);
    let database = Database::create(directory.file()).unwrap();
    assert_eq!(told(&RedbStore::new(database).unwrap_err()), ErrorKind::Incompatible);
    assert_eq!(fs::read(directory.file()).unwrap().len(), before.len());
}

#[test]
fn a_newer_form_is_left_to_newer_versions() {
    const FORMAT: TableDefinition<'_, &str, u32> = TableDefinition::new("confidant format");
    let directory = Directory::new();
    drop(RedbStore::open(directory.file()).unwrap());
    let database = Database::create(directory.file()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(FORMAT).unwrap().insert("version", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let before = fs::read(directory.file()).unwrap();
    let error = RedbStore::open(directory.file()).unwrap_err();
    assert_eq!(told(&error), ErrorKind::Incompatible);
    assert!(error.to_string().contains("newer"));
    assert_eq!(fs::read(directory.file()).unwrap(), before);
}

#[test]
fn a_place_that_is_none_is_named() {
    let directory = Directory::new();
    assert_eq!(refused(&directory.path().join("no/such")), ErrorKind::InvalidConfiguration);
    assert_eq!(refused(directory.path()), ErrorKind::InvalidConfiguration);
    fs::write(directory.file(), b"x").unwrap();
    assert_eq!(refused(&directory.file().join("below")), ErrorKind::InvalidConfiguration);
}

/// Not even the system's administrator writes there.
#[test]
#[cfg(target_os = "linux")]
fn a_place_that_may_not_be_written_is_named() {
    assert_eq!(refused(Path::new("/sys/customers")), ErrorKind::Denied);
    for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
        let open = move |_: &Path| Err(DatabaseError::from(io::Error::from(kind)));
        let error = RedbStore::open_with(Directory::new().file(), open).unwrap_err();
        assert_eq!(told(&error), ErrorKind::Denied);
    }
}

/// Where permissions bind who runs the test.
#[test]
#[cfg(unix)]
fn a_directory_and_a_file_that_may_not_be_written_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    drop(RedbStore::open(directory.file()).unwrap());
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(&directory.file(), 0o444);
    allow(directory.path(), 0o555);
    if fs::write(directory.path().join("probe"), b"x").is_err() {
        assert_eq!(refused(&directory.file()), ErrorKind::Denied);
        assert_eq!(refused(&directory.path().join("other")), ErrorKind::Denied);
    }
    allow(directory.path(), 0o755);
}

#[test]
fn a_file_is_open_once() {
    let directory = Directory::new();
    let store = RedbStore::open(directory.file()).unwrap();
    assert_eq!(refused(&directory.file()), ErrorKind::InUse);
    assert_eq!(in_a_child("try_to_open", directory.path()), "InUse");
    commit(&store, put(1, &key("k", 0), Expected::Absent, b"x"), DURABLE);
    drop(store);
    assert_eq!(in_a_child("try_to_open", directory.path()), "opened");
    assert!(get(&RedbStore::open(directory.file()).unwrap(), &key("k", 0)).is_some());
}

/// Of many who find nothing and make it, one has it, and the others are told.
#[test]
fn a_file_is_made_once() {
    for _ in 0..20 {
        let directory = Directory::new();
        let open = || RedbStore::open(directory.file());
        let opened: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
        for error in opened.iter().filter_map(|opened| opened.as_ref().err()) {
            assert_eq!(told(error), ErrorKind::InUse);
        }
        let store = opened.into_iter().find_map(|opened| opened.ok()).unwrap();
        commit(&store, put(1, &key("k", 0), Expected::Absent, b"x"), DURABLE);
        drop(store);
        assert!(get(&RedbStore::open(directory.file()).unwrap(), &key("k", 0)).is_some());
    }
}

/// Runs one of the tests below in a process of its own, and returns its last word.
fn in_a_child(test: &str, directory: &Path) -> String {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", test, "--nocapture"])
        .env("CONFIDANT_CHILD", directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = said.split("child: ").nth(1).unwrap_or_else(|| panic!("{said} {output:?}"));
    said.lines().next().unwrap().to_owned()
}

/// Nothing by itself: a part of `a_file_is_open_once`, in another process.
#[test]
fn try_to_open() {
    let Some(directory) = std::env::var_os("CONFIDANT_CHILD") else { return };
    match RedbStore::open(Path::new(&directory).join("customers")) {
        Ok(_) => println!("child: opened"),
        Err(error) => println!("child: {:?}", error.kind()),
    }
}

/// A store on a disk on which one kind of act fails, as long as there is no room.
fn on_a_disk(directory: &Directory) -> (RedbStore, impl Fn(Option<Act>) + use<>) {
    let failing = Arc::new(Mutex::new(None));
    let asked = Arc::clone(&failing);
    let ask = move |act| match *asked.lock().unwrap() == Some(act) {
        true => Err(io::ErrorKind::StorageFull.into()),
        false => Ok(()),
    };
    let store = disk::open(&directory.file(), Arc::new(ask)).unwrap();
    (store, move |act| *failing.lock().unwrap() = act)
}

#[test]
fn a_full_disk_is_named_and_what_is_there_is_read_and_it_goes_on() {
    let directory = Directory::new();
    let (store, fail) = on_a_disk(&directory);
    let value = vec![1; 100_000];
    commit(&store, put(1, &key("durable", 0), Expected::Absent, &value), DURABLE);
    commit(&store, put(2, &key("buffered", 0), Expected::Absent, &value), BUFFERED);
    for act in [Act::Grow, Act::Write] {
        fail(Some(act));
        let more: Vec<Batch> = (0..99)
            .map(|n| put(10 + n, &key("more", n as u32), Expected::Absent, &value))
            .collect();
        let error = store.commit(&more, DURABLE).unwrap_err();
        assert_eq!(told(&error), ErrorKind::Full);
        if act == Act::Grow {
            // All is there that was, and nothing of what failed.
            assert!(get(&store, &key("durable", 0)).is_some());
            assert!(get(&store, &key("buffered", 0)).is_some());
            assert_eq!(store.scan(None, 999).unwrap().len(), 2);
            // What fits into memory can be buffered still.
            commit(&store, put(3, &key("buffered", 1), Expected::Any, &value), BUFFERED);
        } else {
            assert_eq!(store.read(&[key("durable", 0)]).unwrap_err().kind(), ErrorKind::Full);
        }
        fail(None);
        assert_eq!(store.scan(None, 999).unwrap().len(), 3);
    }
    assert_eq!(store.commit(&[], DURABLE).unwrap(), []);
    drop(store);
    assert_eq!(RedbStore::open(directory.file()).unwrap().scan(None, 999).unwrap().len(), 3);
}

/// The sync at the end of a transaction fails, after all of it reached the file: it is
/// found there when the file is opened anew, whole, and never a half of it.
#[test]
fn what_went_through_in_spite_of_an_error_is_whole() {
    let directory = Directory::new();
    let (store, fail) = on_a_disk(&directory);
    let (a, b) = (key("k", 1), key("k", 2));
    commit(&store, put(1, &a, Expected::Absent, b"old"), BUFFERED);
    let mut both = put(2, &a, Expected::Any, b"new");
    both.writes.extend(put(2, &b, Expected::Absent, b"new").writes);
    fail(Some(Act::Sync));
    assert!(store.commit(std::slice::from_ref(&both), DURABLE).is_err());
    fail(None);
    let found = store.read(&[a.clone(), b.clone()]).unwrap();
    assert!(found[1].is_some(), "it did not reach the file");
    assert_eq!(found[0].as_ref().unwrap().bytes[..], b"new"[..]);
    assert_eq!(store.commit(&[both], DURABLE).unwrap(), [Commit::Committed]);
    assert_eq!(get(&store, &a).as_deref(), Some(&b"new"[..]));
}

/// The file is taken away under an open store: it is not taken for one that is yet to be
/// made, and when it is back, all is there.
#[test]
#[cfg(unix)]
fn a_file_that_is_gone_is_not_made_anew() {
    let directory = Directory::new();
    let (store, fail) = on_a_disk(&directory);
    commit(&store, put(1, &key("k", 0), Expected::Absent, b"x"), DURABLE);
    let aside = directory.path().join("aside");
    fs::rename(directory.file(), &aside).unwrap();
    fail(Some(Act::Write));
    store.commit(&[put(2, &key("k", 1), Expected::Absent, b"x")], DURABLE).unwrap_err();
    fail(None);
    let error = store.read(&[key("k", 0)]).unwrap_err();
    assert_eq!(told(&error), ErrorKind::InvalidConfiguration);
    assert!(!directory.file().exists());
    fs::rename(&aside, directory.file()).unwrap();
    assert!(get(&store, &key("k", 0)).is_some());
}

/// A limit of the system on the length of files. What was there is read, and buffering goes
/// on in memory.
#[test]
#[cfg(unix)]
fn a_file_that_may_not_grow_is_named() {
    let directory = Directory::new();
    let limited = "trap '' XFSZ; ulimit -f 4000; exec \"$0\" --exact fill_the_file --nocapture";
    let output = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .env("CONFIDANT_CHILD", directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("child: Full"), "{output:?}");
    let store = RedbStore::open(directory.file()).unwrap();
    assert!(store.scan(None, 9999).unwrap().len() > 5);
}

/// Nothing by itself: a part of `a_file_that_may_not_grow_is_named`, in another process.
#[test]
fn fill_the_file() {
    let Some(directory) = std::env::var_os("CONFIDANT_CHILD") else { return };
    let store = RedbStore::open(Path::new(&directory).join("customers")).unwrap();
    let value = vec![1; 100_000];
    let fill = |n| store.commit(&[put(n, &key("k", n as u32), Expected::Absent, &value)], DURABLE);
    let (n, error) = (0..999).find_map(|n| Some((n, fill(n).err()?))).unwrap();
    assert_eq!(store.scan(None, 9999).unwrap().len(), n as usize);
    assert!(get(&store, &key("k", n as u32)).is_none());
    commit(&store, put(n, &key("k", n as u32), Expected::Absent, b"x"), BUFFERED);
    assert!(get(&store, &key("k", n as u32)).is_some());
    println!("child: {:?}", told(&error));
}

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn shop(store: Arc<RedbStore>) -> Engine {
    let catalog = Catalog::new([Item::new("espresso")]).unwrap();
    Engine::builder().catalog(catalog).store(store).build().unwrap()
}

fn everything(id: &str) -> Event {
    Event::consent(id, noon())
        .level(Level::Collaborative)
        .allow(Purpose::Personalisation)
        .allow(Purpose::CollaborativeLearning)
        .into()
}

/// The same engine over the same store: what it was told while the disk was full it told
/// back as an error, or kept.
#[test]
fn an_engine_goes_on_when_there_is_room_again() {
    let directory = Directory::new();
    let (store, fail) = on_a_disk(&directory);
    let store = Arc::new(store);
    let engine = shop(Arc::clone(&store));
    let mut kept = Vec::new();
    for n in 0..300 {
        fail(match n {
            150..160 => Some(Act::Write),
            100..200 => Some(Act::Grow),
            _ => None,
        });
        let id = format!("customer {n}");
        match engine.record(noon(), everything(&id)) {
            Ok(recorded) => {
                assert_eq!(recorded, Recorded::Accepted);
                kept.push(id.clone());
            }
            Err(error) => assert_eq!(told(&error), ErrorKind::Full),
        }
        let long = "x".repeat(200);
        for order in 0..9 {
            let bought = Event::purchased(id.as_str(), noon()).item("espresso");
            let bought = bought.order(format!("{order} {long}"));
            _ = engine.record(noon(), bought);
        }
    }
    assert!((200..300).contains(&kept.len()), "{} of 300", kept.len());
    engine.advance(noon()).unwrap();
    let learned = engine.statistics().digest();
    engine.recount().unwrap();
    assert!(learned == engine.statistics().digest());
    drop(engine);
    drop(store);
    let engine = shop(Arc::new(RedbStore::open(directory.file()).unwrap()));
    assert!(learned == engine.statistics().digest());
    for id in kept {
        assert!(
            engine.customer_report(id.as_str(), noon()).unwrap().is_some(),
            "{id} was acknowledged"
        );
    }
}
