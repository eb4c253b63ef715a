//! A scan sees every key once, in pages of any size, whatever else is going on.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::Expected::{Absent, Any, Version};
use super::super::{Batch, Key, Store, Stored};
use super::hand::{
    Contents, Hand, Verdict, batch, erase, expect, made_by, put, same_contents, version,
};
use super::together::all_of;

/// Partitions of one to three keys.
fn fill(hand: Hand<'_>, partitions: u64) -> Verdict<Contents> {
    let mut all = Contents::new();
    for n in 1..=partitions {
        let keys = (0..1 + n as u32 % 3).map(|part| Key::new(format!("p{n}").into_bytes(), part));
        let keys: Vec<Key> = keys.collect();
        let writes: Vec<_> = keys.iter().map(|key| put(key, Absent, n.to_be_bytes())).collect();
        hand.commits("keys are created", &batch(n, writes))?;
        let stored = Stored { version: version(n), bytes: n.to_be_bytes().into() };
        all.extend(keys.into_iter().map(|key| (key, stored.clone())));
    }
    Ok(all)
}

pub(super) fn pages_of_any_size_make_one_scan(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let all = fill(hand, 30)?;
    let order = hand.scan("everything at once", usize::MAX)?;
    same_contents("everything at once", &all, &order.iter().cloned().collect())?;
    for limit in (1..=all.len() + 2).chain([1000]) {
        let when = format!("pages of {limit}");
        let pages = hand.scan(&when, limit)?;
        expect(&format!("{when}, in the order of the whole"), true, pages == order)?;
        let after_last = store.scan(pages.last().map(|(key, _)| key), limit)?;
        expect(&format!("{when}, after the last key"), 0, after_last.len())?;
    }
    expect("a page of none", 0, store.scan(None, 0)?.len())
}

/// A key names a place in the order, whether it is there or not.
pub(super) fn it_goes_on_after_an_erased_key(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    fill(hand, 12)?;
    let order = hand.scan("before", 100)?;
    for (n, (gone, stored)) in (100..).zip(&order) {
        let write = erase(gone, Version(stored.version));
        hand.commits("a key is erased", &batch(n, [write]))?;
        let later = store.scan(Some(gone), 100)?;
        let expected = order.iter().skip_while(|(key, _)| key != gone).skip(1);
        expect("what comes after an erased key, as before", true, expected.eq(&later))?;
        let write = put(gone, Absent, stored.bytes.clone());
        let anew = Batch { version: stored.version, writes: vec![write] };
        hand.commits("it is created anew", &anew)?;
    }
    Ok(())
}

/// Keys that come and go, in places all over the order.
struct Passing<'a> {
    hand: Hand<'a>,
    thread: u64,
    count: u64,
}

impl<'a> Passing<'a> {
    fn new(hand: Hand<'a>, thread: u64) -> Self {
        Self { hand, thread, count: thread << 32 }
    }

    /// One comes; two of three go at once, the others the next time round.
    fn next(&mut self) -> Verdict {
        self.count += 2;
        let name = format!("p{}-{}", self.count % 40, self.thread);
        let key = Key::new(name.into_bytes(), 0);
        let comes = batch(self.count, [put(&key, Any, *b"passing")]);
        self.hand.commits("a key comes", &comes)?;
        if self.count.is_multiple_of(3) {
            return Ok(());
        }
        let goes = batch(self.count + 1, [erase(&key, made_by(self.count))]);
        self.hand.commits("a key goes", &goes)
    }
}

/// All that stay must have been seen, as they are, and nothing that nobody wrote.
fn complete(when: &str, stay: &Contents, seen: Vec<(Key, Stored)>) -> Verdict {
    let seen: Contents = seen.into_iter().collect();
    let missed = stay.iter().filter(|(key, kept)| seen.get(key) != Some(kept)).count();
    expect(&format!("{when}: keys that nobody touched, and that were missed"), 0, missed)?;
    let passing = |stored: &Stored| *stored.bytes == *b"passing";
    let strange = seen.iter().filter(|(key, found)| !stay.contains_key(key) && !passing(found));
    expect(&format!("{when}: values that nobody wrote"), 0, strange.count())
}

pub(super) fn it_is_complete_among_writes(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let stay = fill(hand, 40)?;
    let mut passing = Passing::new(hand, 1);
    for limit in [1, 2, 3, 7, 20, 50] {
        let between = || (0..7).try_for_each(|_| passing.next());
        let when = format!("keys come and go between pages of {limit}");
        complete(&when, &stay, hand.scan_with(&when, limit, between)?)?;
    }
    Ok(())
}

pub(super) fn it_is_complete_under_writes(store: &dyn Store) -> Verdict {
    const TIMES: usize = 30;
    let hand = Hand(store);
    let stay = fill(hand, 40)?;
    let done = AtomicBool::new(false);
    let write = |thread: u64| -> Verdict {
        let mut passing = Passing::new(hand, thread);
        while !done.load(Ordering::Acquire) {
            passing.next()?;
        }
        Ok(())
    };
    let scan = |limit: usize| -> Verdict {
        let when = format!("keys come and go while pages of {limit} are read");
        (0..TIMES).try_for_each(|_| complete(&when, &stay, hand.scan(&when, limit)?))
    };
    std::thread::scope(|scope| {
        let writers = [1, 2].map(|thread| scope.spawn(move || write(thread)));
        let seen = all_of([3, 50].map(|limit| scope.spawn(move || scan(limit))));
        done.store(true, Ordering::Release);
        seen.and(all_of(writers))
    })
}
