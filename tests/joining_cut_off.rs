//! Joining and parting write to several records, one after the other. Wherever a crash comes
//! in between, and whoever looks next: no event is lost or told twice, nobody is in two
//! places, and the host that asks again gets what it asked for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/between.rs"]
mod between;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use basics::{everything, noon};
use between::Between;
use confidant::conformance::{Failing, Fault};
use confidant::*;

fn end() -> Timestamp {
    noon() + days(9)
}

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, "4711")
}

fn email() -> Identifier {
    Identifier::new(IdentifierKind::Email, "ana@example.com")
}

fn device() -> Identifier {
    Identifier::new(IdentifierKind::Device, "tablet")
}

fn names() -> [Identifier; 4] {
    ["ana".into(), card(), email(), device()]
}

fn builder(store: impl Store, seal_after: usize) -> EngineBuilder {
    let tea = Catalog::new([Item::new("tea")]).unwrap();
    let often = Segment::new("often", count(Kind::Purchased).at_least(4));
    Engine::builder().store(store).catalog(tea).segment(often).seal_after(seal_after)
}

fn shop(store: impl Store, seal_after: usize) -> Engine {
    builder(store, seal_after).build().unwrap()
}

/// Everybody has bought three times, and the e-mail and the tablet are one already.
fn before(engine: &Engine) {
    for (n, who) in names().iter().enumerate() {
        let _ = engine.record(end(), everything(who, noon())).unwrap();
        for day in 0..3 {
            let at = noon() + days(1 + day);
            let bought = Event::purchased(who.clone(), at).item("tea").id(format!("{n} {day}"));
            let _ = engine.record(end(), bought).unwrap();
        }
    }
    let _ = engine.record(end(), Event::linked(email(), noon(), device())).unwrap();
    engine.advance(end()).unwrap();
}

/// What one host wants: to join the card to the mail, the mail to ana, and to part the card.
fn wishes() -> [Event; 3] {
    let link = |a: Identifier, b| Event::linked(a, noon() + days(5), b);
    let parted = Event::unlinked(card(), noon() + days(6), email());
    [link(card(), email()).into(), link(email(), "ana".into()).into(), parted.into()]
}

/// Everybody's customer and purchases, and what was learned of them.
fn known(engine: &Engine) -> Vec<String> {
    engine.advance(end()).unwrap();
    let mut known = vec![engine.statistics().digest().to_string()];
    for who in names() {
        let report = engine.customer_report(&who, end()).unwrap().unwrap();
        known.push(serde_json::to_string(&report).unwrap());
        known.push(format!("{:?}", engine.segments_of(&who, end()).unwrap()));
    }
    known
}

/// Each event is told of exactly one customer, and each name is one customer's.
fn nothing_is_lost_or_told_twice(engine: &Engine, at: &str) {
    // Whoever is met first is settled first.
    names().iter().for_each(|who| _ = engine.customer_report(who, end()).unwrap());
    let reports: Vec<CustomerReport> =
        names().iter().map(|who| engine.customer_report(who, end()).unwrap().unwrap()).collect();
    let mut customers: Vec<&CustomerReport> = reports.iter().collect();
    customers.sort_by_key(|report| &report.customer);
    customers.dedup_by_key(|report| &report.customer);
    let bought: usize = customers.iter().map(|report| report.history.len()).sum();
    assert_eq!(bought, 12, "{at}");
    let named: usize = customers.iter().map(|report| 1 + report.identifiers.len()).sum();
    assert_eq!(named, 4, "{at}");
    let counted = engine.statistics().digest();
    engine.recount().unwrap();
    assert!(engine.statistics().digest() == counted, "{at}: what was learned adds up");
}

fn cut_off(seal_after: usize, again: bool) -> usize {
    let mut finished = 0;
    for call in 0.. {
        let kept = Arc::new(MemoryStore::new());
        let store = Arc::new(Failing::new(kept.clone()));
        let first = shop(store.clone(), seal_after);
        before(&first);
        store.fail(call..usize::MAX, Fault::Refused);
        let done =
            wishes().into_iter().take_while(|wish| first.record(end(), wish.clone()).is_ok());
        let done = done.count();
        drop(first);
        let at = format!("sealed after {seal_after}, at call {call}");
        let engine = shop(kept.clone(), seal_after);
        nothing_is_lost_or_told_twice(&engine, &at);
        if again {
            for wish in wishes() {
                let _ = engine.record(end(), wish).unwrap();
            }
            let whole = shop(MemoryStore::new(), seal_after);
            before(&whole);
            for wish in wishes() {
                let _ = whole.record(end(), wish).unwrap();
            }
            assert_eq!(known(&engine), known(&whole), "{at}");
        }
        for who in names() {
            let _ = engine.erase(who).unwrap();
        }
        assert!(kept.is_empty(), "{at}: a trace is left");
        finished += usize::from(done == 3);
        if finished > 3 {
            return call;
        }
    }
    0
}

#[test]
fn joining_and_parting_may_be_cut_off_anywhere() {
    for seal_after in [2_048, 4] {
        let calls = cut_off(seal_after, false);
        assert!(calls > 40, "only {calls} calls");
    }
}

#[test]
fn what_was_cut_off_is_done_when_it_is_asked_again() {
    for seal_after in [2_048, 4] {
        cut_off(seal_after, true);
    }
}

/// What one host did in full, and what two others wanted then, each of whom was cut off.
fn stories() -> Vec<(Vec<Event>, Event, Event)> {
    let linked = |a: Identifier, b: Identifier| Event::from(Event::linked(a, later(), b));
    let parted = |a: Identifier, b: Identifier| Event::from(Event::unlinked(a, later(), b));
    let [join, on, part] = wishes();
    let joined = || vec![join.clone()];
    vec![
        (vec![], join.clone(), part.clone()),
        (vec![], join.clone(), parted(email(), device())),
        (vec![], join.clone(), on.clone()),
        (vec![], join.clone(), linked(card(), "ana".into())),
        (joined(), part.clone(), on.clone()),
        (joined(), part.clone(), linked(device(), "ana".into())),
        (joined(), part, Event::linked(card(), later() + days(1), email()).into()),
        (joined(), parted(email(), device()), on),
    ]
}

fn later() -> Timestamp {
    noon() + days(6)
}

/// A host that is cut off at some call; whether it came to its end before.
fn until_call(store: &Arc<Failing<Arc<MemoryStore>>>, call: usize, wish: &Event) -> bool {
    let host = shop(store.clone(), 2_048);
    store.fail(call..usize::MAX, Fault::Refused);
    let done = host.record(end(), wish.clone()).is_ok();
    store.fail(0..0, Fault::Refused);
    done
}

/// Every way in which two hosts may be cut off one after the other, and one that finds what
/// they left.
fn cut_off_twice(mut check: impl FnMut(&str, usize, &MemoryStore, Engine)) {
    for (n, (before_them, one, other)) in stories().into_iter().enumerate() {
        let (mut first, mut second) = (0, 0);
        loop {
            let kept = Arc::new(MemoryStore::new());
            let store = Arc::new(Failing::new(kept.clone()));
            let host = shop(store.clone(), 2_048);
            before(&host);
            before_them.iter().for_each(|wish| _ = host.record(end(), wish.clone()).unwrap());
            let done = [until_call(&store, first, &one), until_call(&store, second, &other)];
            let at = format!("story {n}, at calls {first} and {second}");
            check(&at, first + second, &kept, shop(kept.clone(), 2_048));
            match done {
                [true, true] => break,
                [_, true] => (first, second) = (first + 1, 0),
                [_, false] => second += 1,
            }
        }
    }
}

#[test]
fn what_was_cut_off_twice_comes_to_an_end() {
    let mut tried = 0;
    cut_off_twice(|at, _, kept, engine| {
        nothing_is_lost_or_told_twice(&engine, at);
        names().into_iter().for_each(|who| _ = engine.erase(who).unwrap());
        assert!(kept.is_empty(), "{at}: a trace is left");
        tried += 1;
    });
    assert!(tried > 1_000, "{tried}");
}

/// What was told under a name is gone once it is erased, though it was on its way and had
/// arrived already.
#[test]
fn nobody_who_was_on_the_way_comes_back_once_erased() {
    cut_off_twice(|at, n, _, engine| {
        let gone = &names()[n % 4];
        engine.erase(gone).unwrap();
        for who in names() {
            let report = engine.customer_report(&who, end()).unwrap();
            let history = report.iter().flat_map(|report| &report.history);
            assert!(history.clone().all(|line| line.told_under != *gone), "{at}: {gone:?}");
            // Of everybody else all is there, or nothing.
            assert!(history.count() % 3 == 0, "{at}: {who:?}");
        }
    });
}

/// Two hosts that do not agree which identifiers are the strongest, as when one of them runs
/// on newer rules: each sends what belongs together to where the other one takes it away.
#[test]
fn records_on_their_way_to_each_other_come_to_rest() {
    let newer = IdentityPolicy::new().order([IdentifierKind::Email]);
    for (read, call) in (0..30).flat_map(|read| (0..30).map(move |call| (read, call))) {
        let kept = Arc::new(MemoryStore::new());
        before(&shop(kept.clone(), 2_048));
        let failing = Arc::new(Failing::new(kept.clone()));
        let older = shop(failing.clone(), 2_048);
        let store = Between::new(kept.clone(), read, move || {
            failing.fail(call..usize::MAX, Fault::Refused);
            let _ = older.settle(card(), end());
        });
        let host = builder(store, 2_048).identity(newer.clone()).build().unwrap();
        let [join, ..] = wishes();
        let _ = host.record(end(), join);
        let at = format!("after read {read}, until call {call}");
        nothing_is_lost_or_told_twice(&shop(kept.clone(), 2_048), &at);
    }
}

/// Whatever another host does in full while one joins or parts, at any read of it.
#[test]
fn another_host_may_come_in_between() {
    for (n, (before_them, one, other)) in stories().into_iter().enumerate() {
        // A parting needs nobody's consent, so its word may come after the erasure.
        let erasures: &[bool] = if before_them.is_empty() { &[false, true] } else { &[false] };
        for (read, erases) in (0..50).flat_map(|read| erasures.iter().map(move |e| (read, *e))) {
            let kept = Arc::new(MemoryStore::new());
            let host = shop(kept.clone(), 2_048);
            before(&host);
            before_them.iter().for_each(|wish| _ = host.record(end(), wish.clone()).unwrap());
            let other = other.clone();
            let store = Between::new(kept.clone(), read, move || match erases {
                true => names().into_iter().for_each(|who| _ = host.erase(who).unwrap()),
                false => _ = host.record(end(), other).unwrap(),
            });
            let came = store.came();
            let _ = shop(store, 2_048).record(end(), one.clone());
            let at = format!("story {n}, after read {read}");
            match erases {
                true => assert!(!came.load(Relaxed) || kept.is_empty(), "{at}: a trace is left"),
                false => nothing_is_lost_or_told_twice(&shop(kept.clone(), 2_048), &at),
            }
        }
    }
}

/// What is done under a card while another host parts it from ana's customer is the card's,
/// wherever in between the way to ana was read.
#[test]
fn what_is_told_while_somebody_parts_is_theirs() {
    let viewed = |n: u32| Event::viewed(card(), noon()).id(format!("viewed {n}"));
    for (read, together) in (0..12).flat_map(|read| [(read, false), (read, true)]) {
        let kept = Arc::new(MemoryStore::new());
        let other = shop(kept.clone(), 2_048);
        before(&other);
        let [join, to_ana, parted] = wishes();
        [join, to_ana].into_iter().for_each(|wish| _ = other.record(end(), wish).unwrap());
        let store = Between::new(kept.clone(), read, move || {
            let _ = other.record(end(), parted).unwrap();
        });
        let came = store.came();
        let host = shop(store, 2_048);
        match together {
            true => {
                let report = host.record_all(end(), [viewed(0).into(), viewed(1).into()]);
                assert_eq!((report.accepted, report.refused.len()), (2, 0), "after read {read}");
            }
            false => [0, 1].into_iter().for_each(|n| _ = host.record(end(), viewed(n)).unwrap()),
        }
        if !came.load(Relaxed) {
            continue;
        }
        let engine = shop(kept.clone(), 2_048);
        let report = |who: Identifier| engine.customer_report(who, end()).unwrap().unwrap();
        let at = format!("after read {read}, together: {together}");
        assert_eq!(report(card()).history.len(), 3 + 2, "{at}");
        let of_ana = report("ana".into()).history;
        assert_eq!(of_ana.len(), 3 * 3, "{at}");
        assert!(of_ana.iter().all(|line| line.told_under != card()), "{at}");
    }
}

/// Threads join, part and record at the same time, and the customers come out right.
#[test]
fn many_hands_join_and_part_at_once() {
    for round in 0..20 {
        let engine = shop(MemoryStore::new(), [2_048, 3][round % 2]);
        before(&engine);
        std::thread::scope(|scope| {
            for wish in wishes() {
                scope.spawn(|| engine.record(end(), wish).unwrap());
            }
            for who in names() {
                let engine = &engine;
                scope.spawn(move || {
                    for n in 0..10 {
                        let viewed = Event::viewed(who.clone(), noon()).id(format!("{who:?} {n}"));
                        let _ = engine.record(end(), viewed).unwrap();
                        let _ = engine.decide(&Request::new(&who, Channel::Web, end())).unwrap();
                    }
                });
            }
        });
        let history =
            |who: Identifier| engine.customer_report(who, end()).unwrap().unwrap().history.len();
        assert_eq!(history("ana".into()), 3 * 13, "round {round}");
        assert_eq!(history(card()), 13, "round {round}");
    }
}
