//! The conformance kit passes what keeps the contract, and finds out what does not: each
//! store that is broken in one way fails the case of the right name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/shelf.rs"]
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confidant::conformance::{self, Builder, CASES, Failing, Fault, Outcome, Report, Volatile};
use confidant::*;
use shelf::Shelf;

/// Makes a place, a store over it and, when that is dropped, another over what it left.
struct Makes<G, M: Fn() -> G, A: Fn(&G) -> Box<dyn Store>>(M, A);

impl<G, M: Fn() -> G, A: Fn(&G) -> Box<dyn Store>> Builder for Makes<G, M, A> {
    type Guard = G;

    fn build(&self) -> Result<(G, Box<dyn Store>)> {
        let guard = self.0();
        let store = self.1(&guard);
        Ok((guard, store))
    }

    fn reopen(&self, guard: &G) -> Result<Option<Box<dyn Store>>> {
        Ok(Some(self.1(guard)))
    }
}

#[track_caller]
fn passes(report: &Report) {
    assert!(report.passed(), "{report}");
    assert!(report.outcomes().all(|(_, outcome)| *outcome == Outcome::Passed), "{report}");
}

#[test]
fn a_store_in_memory_keeps_the_contract() {
    let store = |inner: &Arc<MemoryStore>| -> Box<dyn Store> { Box::new(inner.clone()) };
    passes(&conformance::test_all(&Makes(Arc::<MemoryStore>::default, store)));
}

#[test]
fn a_strangers_store_keeps_the_contract() {
    let store = |shelf: &Shelf| -> Box<dyn Store> { Box::new(shelf.clone()) };
    passes(&conformance::test_all(&Makes(Shelf::default, store)));
}

/// Opening it is a crash: the worst that may be, or one of a hundred others.
#[test]
fn a_store_that_crashes_keeps_the_contract() {
    let worst = |store: &Arc<Volatile>| -> Box<dyn Store> {
        store.crash();
        Box::new(store.clone())
    };
    passes(&conformance::test_all(&Makes(Arc::<Volatile>::default, worst)));
    let seeds = AtomicU64::new(0);
    let uneven = |store: &Arc<Volatile>| -> Box<dyn Store> {
        store.crash_unevenly(seeds.fetch_add(1, Ordering::Relaxed));
        Box::new(store.clone())
    };
    for _ in 0..4 {
        passes(&conformance::test_all(&Makes(Arc::<Volatile>::default, uneven)));
    }
    assert!(seeds.into_inner() >= 100);
}

#[test]
fn a_store_that_is_not_told_to_fail_keeps_the_contract() {
    let make = || Arc::new(Failing::new(MemoryStore::new()));
    let store = |inner: &Arc<Failing<MemoryStore>>| -> Box<dyn Store> { Box::new(inner.clone()) };
    passes(&conformance::test_all(&Makes(make, store)));
}

#[test]
fn what_cannot_be_tried_is_said() {
    struct Simple;
    impl Builder for Simple {
        type Guard = ();

        fn build(&self) -> Result<((), Box<dyn Store>)> {
            Ok(((), Box::new(MemoryStore::new())))
        }
    }
    let report = conformance::test_all(&Simple);
    assert!(report.passed());
    let text = report.to_string();
    assert!(text.contains("passed   a_key_is_created_once\n"), "{text}");
    assert!(text.contains("skipped  what_is_durable_stays: the builder does not"), "{text}");
    assert!(text.ends_with(&format!("{} passed, 0 failed, 4 skipped", CASES.len() - 4)), "{text}");
}

/// A store that cannot be made, or fails, fails the case; and no case takes the kit down.
#[test]
fn a_store_that_fails_is_no_store() {
    struct None;
    impl Builder for None {
        type Guard = ();

        fn build(&self) -> Result<((), Box<dyn Store>)> {
            Err(Error::store("no disk", std::io::Error::other("unplugged")))
        }
    }
    let report = conformance::test_all(&None);
    assert!(!report.passed());
    assert!(report.to_string().contains("the store failed: no disk: unplugged"), "{report}");
    for fault in [Fault::Refused, Fault::AnswerLost, Fault::Conflict] {
        for from in 0..8 {
            let make = || {
                let store = Failing::new(MemoryStore::new());
                store.fail(from..usize::MAX, fault);
                Arc::new(store)
            };
            let store =
                |inner: &Arc<Failing<MemoryStore>>| -> Box<dyn Store> { Box::new(inner.clone()) };
            let report = conformance::test_all(&Makes(make, store));
            assert!(!report.passed(), "{fault:?} from {from}: {report}");
        }
    }
}

// ---------------------------------------------------------------- broken stores

type Reads = fn(&Broken, &[Key]) -> Result<Vec<Option<Stored>>>;
type Commits = fn(&Broken, &[Batch], Durability) -> Result<Vec<Commit>>;
type Scans = fn(&Broken, Option<&Key>, usize) -> Result<Vec<(Key, Stored)>>;

/// A store that does its work in a way of its own, over one that does it right.
#[derive(Clone)]
struct Broken {
    inner: Arc<MemoryStore>,
    notes: Arc<Mutex<BTreeMap<Key, usize>>>,
    read: Reads,
    commit: Commits,
    scan: Scans,
}

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Broken")
    }
}

impl Store for Broken {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        (self.read)(self, keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        (self.commit)(self, batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        (self.scan)(self, after, limit)
    }
}

/// It is as it should be.
fn sound() -> Broken {
    Broken {
        inner: Arc::default(),
        notes: Arc::default(),
        read: |broken, keys| broken.inner.read(keys),
        commit: |broken, batches, durability| broken.inner.commit(batches, durability),
        scan: |broken, after, limit| broken.inner.scan(after, limit),
    }
}

impl Broken {
    fn there(&self, key: &Key) -> Option<Stored> {
        self.inner.read(std::slice::from_ref(key)).unwrap().pop().unwrap()
    }

    fn is_met(&self, write: &Write) -> bool {
        let there = self.there(&write.key).map(|stored| stored.version);
        match write.expected {
            Expected::Absent => there.is_none(),
            Expected::Version(version) => there == Some(version),
            Expected::Any => true,
        }
    }

    fn one(&self, batch: Batch) -> Commit {
        self.inner.commit(&[batch], Durability::Buffered).unwrap()[0]
    }

    /// Commits each batch in a way of one's own.
    fn each(&self, batches: &[Batch], commit: impl Fn(&Batch) -> Commit) -> Result<Vec<Commit>> {
        Ok(batches.iter().map(commit).collect())
    }

    fn all(&self) -> Vec<(Key, Stored)> {
        self.inner.scan(None, usize::MAX).unwrap()
    }
}

/// The batch with other writes.
fn with(batch: &Batch, change: impl Fn(Write) -> Write) -> Batch {
    let writes = batch.writes.iter().cloned().map(change).collect();
    Batch { version: batch.version, writes }
}

fn unguarded(batch: &Batch) -> Batch {
    with(batch, |write| Write { expected: Expected::Any, ..write })
}

/// Every key through a change of names.
fn renamed(batch: &Batch, name: fn(&Key) -> Key) -> Batch {
    with(batch, |write| Write { key: name(&write.key), ..write })
}

fn run_together(key: &Key) -> Key {
    Key::new([key.partition(), &key.part().to_be_bytes()].concat(), 0)
}

/// What is wrong, the case that must find it out, and the store.
fn broken() -> Vec<(&'static str, &'static str, Broken)> {
    vec![
        ("has something in it", "it_begins_empty", {
            let left = Write {
                key: Key::new(*b"left", 0),
                expected: Expected::Absent,
                value: Some([1].into()),
            };
            let store = sound();
            store.one(Batch { version: Version::from_bytes([7; 16]), writes: vec![left] });
            store
        }),
        (
            "makes something of nothing",
            "an_absent_key_is_none",
            Broken {
                read: |broken, keys| {
                    let empty = Stored { version: Version::from_bytes([0; 16]), bytes: [].into() };
                    let found = broken.inner.read(keys)?.into_iter();
                    Ok(found.map(|found| Some(found.unwrap_or(empty.clone()))).collect())
                },
                ..sound()
            },
        ),
        (
            "keeps no versions",
            "what_was_written_is_read",
            Broken {
                read: |broken, keys| {
                    let version = Version::from_bytes([0; 16]);
                    let bytes = |found: Stored| Stored { version, bytes: found.bytes };
                    Ok(broken.inner.read(keys)?.into_iter().map(|found| found.map(bytes)).collect())
                },
                ..sound()
            },
        ),
        (
            "reads in an order of its own",
            "what_was_written_is_read",
            Broken {
                read: |broken, keys| {
                    let mut keys = keys.to_vec();
                    keys.sort();
                    broken.inner.read(&keys)
                },
                ..sound()
            },
        ),
        (
            "cannot read nothing",
            "nothing_asked_nothing_done",
            Broken {
                read: |broken, keys| match keys {
                    [] => Err(Error::store("syntax error", std::io::Error::other("near \")\""))),
                    _ => broken.inner.read(keys),
                },
                ..sound()
            },
        ),
        (
            "creates what is there",
            "a_key_is_created_once",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| match write.expected {
                            Expected::Absent => Write { expected: Expected::Any, ..write },
                            _ => write,
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "updates what is not there",
            "a_key_is_created_once",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| match broken.there(&write.key) {
                            None => Write { expected: Expected::Any, ..write },
                            Some(_) => write,
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "ignores what is expected",
            "only_the_expected_version_is_changed",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| broken.one(unguarded(batch)))
                },
                ..sound()
            },
        ),
        (
            "compares half a version",
            "every_byte_of_a_version_counts",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| {
                            let there = broken.there(&write.key).map(|stored| stored.version);
                            match (write.expected, there) {
                                (Expected::Version(version), Some(there))
                                    if version.to_bytes()[8..] == there.to_bytes()[8..] =>
                                {
                                    Write { expected: Expected::Any, ..write }
                                }
                                _ => write,
                            }
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "takes any for absent",
            "any_goes_with_a_guarded_write",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| match write.expected {
                            Expected::Any => Write { expected: Expected::Absent, ..write },
                            _ => write,
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "writes one key after the other",
            "a_batch_is_whole_or_absent",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let mut outcome = Commit::Committed;
                        for write in &batch.writes {
                            let writes = vec![write.clone()];
                            if broken.one(Batch { writes, ..batch.clone() }) == Commit::Conflict {
                                outcome = Commit::Conflict;
                            }
                        }
                        outcome
                    })
                },
                ..sound()
            },
        ),
        (
            "has one transaction for all",
            "a_conflict_keeps_no_other_batch_out",
            Broken {
                commit: |broken, batches, durability| {
                    let met = |batch: &Batch| batch.writes.iter().all(|write| broken.is_met(write));
                    match batches.iter().all(met) {
                        true => broken.inner.commit(batches, durability),
                        false => Ok(vec![Commit::Conflict; batches.len()]),
                    }
                },
                ..sound()
            },
        ),
        (
            "stops at the first conflict",
            "a_conflict_keeps_no_other_batch_out",
            Broken {
                commit: |broken, batches, durability| {
                    let met =
                        |batch: &&Batch| batch.writes.iter().all(|write| broken.is_met(write));
                    let first: Vec<Batch> = batches.iter().take_while(met).cloned().collect();
                    let mut outcomes = broken.inner.commit(&first, durability)?;
                    outcomes.resize(batches.len(), Commit::Conflict);
                    Ok(outcomes)
                },
                ..sound()
            },
        ),
        (
            "checks all batches first",
            "later_batches_see_earlier_ones",
            Broken {
                commit: |broken, batches, _| {
                    let met = |batch: &Batch| batch.writes.iter().all(|write| broken.is_met(write));
                    let met: Vec<bool> = batches.iter().map(met).collect();
                    let commit = |(batch, met): (&Batch, bool)| match met {
                        true => broken.one(unguarded(batch)),
                        false => broken.one(batch.clone()),
                    };
                    Ok(batches.iter().zip(met).map(commit).collect())
                },
                ..sound()
            },
        ),
        (
            "forgets what it was sent",
            "a_batch_can_be_sent_again",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        match batch.writes.iter().all(|write| broken.is_met(write)) {
                            true => broken.one(batch.clone()),
                            false => Commit::Conflict,
                        }
                    })
                },
                ..sound()
            },
        ),
        (
            "erases again what a known batch erased",
            "a_batch_can_be_sent_again",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let outcome = broken.one(batch.clone());
                        let gone = |write: &Write| {
                            let expected = Expected::Any;
                            Write { expected, ..write.clone() }
                        };
                        let erased = batch.writes.iter().filter(|write| write.value.is_none());
                        let writes: Vec<Write> = erased.map(gone).collect();
                        if outcome == Commit::Committed && !writes.is_empty() {
                            broken.one(Batch { writes, ..batch.clone() });
                        }
                        outcome
                    })
                },
                ..sound()
            },
        ),
        (
            "knows a batch by one of its values",
            "an_old_batch_comes_too_late",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let mut there = batch.writes.iter().filter_map(|w| broken.there(&w.key));
                        match there.any(|stored| stored.version == batch.version) {
                            true => Commit::Committed,
                            false => broken.one(batch.clone()),
                        }
                    })
                },
                ..sound()
            },
        ),
        (
            "knows every batch for ever",
            "an_old_batch_comes_too_late",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let name = Key::new(batch.version.to_bytes(), 0);
                        if broken.notes.lock().unwrap().contains_key(&name) {
                            return Commit::Committed;
                        }
                        let outcome = broken.one(batch.clone());
                        if outcome == Commit::Committed {
                            broken.notes.lock().unwrap().insert(name, 0);
                        }
                        outcome
                    })
                },
                ..sound()
            },
        ),
        (
            "erases what is gone",
            "an_erasure_is_not_known_again",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let gone = |w: &Write| w.value.is_none() && broken.there(&w.key).is_none();
                        match batch.writes.iter().all(gone) {
                            true => Commit::Committed,
                            false => broken.one(batch.clone()),
                        }
                    })
                },
                ..sound()
            },
        ),
        (
            "keeps erased keys as empty ones",
            "erasing_leaves_no_key",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| Write {
                            value: Some(write.value.unwrap_or([].into())),
                            ..write
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "hides erased keys from reads alone",
            "erasing_leaves_no_key",
            Broken {
                read: |broken, keys| {
                    let found = broken.inner.read(keys)?.into_iter();
                    Ok(found
                        .map(|found| found.filter(|stored| *stored.bytes != *b"gone"))
                        .collect())
                },
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| match broken.there(&write.key) {
                            Some(stored) if *stored.bytes == *b"gone" => {
                                Write { expected: Expected::Any, ..write }
                            }
                            _ => Write { value: write.value.or(Some(b"gone"[..].into())), ..write },
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "erases nothing in a mixed batch",
            "a_batch_may_write_and_erase",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let mut values = batch.clone();
                        values.writes.retain(|write| write.value.is_some());
                        broken.one(if values.writes.is_empty() { batch.clone() } else { values })
                    })
                },
                ..sound()
            },
        ),
        (
            "trims what it keeps",
            "bytes_come_back_as_they_were",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| {
                            let trimmed = |value: Arc<[u8]>| value.trim_ascii_end().into();
                            Write { value: write.value.map(trimmed), ..write }
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "takes values for texts",
            "bytes_come_back_as_they_were",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| {
                            let text = |v: Arc<[u8]>| String::from_utf8_lossy(&v).as_bytes().into();
                            Write { value: write.value.map(text), ..write }
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "runs partition and part together",
            "keys_are_not_mixed_up",
            Broken {
                read: |broken, keys| {
                    broken.inner.read(&keys.iter().map(run_together).collect::<Vec<_>>())
                },
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| broken.one(renamed(batch, run_together)))
                },
                ..sound()
            },
        ),
        (
            "knows a key by its first kilobyte",
            "keys_are_not_mixed_up",
            Broken {
                read: |broken, keys| broken.inner.read(&keys.iter().map(cut).collect::<Vec<_>>()),
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| broken.one(renamed(batch, cut)))
                },
                ..sound()
            },
        ),
        (
            "cuts large values",
            "large_values_come_back_whole",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        broken.one(with(batch, |write| {
                            let short = |v: Arc<[u8]>| v[..v.len().min((1 << 24) - 1)].into();
                            Write { value: write.value.map(short), ..write }
                        }))
                    })
                },
                ..sound()
            },
        ),
        (
            "drops one key of each page",
            "pages_of_any_size_make_one_scan",
            Broken {
                scan: |broken, after, limit| {
                    let mut page = broken.inner.scan(after, limit.saturating_add(1))?;
                    if page.len() > 1 && page.len() > limit {
                        page.remove(page.len() / 2);
                    }
                    page.truncate(limit);
                    Ok(page)
                },
                ..sound()
            },
        ),
        (
            "gives the last key twice",
            "pages_of_any_size_make_one_scan",
            Broken {
                scan: |broken, after, limit| {
                    let from = |(key, _): &(Key, Stored)| after.is_none_or(|after| key >= after);
                    Ok(broken.all().into_iter().filter(from).take(limit).collect())
                },
                ..sound()
            },
        ),
        (
            "ends a page early",
            "pages_of_any_size_make_one_scan",
            Broken {
                scan: |broken, after, limit| broken.inner.scan(after, limit.min(20)),
                ..sound()
            },
        ),
        (
            "gives more than was asked for",
            "pages_of_any_size_make_one_scan",
            Broken {
                scan: |broken, after, limit| broken.inner.scan(after, limit.max(5)),
                ..sound()
            },
        ),
        (
            "has an order for every page size",
            "pages_of_any_size_make_one_scan",
            Broken {
                scan: |broken, after, limit| {
                    let mut all = broken.all();
                    if limit % 2 == 0 {
                        all.reverse();
                    }
                    let at = after.map_or(0, |after| {
                        all.iter().position(|(key, _)| key == after).map_or(0, |at| at + 1)
                    });
                    Ok(all.into_iter().skip(at).take(limit).collect())
                },
                ..sound()
            },
        ),
        (
            "looks for the last key",
            "a_scan_goes_on_after_an_erased_key",
            Broken {
                scan: |broken, after, limit| {
                    let all = broken.all();
                    let at = after.map_or(0, |after| {
                        all.iter().position(|(key, _)| key == after).map_or(0, |at| at + 1)
                    });
                    Ok(all.into_iter().skip(at).take(limit).collect())
                },
                ..sound()
            },
        ),
        (
            "counts its way through a scan",
            "a_scan_among_writes_is_complete",
            Broken {
                scan: |broken, after, limit| {
                    let mut notes = broken.notes.lock().unwrap();
                    let at = after.and_then(|after| notes.get(after)).copied().unwrap_or(0);
                    let page: Vec<_> = broken.all().into_iter().skip(at).take(limit).collect();
                    if let Some((last, _)) = page.last() {
                        notes.insert(last.clone(), at + page.len());
                    }
                    Ok(page)
                },
                ..sound()
            },
        ),
        (
            "reads a page key by key",
            "a_scan_under_writes_is_complete",
            Broken {
                scan: |broken, after, limit| {
                    let key_at = |at: usize| {
                        std::thread::sleep(Duration::from_micros(20));
                        let all = broken.all().into_iter();
                        let mut later =
                            all.filter(|(key, _)| after.is_none_or(|after| key > after));
                        later.nth(at)
                    };
                    Ok((0..limit).map_while(key_at).collect())
                },
                ..sound()
            },
        ),
        (
            "looks, and then writes",
            "counters_lose_nothing",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let met = batch.writes.iter().all(|write| broken.is_met(write));
                        std::thread::sleep(Duration::from_micros(20));
                        broken.one(if met { unguarded(batch) } else { batch.clone() })
                    })
                },
                ..sound()
            },
        ),
        (
            "lets many create one key",
            "of_many_creators_one_wins",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| {
                        let met = batch.writes.iter().all(|write| broken.is_met(write));
                        std::thread::sleep(Duration::from_micros(20));
                        broken.one(if met { unguarded(batch) } else { batch.clone() })
                    })
                },
                ..sound()
            },
        ),
        (
            "reads one key after the other",
            "a_read_is_of_one_moment",
            Broken {
                read: |broken, keys| {
                    let read = |key| {
                        std::thread::sleep(Duration::from_micros(20));
                        broken.there(key)
                    };
                    Ok(keys.iter().map(read).collect())
                },
                ..sound()
            },
        ),
        (
            "loses one batch of a hundred",
            "a_map_would_do_the_same",
            Broken {
                commit: |broken, batches, _| {
                    broken.each(batches, |batch| match batch.version.to_bytes()[15] {
                        99 => Commit::Committed,
                        _ => broken.one(batch.clone()),
                    })
                },
                ..sound()
            },
        ),
    ]
}

fn cut(key: &Key) -> Key {
    Key::new(&key.partition()[..key.partition().len().min(1024)], key.part())
}

/// A store over what the crash before left.
type Opens = fn(&Arc<Volatile>) -> Box<dyn Store>;

/// Passes commits on with another durability than was asked for.
#[derive(Debug)]
struct Firm(Arc<Volatile>, fn(&[Batch], Durability) -> Durability);

impl Store for Firm {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, self.1(batches, durability))
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}

/// After each opening a part of every partition is gone.
fn halved(store: &Arc<Volatile>) -> Box<dyn Store> {
    store.crash_unevenly(1);
    let erase = |(key, stored): (Key, Stored)| {
        let expected = Expected::Version(stored.version);
        let writes = vec![Write { key, expected, value: None }];
        Batch { version: stored.version, writes }
    };
    let all = store.scan(None, usize::MAX).unwrap();
    let some = all.into_iter().filter(|(key, _)| key.part() == 3).map(erase);
    store.commit(&some.collect::<Vec<_>>(), Durability::Durable).unwrap();
    Box::new(store.clone())
}

/// What is wrong with a crash, the case that must find it out, and the store.
fn forgetful() -> Vec<(&'static str, &'static str, Opens)> {
    vec![
        ("is durable in name", "what_is_durable_stays", |store| {
            store.crash();
            Box::new(Firm(store.clone(), |_, _| Durability::Buffered))
        }),
        ("thinks a known batch is safe", "sent_again_durably_it_stays", |store| {
            store.crash();
            Box::new(Knows(store.clone()))
        }),
        ("does nothing for nothing", "a_durable_nothing_keeps_everything", |store| {
            store.crash();
            Box::new(Firm(store.clone(), |batches, durability| match batches {
                [] => Durability::Buffered,
                _ => durability,
            }))
        }),
        ("loses a part of a batch", "a_crash_takes_whole_batches_off_the_end", halved),
    ]
}

/// Answers a batch that went through before, and does no more.
#[derive(Debug)]
struct Knows(Arc<Volatile>);

impl Store for Knows {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let known = |write: &Write, batch: &Batch| {
            let found = self.0.read(std::slice::from_ref(&write.key)).unwrap().pop().unwrap();
            found.is_some_and(|stored| stored.version == batch.version)
        };
        match batches {
            [batch] if batch.writes.iter().all(|write| known(write, batch)) => {
                Ok(vec![Commit::Committed])
            }
            _ => self.0.commit(batches, durability),
        }
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}

#[track_caller]
fn must_fail<B: Builder>(what: &str, name: &str, builder: &B) {
    let case = conformance::case(name).unwrap_or_else(|| panic!("there is no case `{name}`"));
    match case.test(builder) {
        Outcome::Failed(why) => println!("a store that {what}\n    {name}: {why}"),
        outcome => panic!("a store that {what}: {name} is {outcome:?}"),
    }
}

#[test]
fn a_broken_store_is_found_out_by_name() {
    for (what, case, store) in broken() {
        let make = || Broken { ..store.clone() };
        let open = |broken: &Broken| -> Box<dyn Store> { Box::new(broken.clone()) };
        must_fail(what, case, &Makes(make, open));
    }
    for (what, case, open) in forgetful() {
        must_fail(what, case, &Makes(Arc::<Volatile>::default, open));
    }
}

#[test]
fn the_sound_store_is_sound() {
    let open = |broken: &Broken| -> Box<dyn Store> { Box::new(broken.clone()) };
    passes(&conformance::test_all(&Makes(sound, open)));
}

/// No case that nothing would ever fail.
#[test]
fn every_case_finds_something_out() {
    let named: BTreeSet<&str> = broken()
        .into_iter()
        .map(|(_, case, _)| case)
        .chain(forgetful().into_iter().map(|(_, case, _)| case))
        .collect();
    let cases: BTreeSet<&str> = CASES.iter().map(|case| case.name()).collect();
    assert_eq!(cases.len(), CASES.len(), "two cases of one name");
    assert_eq!(named, cases);
}
