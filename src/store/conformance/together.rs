//! What holds when many threads use a store at once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;

use super::super::Expected::{Absent, Version};
use super::super::{Commit, Key, Store};
use super::hand::{Hand, Verdict, batch, expect, failed, key, made_by, put, version};

/// Waits for all threads; the first that failed speaks for them.
pub(super) fn all_of<const N: usize>(threads: [ScopedJoinHandle<'_, Verdict>; N]) -> Verdict {
    let join = |thread: ScopedJoinHandle<'_, Verdict>| {
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    };
    threads.map(join).into_iter().collect()
}

/// The versions of a thread: no other makes the same.
fn of_thread(thread: u64, n: u64) -> u64 {
    thread << 32 | n
}

const THREADS: [u64; 6] = [1, 2, 3, 4, 5, 6];

/// How often a write that meets another is tried again.
const TRIES: u64 = 100_000;

/// Every thread adds one to the same two counters, so many times.
pub(super) fn counters_lose_nothing(store: &dyn Store) -> Verdict {
    const TIMES: u64 = 40;
    let hand = Hand(store);
    let zero = [0, 1].map(|part| put(&key(part), Absent, 0u64.to_be_bytes()));
    hand.commits("two counters are created", &batch(1, zero))?;
    let start = Barrier::new(THREADS.len());
    let count = |thread: u64| -> Verdict {
        start.wait();
        let (mut counted, mut tries) = (0, 0);
        while counted < TIMES {
            tries += 1;
            if tries > TRIES {
                return failed(format!("a counter could not be written in {TRIES} tries"));
            }
            let when = "a counter is read";
            let (first, second) = (hand.read_one(when, &key(0))?, hand.read_one(when, &key(1))?);
            let (Some(first), Some(second)) = (first, second) else {
                return failed("a counter that was created is gone");
            };
            let value = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).unwrap_or_default();
            let more = [(0, &first), (1, &second)].map(|(part, stored)| {
                let more = value(&stored.bytes).saturating_add(1);
                put(&key(part), Version(stored.version), more.to_be_bytes())
            });
            let changed = batch(of_thread(thread, tries), more);
            counted +=
                u64::from(hand.commit("a counter is written", &changed)? == Commit::Committed);
        }
        Ok(())
    };
    std::thread::scope(|scope| all_of(THREADS.map(|n| scope.spawn(move || count(n)))))?;
    let total = (THREADS.len() as u64 * TIMES).to_be_bytes();
    for part in [0, 1] {
        let found = hand.read_one("the counters at the end", &key(part))?;
        let came = found.map(|stored| stored.bytes.to_vec());
        expect("the counters at the end", Some(total.to_vec()), came)?;
    }
    Ok(())
}

/// Every thread wants to be the one that creates a key.
pub(super) fn of_many_creators_one_wins(store: &dyn Store) -> Verdict {
    const ROUNDS: u64 = 60;
    let hand = Hand(store);
    let start = Barrier::new(THREADS.len());
    let place = |round: u64| Key::new(round.to_be_bytes(), 0);
    let create = |thread: u64| -> Verdict {
        let rounds = (1..=ROUNDS).map(|round| -> Verdict<bool> {
            start.wait();
            let mine = batch(of_thread(thread, round), [put(&place(round), Absent, *b"mine")]);
            let outcome = hand.commit("a key is created", &mine);
            start.wait();
            let found = hand.read_one("a key was created", &place(round))?;
            let created = found.is_some_and(|stored| stored.version == mine.version);
            Ok((outcome? == Commit::Committed) == created)
        });
        // All of them, for the others wait for this one.
        let rounds: Vec<Verdict<bool>> = rounds.collect();
        for fits in rounds {
            expect("who was told to have created a key is who created it", true, fits?)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| all_of(THREADS.map(|n| scope.spawn(move || create(n)))))
}

/// A writer keeps two parts equal for as long as others read; no reader sees them differ.
pub(super) fn a_read_is_of_one_moment(store: &dyn Store) -> Verdict {
    const TIMES: usize = 200;
    let hand = Hand(store);
    let both =
        |n: u64, expected| batch(n, [0, 9].map(|part| put(&key(part), expected, n.to_be_bytes())));
    hand.commits("two parts are created", &both(1, Absent))?;
    // What is asked for in between takes nothing away from it.
    let other = Key::new(*b"other", 0);
    let done = AtomicBool::new(false);
    let write = || -> Verdict {
        let goes_on = |_: &u64| !done.load(Ordering::Acquire);
        (2..).take_while(goes_on).try_for_each(|n| {
            hand.commits("two parts are changed in one batch", &both(n, made_by(n - 1)))
        })
    };
    let read = || -> Verdict {
        let mut last = 0;
        for _ in 0..TIMES {
            let when = "two parts are read in one call";
            let found = hand.read(when, &[key(0), other.clone(), key(9)])?;
            let number = |place: usize| {
                let stored = found.get(place).and_then(Option::as_ref)?;
                let n = stored.bytes.as_ref().try_into().map(u64::from_be_bytes).ok()?;
                (stored.version == version(n)).then_some(n)
            };
            let (Some(first), Some(second)) = (number(0), number(2)) else {
                return failed(format!("{when}: a version that is not that of its value"));
            };
            expect(when, first, second)?;
            if first < last {
                return failed(format!("{when}: expected {last} or later, came {first}"));
            }
            last = first;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let writer = scope.spawn(write);
        let seen = all_of([(); 2].map(|()| scope.spawn(read)));
        done.store(true, Ordering::Release);
        seen.and(all_of([writer]))
    })
}
