//! What one caller may rely on: reading, conditions, batches, sending again, erasing.

use super::super::Commit::{Committed, Conflict};
use super::super::Expected::{Absent, Any};
use super::super::{Durability, Expected, Key, Store, Stored, Version};
use super::hand::{
    Contents, Hand, Verdict, batch, erase, expect, key, made_by, put, same_contents, version,
};

pub(super) fn it_begins_empty(store: &dyn Store) -> Verdict {
    let found = Hand(store).scan("a new store", 10)?;
    expect("a new store, keys", 0, found.len())
}

pub(super) fn an_absent_key_is_none(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    hand.finds_none("never written", &key(0))?;
    hand.commits("another part is created", &batch(1, [put(&key(1), Absent, *b"one")]))?;
    hand.finds_none("another part was written", &key(0))
}

/// In the order of the keys, whatever partitions they are of and however often one is
/// asked for.
pub(super) fn what_was_written_is_read(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let other = Key::new(*b"other", 0);
    hand.commits("a key is created", &batch(1, [put(&key(0), Absent, *b"one")]))?;
    hand.commits("a key is created", &batch(2, [put(&other, Absent, *b"two")]))?;
    let keys = [other.clone(), key(0), key(7), other, key(0)];
    let stored = |n, value: &[u8]| Some(Stored { version: version(n), bytes: value.into() });
    let expected =
        [stored(2, b"two"), stored(1, b"one"), None, stored(2, b"two"), stored(1, b"one")];
    let found = hand.read("five keys at once", &keys)?;
    expect("five keys at once, each found as it was written", true, expected == *found)
}

pub(super) fn nothing_asked_nothing_done(store: &dyn Store) -> Verdict {
    expect("no keys are read", 0, store.read(&[])?.len())?;
    for durability in [Durability::Buffered, Durability::Durable] {
        expect("no batches are committed", 0, store.commit(&[], durability)?.len())?;
    }
    it_begins_empty(store)
}

pub(super) fn a_key_is_created_once(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let early = batch(1, [put(&key(0), made_by(9), *b"early")]);
    hand.conflicts("an update of what was never there", &early)?;
    hand.finds_none("an update of what was never there", &key(0))?;
    hand.commits("a key is created", &batch(2, [put(&key(0), Absent, *b"one")]))?;
    hand.finds("a key was created", &key(0), 2, b"one")?;
    let again = batch(3, [put(&key(0), Absent, *b"two")]);
    hand.conflicts("somebody else creates what is there", &again)?;
    hand.finds("somebody else created what was there", &key(0), 2, b"one")
}

pub(super) fn only_the_expected_is_changed(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    hand.commits("a key is created", &batch(1, [put(&key(0), Absent, *b"one")]))?;
    hand.commits("an update", &batch(2, [put(&key(0), made_by(1), *b"two")]))?;
    hand.finds("an update", &key(0), 2, b"two")?;
    for (n, write) in [
        (3, put(&key(0), made_by(1), *b"three")),
        (4, put(&key(0), made_by(99), *b"four")),
        (5, erase(&key(0), made_by(1))),
        (6, erase(&key(0), Absent)),
    ] {
        hand.conflicts("a stale write", &batch(n, [write]))?;
        hand.finds("a stale write", &key(0), 2, b"two")?;
    }
    // The same value is another version all the same.
    hand.commits("the same value again", &batch(7, [put(&key(0), made_by(2), *b"two")]))?;
    hand.finds("the same value again", &key(0), 7, b"two")
}

pub(super) fn every_byte_of_a_version_counts(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    hand.commits("a key is created", &batch(1, [put(&key(0), Absent, *b"one")]))?;
    for at in 0..16 {
        let mut bytes = version(1).to_bytes();
        bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
        let expected = Expected::Version(Version::from_bytes(bytes));
        let when = format!("a version that differs in byte {at}");
        hand.conflicts(&when, &batch(2, [put(&key(0), expected, *b"two")]))?;
        hand.finds(&when, &key(0), 1, b"one")?;
    }
    Ok(())
}

pub(super) fn any_goes_with_a_guarded_write(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let (head, tail) = (key(0), key(1));
    let first = batch(1, [put(&head, Absent, *b"head 1"), put(&tail, Any, *b"tail 1")]);
    hand.commits("any, where nothing is", &first)?;
    let second = batch(2, [put(&tail, Any, *b"tail 2"), put(&head, made_by(1), *b"head 2")]);
    hand.commits("any, where something is", &second)?;
    hand.finds("any, where something is", &tail, 2, b"tail 2")?;
    let stale = batch(3, [put(&tail, Any, *b"tail 3"), put(&head, made_by(1), *b"head 3")]);
    hand.conflicts("any beside a stale write", &stale)?;
    hand.finds("any beside a stale write", &tail, 2, b"tail 2")?;
    hand.finds("any beside a stale write", &head, 2, b"head 2")?;
    hand.commits("any is erased", &batch(4, [erase(&tail, Any), put(&head, made_by(2), *b"")]))?;
    hand.finds_none("any is erased", &tail)?;
    hand.commits("any is erased again", &batch(5, [erase(&tail, Any)]))
}

/// The one that does not fit stands first, in the middle or last.
pub(super) fn a_batch_is_whole_or_absent(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let all = [0, 1, 2].map(|part| put(&key(part), Absent, *b"old"));
    hand.commits("three keys are created", &batch(1, all))?;
    let before = hand.contents("three keys were created")?;
    for stale in 0..3 {
        let writes = [0, 1, 2, 3].map(|part| match part {
            3 => put(&key(3), Absent, *b"new"),
            _ if part == stale => put(&key(part), made_by(8), *b"new"),
            1 => erase(&key(1), made_by(1)),
            _ => put(&key(part), made_by(1), *b"new"),
        });
        let when = format!("a batch of four, the one for part {stale} stale");
        hand.conflicts(&when, &batch(2, writes))?;
        same_contents(&when, &before, &hand.contents(&when)?)?;
    }
    Ok(())
}

pub(super) fn a_conflict_keeps_no_other_out(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let of = |name: &[u8]| Key::new(name, 0);
    hand.commits("a key is created", &batch(1, [put(&of(b"b"), Absent, *b"1")]))?;
    let batches = [
        batch(2, [put(&of(b"a"), Absent, *b"2")]),
        batch(3, [put(&of(b"b"), Absent, *b"3")]),
        batch(4, [put(&of(b"c"), Absent, *b"4")]),
        batch(5, [put(&of(b"b"), made_by(1), *b"5")]),
        batch(6, [put(&of(b"d"), made_by(1), *b"6")]),
    ];
    let when = "five batches in one call";
    let outcomes = hand.commit_all(when, &batches, Durability::Durable)?;
    expect(when, vec![Committed, Conflict, Committed, Committed, Conflict], outcomes)?;
    hand.finds(when, &of(b"a"), 2, b"2")?;
    hand.finds(when, &of(b"b"), 5, b"5")?;
    hand.finds(when, &of(b"c"), 4, b"4")?;
    hand.finds_none(when, &of(b"d"))
}

pub(super) fn later_batches_see_earlier_ones(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let batches = [
        batch(1, [put(&key(0), Absent, *b"1"), put(&key(1), Absent, *b"1")]),
        batch(2, [put(&key(0), made_by(1), *b"2")]),
        batch(3, [put(&key(0), made_by(1), *b"3")]),
        batch(4, [erase(&key(0), made_by(2)), put(&key(1), made_by(1), *b"4")]),
        batch(5, [put(&key(0), Absent, *b"5")]),
        batch(1, [put(&key(0), Absent, *b"1"), put(&key(1), Absent, *b"1")]),
    ];
    let when = "six batches of one partition in one call";
    let outcomes = hand.commit_all(when, &batches, Durability::Buffered)?;
    let expected = vec![Committed, Committed, Conflict, Committed, Committed, Conflict];
    expect(when, expected, outcomes)?;
    hand.finds(when, &key(0), 5, b"5")?;
    hand.finds(when, &key(1), 4, b"4")
}

pub(super) fn a_batch_can_be_sent_again(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let create = batch(1, [put(&key(0), Absent, *b"1"), put(&key(1), Absent, *b"1")]);
    let update = batch(2, [put(&key(0), made_by(1), *b"2"), erase(&key(1), made_by(1))]);
    for batch in [&create, &update] {
        hand.commits("a batch is sent", batch)?;
        let before = hand.contents("a batch was sent")?;
        for _ in 0..2 {
            hand.commits("the same batch is sent again", batch)?;
            let after = hand.contents("the same batch was sent again")?;
            same_contents("the same batch was sent again", &before, &after)?;
        }
    }
    // What it erased is somebody else's by now.
    hand.commits("what was erased is created anew", &batch(4, [put(&key(1), Absent, *b"4")]))?;
    hand.commits("the same batch is sent again", &update)?;
    hand.finds("the same batch was sent again", &key(1), 4, b"4")?;
    // Twice in one call.
    let more = batch(3, [put(&key(0), made_by(2), *b"3")]);
    let when = "the same batch twice in one call";
    let outcomes = hand.commit_all(when, &[more.clone(), more], Durability::Buffered)?;
    expect(when, vec![Committed; 2], outcomes)?;
    hand.finds(when, &key(0), 3, b"3")
}

/// A batch of which only a part is still there did not go through last.
pub(super) fn an_old_batch_comes_too_late(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let first = batch(1, [put(&key(0), Absent, *b"1"), put(&key(1), Absent, *b"1")]);
    hand.commits("two keys are created", &first)?;
    hand.commits("one is changed", &batch(2, [put(&key(1), made_by(1), *b"2")]))?;
    hand.conflicts("the first batch again, after another write", &first)?;
    hand.finds("the first batch again", &key(0), 1, b"1")?;
    hand.finds("the first batch again", &key(1), 2, b"2")?;
    hand.commits("one is erased", &batch(3, [erase(&key(1), made_by(2))]))?;
    hand.conflicts("the first batch again, after an erasure", &first)?;
    hand.finds_none("the first batch again, after an erasure", &key(1))
}

pub(super) fn an_erasure_is_not_known_again(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    hand.commits("a key is created", &batch(1, [put(&key(0), Absent, *b"1")]))?;
    let gone = batch(2, [erase(&key(0), made_by(1))]);
    hand.commits("it is erased", &gone)?;
    hand.conflicts("it is erased again", &gone)?;
    hand.commits("it is created anew", &batch(3, [put(&key(0), Absent, *b"3")]))?;
    hand.conflicts("the old erasure again", &gone)?;
    hand.finds("the old erasure again", &key(0), 3, b"3")
}

pub(super) fn erasing_leaves_no_key(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let parts = [0, 1, 2].map(key);
    for round in 0..3u64 {
        let (made, gone) = (2 * round + 1, 2 * round + 2);
        let create = parts.each_ref().map(|key| put(key, Absent, *b"here"));
        hand.commits("three keys are created", &batch(made, create))?;
        expect("three keys, seen by a scan", 3, hand.contents("three keys")?.len())?;
        let erased = parts.each_ref().map(|key| erase(key, made_by(made)));
        hand.commits("three keys are erased", &batch(gone, erased))?;
        let when = "after an erasure";
        parts.iter().try_for_each(|key| hand.finds_none(when, key))?;
        same_contents(when, &Contents::new(), &hand.contents(when)?)?;
    }
    Ok(())
}

/// Both in one batch, and one key's condition stands for the others.
pub(super) fn a_batch_may_write_and_erase(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let first = [put(&key(0), Absent, *b"1"), put(&key(1), Absent, *b"1")];
    hand.commits("two keys are created", &batch(1, first))?;
    let second =
        [erase(&key(0), made_by(1)), put(&key(1), made_by(1), *b"2"), put(&key(2), Absent, *b"2")];
    hand.commits("one is erased, one changed, one created", &batch(2, second))?;
    let when = "one was erased, one changed, one created";
    hand.finds_none(when, &key(0))?;
    hand.finds(when, &key(1), 2, b"2")?;
    hand.finds(when, &key(2), 2, b"2")?;
    expect("keys", 2, hand.contents(when)?.len())
}
