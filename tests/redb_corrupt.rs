//! Damage: every flipped bit and every missing end of a file is found and named when it is
//! opened, or does not matter; and while a store is open, damage is never taken for what
//! was written, nor does it bring anybody down.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod redb;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use ::redb::Database;
use confidant::{Durability, ErrorKind, Key, RedbStore, Store, Stored};

use crate::redb::Directory;
use crate::redb::power::Left;
use crate::redb::work::{self, Step, WORKERS};

/// A small file with everything in it.
fn work_in(directory: &Directory) -> Vec<u8> {
    let engine = work::engine(RedbStore::open(directory.file()).unwrap()).unwrap();
    for n in 0..60 {
        for worker in 0..WORKERS {
            Step::of(7, worker, n).take(&engine).unwrap();
        }
    }
    drop(engine);
    fs::read(directory.file()).unwrap()
}

type Entries = Vec<(Key, Stored)>;

/// All that is in a file, verified as `RedbStore::open` does it.
fn all(file: Left) -> Result<Entries, ErrorKind> {
    let database = Database::builder().set_check_integrity_on_open(true).create_with_backend(file);
    let store = RedbStore::new(database.map_err(|_| ErrorKind::Corrupt)?);
    store.and_then(|store| store.scan(None, 9999)).map_err(|error| error.kind())
}

#[test]
fn every_flipped_bit_is_found_or_does_not_matter() {
    let directory = Directory::new();
    let bytes = work_in(&directory);
    let whole = Left::new(bytes.clone());
    let entries = all(whole.clone()).unwrap();
    assert!(entries.len() > 10);
    // What nobody reads cannot matter.
    let mut read = vec![false; bytes.len()];
    whole.read().into_iter().for_each(|(from, to)| read[from..to].fill(true));
    let (mut found, mut same) = (0, 0);
    for at in (0..bytes.len()).filter(|at| read[*at]) {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        match all(Left::new(bad)) {
            Ok(seen) => {
                assert!(seen == entries, "byte {at} changes what is read");
                same += 1;
            }
            Err(_) => found += 1,
        }
    }
    println!("{found} found, {same} do not matter");
    assert!(found > 5000, "{found} found, {same} do not matter");
}

#[test]
fn every_missing_end_is_found() {
    let directory = Directory::new();
    let mut bytes = work_in(&directory);
    // From the end on; a file without a byte is for `redb` one that is yet to be made.
    while bytes.len() > 1 {
        bytes.pop();
        let left = Left::new(bytes.clone());
        let opened = Database::builder().create_with_backend(left);
        assert!(opened.is_err(), "{} bytes are taken for a whole file", bytes.len());
    }
}

/// The same by the path, where the errors are this crate's own.
#[test]
fn damage_is_named_and_the_file_left_as_it_is() {
    let directory = Directory::new();
    let bytes = work_in(&directory);
    let bad = directory.path().join("bad");
    for length in (0..bytes.len()).step_by(15_013) {
        fs::write(&bad, &bytes[..length]).unwrap();
        refused(&bad);
        assert_eq!(fs::read(&bad).unwrap(), &bytes[..length]);
    }
    let mut found = 0;
    for at in (0..bytes.len()).step_by(1009) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        fs::write(&bad, &flipped).unwrap();
        if RedbStore::open(&bad).is_err() {
            refused(&bad);
            found += 1;
        }
    }
    assert!(found > 5, "{found} found");
}

fn refused(path: &Path) {
    let error = RedbStore::open(path).unwrap_err();
    let kinds = [ErrorKind::Corrupt, ErrorKind::Incompatible];
    assert!(kinds.contains(&error.kind()), "{error:?}");
    assert!(error.to_string().contains(": "), "{error}");
}

/// Under an open store that keeps nothing in memory. What is read is what was written; or
/// an error; or an envelope that does not fit; or a key is not found, which only the
/// check can tell.
#[test]
fn damage_under_an_open_store_brings_nobody_down() {
    let directory = Directory::new();
    let bytes = work_in(&directory);
    let store = RedbStore::open_with(directory.file(), |path| {
        Database::builder().set_cache_size(0).set_check_integrity_on_open(true).create(path)
    });
    let store = store.unwrap();
    let entries = store.scan(None, 9999).unwrap();
    let engine = work::engine(confidant::MemoryStore::new()).unwrap();
    let file = fs::File::options().write(true).read(true).open(directory.file()).unwrap();
    // redb's panics are caught, and need not be seen.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut errors, mut unfit, mut missing) = (0, 0, 0);
    for at in (4096..bytes.len()).step_by(13).filter(|at| bytes[at & !4095..][..4096] != [0; 4096])
    {
        let mut byte = [0];
        if file.read_at(&mut byte, at as u64).unwrap() == 0 {
            // Opened anew, the file is shorter.
            break;
        }
        file.write_all_at(&[byte[0] ^ 0x20], at as u64).unwrap();
        for (key, stored) in &entries {
            match store.read(std::slice::from_ref(key)).map(|mut found| found.pop().unwrap()) {
                Ok(Some(found)) if found.bytes == stored.bytes => {}
                Ok(Some(found)) => {
                    // No customer has this key; the checksum is what is looked at first.
                    let refused = engine.load(&"x".into(), Some(found)).unwrap_err();
                    assert_eq!(refused.kind(), ErrorKind::Corrupt);
                    unfit += 1;
                }
                Ok(None) => missing += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
                    errors += 1;
                }
            }
        }
        file.write_all_at(&byte, at as u64).unwrap();
        // And it is well again, by itself.
        let found = store.read(&[entries[0].0.clone()]).unwrap().pop().unwrap();
        assert!(found.unwrap() == entries[0].1);
    }
    _ = std::panic::take_hook();
    println!("{errors} errors, {unfit} do not fit, {missing} are not found");
    assert!(errors + unfit > 0);
    store.commit(&[], Durability::Durable).unwrap();
    assert_eq!(store.check().unwrap(), []);
}
