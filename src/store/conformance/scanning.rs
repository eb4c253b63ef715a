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

/// Keys come and go between those that stay; all that stay are seen, and none twice.
pub(super) fn it_is_complete_under_writes(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let stay = fill(hand, 40)?;
    let done = AtomicBool::new(false);
    let write = |thread: u64| -> Verdict {
        for round in 0..60 {
            for n in 1..=10u64 {
                let count = 1000 + (thread << 32) + 20 * round + 2 * n;
                let key = Key::new(format!("p{n}-{thread}").into_bytes(), 0);
                hand.commits("a key comes", &batch(count, [put(&key, Any, *b"passing")]))?;
                if (round + n) % 3 > 0 {
                    let gone = batch(count + 1, [erase(&key, made_by(count))]);
                    hand.commits("a key goes", &gone)?;
                }
            }
        }
        Ok(())
    };
    let scan = |limit: usize| -> Verdict {
        loop {
            let last = done.load(Ordering::Acquire);
            let seen: Contents = hand.scan("a scan under writes", limit)?.into_iter().collect();
            let missed = stay.iter().filter(|(key, kept)| seen.get(key) != Some(kept)).count();
            expect("keys that nobody touched, missed by a scan under writes", 0, missed)?;
            let passing = |stored: &Stored| *stored.bytes == *b"passing";
            let known = |(key, stored): &(&Key, &Stored)| stay.contains_key(key) || passing(stored);
            let strange = seen.iter().filter(|found| !known(found)).count();
            expect("values that nobody wrote, seen by a scan under writes", 0, strange)?;
            if last {
                return Ok(());
            }
        }
    };
    std::thread::scope(|scope| {
        let scans = [3, 50].map(|limit| scope.spawn(move || scan(limit)));
        let writes = [1, 2].map(|thread| scope.spawn(move || write(thread)));
        let written = all_of(writes);
        done.store(true, Ordering::Release);
        all_of(scans).and(written)
    })
}
