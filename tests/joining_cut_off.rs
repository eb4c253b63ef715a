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

use std::sync::Arc;

use confidant::conformance::{Failing, Fault};
use confidant::*;

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

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

fn everything(who: &Identifier) -> Event {
    let all = Event::consent(who.clone(), noon()).level(Level::Collaborative);
    Purpose::BASE.into_iter().fold(all, ConsentChange::allow).into()
}

fn shop(store: impl Store, seal_after: usize) -> Engine {
    let tea = Catalog::new([Item::new("tea")]).unwrap();
    let often = Segment::new("often", count(Kind::Purchased).at_least(4));
    let engine = Engine::builder().store(store).catalog(tea).segment(often);
    engine.seal_after(seal_after).build().unwrap()
}

/// Everybody has bought three times, and the e-mail and the tablet are one already.
fn before(engine: &Engine) {
    for (n, who) in names().iter().enumerate() {
        let _ = engine.record(end(), everything(who)).unwrap();
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
