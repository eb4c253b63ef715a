//! What a crash may take, and what not.

use super::super::Durability::{Buffered, Durable};
use super::super::Expected::Absent;
use super::super::{Batch, Commit, Durability, Key, Store};
use super::Reopen;
use super::hand::{Hand, Stop, Verdict, batch, erase, expect, made_by, put};

/// The store again, as it is after a crash.
pub(super) fn again(store: Box<dyn Store>, reopen: Reopen<'_>) -> Verdict<Box<dyn Store>> {
    drop(store);
    reopen()?.ok_or(Stop::Skipped("the builder does not reopen a store"))
}

fn commits(store: &dyn Store, batches: &[Batch], durability: Durability) -> Verdict {
    let when = "before the crash";
    let outcomes = Hand(store).commit_all(when, batches, durability)?;
    let expected = vec![Commit::Committed; batches.len()];
    expect(when, expected, outcomes)
}

fn of(name: &[u8]) -> Key {
    Key::new(name, 0)
}

/// What was acknowledged as durable, and what was committed to its partition before.
pub(super) fn what_is_durable_stays(store: Box<dyn Store>, reopen: Reopen<'_>) -> Verdict {
    let later = Key::new(*b"a", 1);
    commits(&*store, &[batch(1, [put(&of(b"a"), Absent, *b"1")])], Buffered)?;
    commits(&*store, &[batch(2, [put(&of(b"b"), Absent, *b"2")])], Durable)?;
    let both = [batch(3, [put(&later, Absent, *b"3")]), batch(4, [put(&of(b"c"), Absent, *b"4")])];
    commits(&*store, &both, Durable)?;
    let store = again(store, reopen)?;
    let (hand, when) = (Hand(&*store), "a durable commit, after the crash");
    hand.finds(when, &of(b"b"), 2, b"2")?;
    hand.finds(when, &later, 3, b"3")?;
    hand.finds(when, &of(b"c"), 4, b"4")?;
    hand.finds("a commit that a durable one followed, after the crash", &of(b"a"), 1, b"1")?;
    let gone = batch(5, [erase(&of(b"b"), made_by(2))]);
    commits(&*store, &[gone], Durable)?;
    let store = again(store, reopen)?;
    Hand(&*store).finds_none("a durable erasure, after the crash", &of(b"b"))
}

/// A driver that asks again, and more firmly, is told nothing that is not so.
pub(super) fn sent_again_durably_it_stays(store: Box<dyn Store>, reopen: Reopen<'_>) -> Verdict {
    let first = [batch(1, [put(&of(b"a"), Absent, *b"1")])];
    commits(&*store, &first, Buffered)?;
    commits(&*store, &first, Durable)?;
    let store = again(store, reopen)?;
    Hand(&*store).finds("a batch that was sent again as durable", &of(b"a"), 1, b"1")
}

pub(super) fn a_durable_nothing_keeps_all(store: Box<dyn Store>, reopen: Reopen<'_>) -> Verdict {
    let names = [b"a", b"b", b"c", b"d", b"e"];
    for (n, name) in (1..).zip(names) {
        commits(&*store, &[batch(n, [put(&of(name), Absent, *b"kept")])], Buffered)?;
    }
    commits(&*store, &[], Durable)?;
    let store = again(store, reopen)?;
    let when = "after a durable commit of nothing, and the crash";
    (1..).zip(names).try_for_each(|(n, name)| Hand(&*store).finds(when, &of(name), n, b"kept"))
}
