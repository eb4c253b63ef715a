//! The promises of a [`SnapshotStore`].

use std::collections::BTreeSet;
use std::sync::Barrier;

use super::super::{Commit, SnapshotId, SnapshotStore};
use super::hand::{Verdict, expect, failed};
use super::report::Report;
use crate::error::Result;

type Check = fn(&dyn SnapshotStore) -> Verdict;

/// Every case, in the order of the contract.
const CASES: [(&str, Check); 8] = [
    ("it_begins_with_no_snapshots", it_begins_empty),
    ("a_snapshot_comes_back_as_it_was", a_snapshot_comes_back),
    ("what_was_put_stays_as_it_is", what_was_put_stays),
    ("only_the_expected_one_is_followed", only_the_expected_is_followed),
    ("only_what_is_there_is_promoted", only_what_is_there_is_promoted),
    ("what_is_promoted_is_not_removed", what_is_promoted_is_not_removed),
    ("of_many_promoters_one_wins", of_many_promoters_one_wins),
    ("promotions_lose_nothing", promotions_lose_nothing),
];

/// Tries every case of a [`SnapshotStore`], each on one that `build` makes with nothing in
/// it. What must live as long as the store goes with it.
///
/// ```
/// use confidant::{MemorySnapshots, conformance};
///
/// let report = conformance::test_snapshots(|| Ok(((), Box::new(MemorySnapshots::new()))));
/// assert!(report.passed(), "{report}");
/// ```
pub fn test_snapshots<G>(build: impl Fn() -> Result<(G, Box<dyn SnapshotStore>)>) -> Report {
    let test = |check: Check| -> Verdict {
        // In this order, so that the guard goes last.
        let (_guard, store) = build()?;
        check(&*store)
    };
    Report::of(CASES.iter().map(|(name, check)| (*name, test(*check).into())).collect())
}

fn id(n: u8) -> SnapshotId {
    SnapshotId::from_bytes([n; 32])
}

fn bytes(n: u8) -> Vec<u8> {
    (0..=n).collect()
}

/// Puts the snapshots of these numbers.
fn with(store: &dyn SnapshotStore, numbers: impl IntoIterator<Item = u8>) -> Verdict {
    numbers.into_iter().try_for_each(|n| Ok(store.put(id(n), &bytes(n))?))
}

fn it_begins_empty(store: &dyn SnapshotStore) -> Verdict {
    expect("listed at first", Vec::new(), store.list()?)?;
    expect("promoted at first", None, store.promoted()?)?;
    expect("an absent snapshot", None, store.get(id(1))?)
}

fn a_snapshot_comes_back(store: &dyn SnapshotStore) -> Verdict {
    let large: Vec<u8> = (0..20_000_000u32).map(|n| (n ^ n >> 8) as u8).collect();
    store.put(id(9), &large)?;
    with(store, [0, 255, 7])?;
    let came = store.get(id(9))?.is_some_and(|came| *came == *large);
    expect("twenty megabytes came back as they were", true, came)?;
    for n in [0, 7, 255] {
        expect("a snapshot", Some(bytes(n).into()), store.get(id(n))?)?;
    }
    expect("listed", [0, 7, 9, 255].map(id).to_vec(), store.list()?)?;
    expect("promoted by nobody", None, store.promoted()?)
}

fn what_was_put_stays(store: &dyn SnapshotStore) -> Verdict {
    with(store, [3])?;
    store.put(id(3), &bytes(3))?;
    store.put(id(3), b"other bytes under the same id")?;
    expect("what was put first", Some(bytes(3).into()), store.get(id(3))?)?;
    expect("listed once", vec![id(3)], store.list()?)
}

fn only_the_expected_is_followed(store: &dyn SnapshotStore) -> Verdict {
    with(store, [1, 2, 3])?;
    let steps = [
        ("the first, expecting another", 1, Some(2), Commit::Conflict, None),
        ("the first", 1, None, Commit::Committed, Some(1)),
        ("the first, sent again", 1, None, Commit::Committed, Some(1)),
        ("the second, expecting none", 2, None, Commit::Conflict, Some(1)),
        ("the second, expecting the third", 2, Some(3), Commit::Conflict, Some(1)),
        ("the second", 2, Some(1), Commit::Committed, Some(2)),
        ("the first again, rolled back", 1, Some(2), Commit::Committed, Some(1)),
    ];
    for (when, n, expected, commit, promoted) in steps {
        expect(when, commit, store.promote(id(n), expected.map(id))?)?;
        expect(when, promoted.map(id), store.promoted()?)?;
    }
    Ok(())
}

fn only_what_is_there_is_promoted(store: &dyn SnapshotStore) -> Verdict {
    expect("one that was never put", Commit::Conflict, store.promote(id(1), None)?)?;
    with(store, [1])?;
    expect("removed", Commit::Committed, store.remove(id(1))?)?;
    expect("one that was removed", Commit::Conflict, store.promote(id(1), None)?)?;
    expect("promoted", None, store.promoted()?)
}

fn what_is_promoted_is_not_removed(store: &dyn SnapshotStore) -> Verdict {
    with(store, [1, 2])?;
    store.promote(id(1), None)?;
    expect("removing the promoted one", Commit::Conflict, store.remove(id(1))?)?;
    expect("what was not removed", Some(bytes(1).into()), store.get(id(1))?)?;
    expect("removing another", Commit::Committed, store.remove(id(2))?)?;
    expect("removing it again", Commit::Committed, store.remove(id(2))?)?;
    expect("what was removed", None, store.get(id(2))?)?;
    expect("listed", vec![id(1)], store.list()?)
}

const THREADS: u8 = 4;

fn of_many_promoters_one_wins(store: &dyn SnapshotStore) -> Verdict {
    for round in 0..16 {
        let own = |thread: u8| 1 + round * THREADS + thread;
        with(store, (0..THREADS).map(own))?;
        let (before, start) = (store.promoted()?, Barrier::new(THREADS.into()));
        let promote = |thread| {
            start.wait();
            store.promote(id(own(thread)), before)
        };
        let outcomes = on_threads(&promote)?;
        let won = |n: &u8| outcomes.get(usize::from(*n)) == Some(&Commit::Committed);
        let winners: Vec<u8> = (0..THREADS).filter(won).collect();
        match winners.as_slice() {
            [winner] => expect("the winner's", Some(id(own(*winner))), store.promoted()?)?,
            _ => return failed(format!("expected one winner, came {}", winners.len())),
        }
    }
    Ok(())
}

/// Each promotion names the one before, so the winners make one chain.
fn promotions_lose_nothing(store: &dyn SnapshotStore) -> Verdict {
    const EACH: u8 = 20;
    with(store, 0..THREADS * EACH)?;
    let chain = |thread: u8| -> Result<Vec<(Option<SnapshotId>, SnapshotId)>> {
        let mut steps = Vec::new();
        for n in (0..THREADS * EACH).filter(|n| n % THREADS == thread) {
            loop {
                let before = store.promoted()?;
                if store.promote(id(n), before)? == Commit::Committed {
                    steps.push((before, id(n)));
                    break;
                }
            }
        }
        Ok(steps)
    };
    let steps: Vec<_> = on_threads(&chain)?.into_iter().flatten().collect();
    let before: BTreeSet<_> = steps.iter().map(|(before, _)| before).collect();
    expect("as many predecessors as promotions", steps.len(), before.len())?;
    let last = store.promoted()?;
    expect("the last is nobody's predecessor", false, before.contains(&last))
}

/// Does something on several threads at once.
fn on_threads<T: Send>(act: &(dyn Fn(u8) -> Result<T> + Sync)) -> Verdict<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || act(n))).collect();
        let mut done = Vec::new();
        for thread in threads {
            match thread.join() {
                Ok(result) => done.push(result?),
                Err(_) => return failed("the store panicked"),
            }
        }
        Ok(done)
    })
}
