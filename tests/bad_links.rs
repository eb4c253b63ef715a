//! Links that make no sense, or too many of them: each has its outcome, costs a bounded
//! time, and leaves everybody else as they were.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;

use std::sync::Arc;

use basics::{noon, taken};
use confidant::conformance::{Failing, Fault};
use confidant::*;

fn end() -> Timestamp {
    noon() + days(9)
}

fn of(kind: IdentifierKind, value: impl ToString) -> Identifier {
    Identifier::new(kind, value.to_string())
}

fn cookie(n: usize) -> Identifier {
    of(IdentifierKind::Cookie, format!("c{n}"))
}

fn everything(engine: &Engine, who: &Identifier) {
    taken(engine.record(end(), basics::everything(who, noon())));
}

fn link(engine: &Engine, a: &Identifier, b: &Identifier, hour: u32) -> Recorded {
    engine.record(end(), Event::linked(a.clone(), noon() + minutes(hour), b.clone())).unwrap()
}

fn customer(engine: &Engine, who: &Identifier) -> Option<Identifier> {
    engine.customer_report(who, end()).unwrap().map(|report| report.customer)
}

fn identifiers(engine: &Engine, who: &Identifier) -> usize {
    engine.customer_report(who, end()).unwrap().map_or(0, |report| report.identifiers.len())
}

#[test]
fn somebody_is_nobody_else_than_themselves() {
    let engine = Engine::builder().build().unwrap();
    let ana: Identifier = "ana".into();
    everything(&engine, &ana);
    let before = engine.customer_report(&ana, end()).unwrap();
    assert_eq!(link(&engine, &ana, &ana, 0), Recorded::Duplicate);
    let mail = of(IdentifierKind::Email, "Ana@Example.com ");
    let same = of(IdentifierKind::Email, "ana@example.com");
    assert_eq!(link(&engine, &mail, &same, 0), Recorded::Duplicate);
    assert!(engine.customer_report(&ana, end()).unwrap() == before);
}

#[test]
fn a_cycle_of_links_is_one_customer() {
    let engine = Engine::builder().build().unwrap();
    let cards: Vec<Identifier> = (0..5).map(|n| of(IdentifierKind::LoyaltyCard, 40 + n)).collect();
    cards.iter().for_each(|card| everything(&engine, card));
    for (one, other) in cards.iter().zip(cards.iter().cycle().skip(1)) {
        assert_eq!(link(&engine, one, other, 1), Recorded::Accepted);
    }
    assert_eq!(identifiers(&engine, &cards[3]), 4);
    // Parted in one place, the rest of the circle still holds.
    let parted = Event::unlinked(cards[0].clone(), noon() + minutes(2), cards[1].clone());
    assert_eq!(engine.record(end(), parted).unwrap(), Recorded::Accepted);
    assert_eq!(identifiers(&engine, &cards[3]), 4);
    let parted = Event::unlinked(cards[3].clone(), noon() + minutes(2), cards[2].clone());
    assert_eq!(engine.record(end(), parted).unwrap(), Recorded::Accepted);
    assert_eq!((identifiers(&engine, &cards[3]), identifiers(&engine, &cards[1])), (2, 1));
}

/// A sixth card does not fit: the one that was used longest ago makes room, and is back
/// when another one goes.
#[test]
fn at_its_limit_a_customer_keeps_what_was_used_last() {
    let engine = Engine::builder().build().unwrap();
    let ana: Identifier = "ana".into();
    everything(&engine, &ana);
    let cards: Vec<Identifier> = (0..6).map(|n| of(IdentifierKind::LoyaltyCard, 40 + n)).collect();
    for (n, card) in cards.iter().enumerate() {
        let bought = Event::purchased(card.clone(), noon()).id(format!("{n}"));
        let _ = engine.record(end(), bought).unwrap();
        let became = link(&engine, &ana, card, n as u32);
        let demoted = Recorded::Demoted(vec![cards[0].clone()]);
        assert_eq!(became, if n == 5 { demoted } else { Recorded::Accepted });
    }
    assert_eq!(identifiers(&engine, &ana), 5);
    assert_eq!(customer(&engine, &cards[0]), Some(cards[0].clone()));
    assert_eq!(engine.customer_report(&cards[0], end()).unwrap().unwrap().history.len(), 1);
    let parted = Event::unlinked(ana.clone(), noon() + minutes(9), cards[3].clone());
    let _ = engine.record(end(), parted).unwrap();
    assert_eq!(customer(&engine, &cards[0]), Some(ana.clone()));
    assert_eq!(engine.customer_report(&ana, end()).unwrap().unwrap().history.len(), 5);
}

#[test]
fn what_stands_for_nobody_is_refused() {
    let tester = of(IdentifierKind::Email, "tester@shop.example");
    let policy = IdentityPolicy::new().block(IdentifierKind::Email, "Tester@shop.example");
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder().store(store.clone()).identity(policy).build().unwrap();
    everything(&engine, &"ana".into());
    let before = store.len();
    for nobody in
        [of(IdentifierKind::Cookie, "undefined"), of(IdentifierKind::Device, "Anonymous"), tester]
    {
        for event in [
            Event::from(Event::purchased(nobody.clone(), noon())),
            Event::linked("ana", noon(), nobody.clone()).into(),
            Event::linked(nobody.clone(), noon(), "ana").into(),
        ] {
            let error = engine.record(end(), event).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains(nobody.value()), "{error}");
        }
        // A question gets its answer, and leaves nothing behind.
        let _ = engine.decide(&Request::new(nobody.clone(), Channel::Email, end())).unwrap();
    }
    assert_eq!(store.len(), before);
}

/// A bot sends everybody's cookie with its own: from some point on it stands for nobody, its
/// record does not grow, and nobody is joined by it.
#[test]
fn a_cookie_that_everybody_has_is_nobodys() {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    let bot = cookie(0);
    let mut outcomes = Vec::new();
    for n in 1..400 {
        let who: Identifier = format!("customer {n}").into();
        everything(&engine, &who);
        outcomes.push(link(&engine, &who, &bot, n as u32));
    }
    assert_eq!(outcomes[0], Recorded::Accepted);
    assert_eq!(outcomes[1], Recorded::Apart(Apart::Shared));
    assert!(outcomes[100..].iter().all(|outcome| *outcome == Recorded::Apart(Apart::Crowded)));
    for n in 1..400 {
        assert_eq!(identifiers(&engine, &format!("customer {n}").into()), 0);
    }
    let size = |who: &Identifier| {
        let found = store.read(&[engine.key(who)]).unwrap().pop().flatten();
        found.map_or(0, |stored| stored.bytes.len())
    };
    assert!(size(&bot) < 8_192, "{} bytes", size(&bot));
    // And under its own name nothing more is kept either.
    everything(&engine, &bot);
    let before = size(&bot);
    for n in 400..500 {
        let outcome = link(&engine, &bot, &cookie(n), 1);
        assert_eq!(outcome, Recorded::Apart(Apart::Crowded));
    }
    assert_eq!(size(&bot), before);
}

/// How many bytes of the store a link costs does not hang on how many there were.
#[test]
fn a_link_costs_the_same_however_many_there_were() {
    let engine = Engine::builder().build().unwrap();
    let ana: Identifier = "ana".into();
    everything(&engine, &ana);
    for n in 0..1_500 {
        let outcome = link(&engine, &ana, &cookie(n), n as u32);
        match n {
            0..100 => assert_eq!(outcome, Recorded::Accepted, "{n}"),
            100..=511 => assert!(matches!(outcome, Recorded::Demoted(_)), "{n}: {outcome:?}"),
            _ if n > 512 => assert_eq!(outcome, Recorded::Apart(Apart::Crowded), "{n}"),
            _ => {}
        }
    }
}

/// Nor do the calls of the store: through what everybody has nobody else is looked at.
#[test]
fn a_link_to_what_everybody_has_is_settled_with_few_calls() {
    let store = Arc::new(Failing::new(MemoryStore::new()));
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    for n in 0..120 {
        let who: Identifier = format!("customer {n}").into();
        everything(&engine, &who);
        let _ = link(&engine, &who, &cookie(0), n);
    }
    everything(&engine, &cookie(0));
    store.fail(0..0, Fault::Refused);
    let _ = engine.record(end(), Event::unlinked("customer 1", end(), cookie(0))).unwrap();
    engine.settle(cookie(0), end()).unwrap();
    assert!(store.calls() < 20, "{} calls", store.calls());
}
