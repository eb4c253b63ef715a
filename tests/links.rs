//! A customer is known under several identifiers: links are made with consent, claimed by
//! one customer, completed when they were cut off, and forgotten with the customer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/between.rs"]
mod between;
mod world;

use std::sync::{Arc, Barrier};

use between::Between;
use confidant::conformance::{Failing, Fault};
use confidant::*;
use world::slow::Slow;

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, "4711")
}

fn phone() -> Identifier {
    Identifier::new(IdentifierKind::Phone, "4711")
}

fn allow(engine: &Engine, customer: impl Into<Identifier>) {
    let choice = Event::consent(customer, now() - days(1))
        .level(Level::OwnHistory)
        .allow(Purpose::Personalisation)
        .allow(Purpose::IdentityLinking);
    assert_eq!(engine.record(now(), choice).unwrap(), Recorded::Accepted);
}

fn link(engine: &Engine, customer: &str, other: Identifier) -> Result<Recorded> {
    engine.record(now(), Event::linked(customer, now(), other))
}

/// Whom an identifier leads to.
fn whose(engine: &Engine, identifier: Identifier) -> Option<Identifier> {
    let report = engine.customer_report(identifier, now()).unwrap();
    report.map(|report| report.customer)
}

fn shop() -> Engine {
    Engine::builder().build().unwrap()
}

#[test]
fn what_is_told_under_either_is_of_one_customer() {
    let engine = shop();
    allow(&engine, "ana");
    assert_eq!(link(&engine, "ana", card()).unwrap(), Recorded::Accepted);
    assert_eq!(link(&engine, "ana", phone()).unwrap(), Recorded::Accepted);
    for customer in ["ana".into(), card(), phone()] {
        let bought = Event::purchased(customer, now()).id("once");
        let _ = engine.record(now(), bought).unwrap();
    }
    let _ = engine.record(now(), Event::viewed(card(), now())).unwrap();
    for customer in ["ana".into(), card(), phone()] {
        let report = engine.customer_report(customer, now()).unwrap().unwrap();
        assert_eq!(report.customer, "ana".into());
        assert_eq!(report.history.len(), 2);
        assert_eq!(report.identifiers.len(), 2);
    }
    let decision = engine.decide(&Request::new(card(), Channel::Web, now())).unwrap();
    assert_eq!(decision.receipt().level(), Level::OwnHistory);
}

#[test]
fn a_link_needs_consent_and_says_nothing_of_others() {
    let engine = shop();
    allow(&engine, "ben");
    let _ = link(&engine, "ben", card()).unwrap();
    // Ana allows no linking: taken or free, the answer is the same.
    for identifier in [card(), phone()] {
        let answer = link(&engine, "ana", identifier).unwrap();
        let purpose = NotAllowed::Purpose(Purpose::IdentityLinking);
        assert_eq!(answer, Recorded::NotAllowed(purpose));
    }
    assert_eq!(whose(&engine, card()), Some("ben".into()));
    assert_eq!(whose(&engine, "ana".into()), None);
}

#[test]
fn an_identifier_belongs_to_one_customer() {
    let engine = shop();
    allow(&engine, "ana");
    allow(&engine, "ben");
    let _ = link(&engine, "ben", card()).unwrap();
    let bought = |who: Identifier, id: &str| Event::purchased(who, now()).id(id);
    for (who, id) in [("ana".into(), "1"), ("ben".into(), "2"), (card(), "3")] {
        let _ = engine.record(now(), bought(who, id)).unwrap();
    }
    // Both say who they are, so what leads to both is neither's.
    assert_eq!(link(&engine, "ana", card()).unwrap(), Recorded::Apart(Apart::Shared));
    for who in ["ana".into(), "ben".into(), card()] {
        assert_eq!(whose(&engine, who.clone()), Some(who.clone()));
        assert_eq!(engine.customer_report(who, now()).unwrap().unwrap().history.len(), 1);
    }
    // Nor is one customer number another's.
    assert_eq!(link(&engine, "ana", "ben".into()).unwrap(), Recorded::Apart(Apart::Limit));
    // It was never ana's after all: it is ben's alone again, with all that was told of it.
    let _ = engine.record(now(), Event::unlinked(card(), now(), "ana")).unwrap();
    assert_eq!(whose(&engine, card()), Some("ben".into()));
    assert_eq!(engine.customer_report("ben", now()).unwrap().unwrap().history.len(), 2);
}

#[test]
fn the_same_link_again_changes_nothing() {
    let engine = shop();
    allow(&engine, "ana");
    let _ = link(&engine, "ana", card()).unwrap();
    let before = engine.customer_report("ana", now()).unwrap();
    assert_eq!(link(&engine, "ana", card()).unwrap(), Recorded::Duplicate);
    assert_eq!(engine.customer_report("ana", now()).unwrap(), before);
    // Sent under the card itself it is the same customer.
    let own = engine.record(now(), Event::linked(card(), now() + minutes(1), card()));
    assert!(own.is_ok());
    assert_eq!(whose(&engine, card()), Some("ana".into()));
}

#[test]
fn a_link_to_oneself_leads_nowhere_else() {
    let engine = shop();
    allow(&engine, "ana");
    assert!(link(&engine, "ana", "ana".into()).is_ok());
    assert_eq!(whose(&engine, "ana".into()), Some("ana".into()));
    assert!(engine.erase("ana").unwrap());
    assert_eq!(whose(&engine, "ana".into()), None);
}

#[test]
fn an_erased_customer_frees_the_identifiers() {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    allow(&engine, "ana");
    allow(&engine, "ben");
    let _ = link(&engine, "ana", card()).unwrap();
    assert!(engine.erase(card()).unwrap());
    assert_eq!((whose(&engine, "ana".into()), whose(&engine, card())), (None, None));
    assert_eq!(store.len(), 1, "a trace is left");
    assert!(!engine.erase("ana").unwrap());
    // The card can be somebody else's now, and erasing ana again does not take it away.
    assert_eq!(link(&engine, "ben", card()).unwrap(), Recorded::Accepted);
    assert!(!engine.erase("ana").unwrap());
    assert_eq!(whose(&engine, card()), Some("ben".into()));
}

#[test]
fn a_link_in_a_batch_holds_for_what_follows() {
    let engine = shop();
    allow(&engine, "ana");
    let events: Vec<Event> = vec![
        Event::viewed("ana", now()).id("1").into(),
        Event::linked("ana", now(), card()).into(),
        Event::viewed(card(), now()).id("2").into(),
        Event::purchased(card(), now()).id("3").into(),
    ];
    let report = engine.record_all(now(), events);
    assert_eq!((report.accepted, report.refused.len()), (4, 0), "{report:?}");
    assert_eq!(engine.customer_report("ana", now()).unwrap().unwrap().history.len(), 3);
}

/// Several customers claim the same card at the same time: it turns out to be shared, and
/// is nobody's.
#[test]
fn what_several_claim_at_once_is_shared() {
    for round in 0..40 {
        let engine = Engine::builder().store(Slow::default()).build().unwrap();
        let customers: Vec<String> = (0..4).map(|n| format!("c{n}")).collect();
        customers.iter().for_each(|customer| allow(&engine, customer.as_str()));
        let start = Barrier::new(customers.len());
        let claim = |customer: &str| {
            start.wait();
            link(&engine, customer, card()).unwrap();
        };
        std::thread::scope(|scope| {
            customers.iter().for_each(|customer| _ = scope.spawn(|| claim(customer)));
        });
        assert_eq!(whose(&engine, card()), Some(card()), "round {round}");
        for customer in &customers {
            let report = engine.customer_report(customer.as_str(), now()).unwrap().unwrap();
            assert!(report.identifiers.is_empty(), "round {round}, {customer}");
        }
    }
}

// ---------------------------------------------------------------- cut off in between

/// A shop over a store that can be told to fail, and what it leaves.
fn unsteady() -> (Arc<MemoryStore>, Arc<Failing<Arc<MemoryStore>>>, Engine) {
    let kept = Arc::new(MemoryStore::new());
    let store = Arc::new(Failing::new(kept.clone()));
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    (kept, store, engine)
}

/// A host is cut off at any call of its store; another one goes on with it.
#[test]
fn a_link_that_was_cut_off_is_completed_when_sent_again() {
    for call in 0..12 {
        let (kept, store, first) = unsteady();
        let choice = Event::consent("ana", now() - days(1))
            .level(Level::OwnHistory)
            .allow(Purpose::IdentityLinking);
        store.fail(call..usize::MAX, Fault::Refused);
        let _ = first.record(now(), choice.clone());
        let _ = first.record(now(), Event::linked("ana", now(), card()));
        drop(first);
        let engine = Engine::builder().store(kept.clone()).build().unwrap();
        let _ = engine.record(now(), choice).unwrap();
        let _ = link(&engine, "ana", card()).unwrap();
        assert_eq!(whose(&engine, card()), Some("ana".into()), "at call {call}");
        let report = engine.customer_report("ana", now()).unwrap().unwrap();
        assert_eq!(report.identifiers.len(), 1, "at call {call}");
        assert!(engine.erase(card()).unwrap());
        assert!(kept.is_empty(), "at call {call}");
    }
}

/// Whatever was cut off, erasing takes all of it: no identifier leads nowhere for ever.
#[test]
fn a_cut_off_link_leaves_nothing_behind_after_erasure() {
    for call in 0..8 {
        let (kept, store, first) = unsteady();
        allow(&first, "ana");
        store.fail(call..usize::MAX, Fault::Refused);
        let _ = link(&first, "ana", card());
        drop(first);
        let engine = Engine::builder().store(kept.clone()).build().unwrap();
        assert!(engine.erase("ana").unwrap());
        assert!(kept.is_empty(), "at call {call}");
        allow(&engine, "ben");
        assert_eq!(link(&engine, "ben", card()).unwrap(), Recorded::Accepted);
        assert_eq!(whose(&engine, card()), Some("ben".into()));
    }
}

/// An erasure that was cut off is completed by the next one by the same identifier.
#[test]
fn an_erasure_that_was_cut_off_is_completed() {
    let mut completed = 0;
    for call in 0..20 {
        let (kept, store, first) = unsteady();
        allow(&first, "ana");
        let _ = link(&first, "ana", card()).unwrap();
        let _ = link(&first, "ana", phone()).unwrap();
        store.fail(call..usize::MAX, Fault::Refused);
        let erased = first.erase(card());
        drop(first);
        let left = !kept.is_empty();
        let engine = Engine::builder().store(kept.clone()).build().unwrap();
        assert_eq!(engine.erase(card()).unwrap(), left, "at call {call}");
        assert!(kept.is_empty(), "at call {call}");
        assert!(erased.is_err() || !left, "at call {call}");
        completed += usize::from(erased.is_ok());
    }
    assert!((1..16).contains(&completed), "{completed} of 20 were not cut");
}

// ---------------------------------------------------------------- refused, forgotten

/// Who takes the permission back is not linked from the other side either.
#[test]
fn who_refuses_to_be_linked_is_linked_by_nobody() {
    let engine = shop();
    allow(&engine, "ana");
    allow(&engine, card());
    let no = Event::consent(card(), now() - hours(1)).withdraw(Purpose::IdentityLinking);
    assert_eq!(engine.record(now(), no).unwrap(), Recorded::Accepted);
    let before = engine.customer_report("ana", now()).unwrap();
    let refused = Recorded::NotAllowed(NotAllowed::Purpose(Purpose::IdentityLinking));
    assert_eq!(link(&engine, "ana", card()).unwrap(), refused);
    assert_eq!(whose(&engine, card()), Some(card()));
    assert_eq!(engine.customer_report("ana", now()).unwrap(), before);
}

/// Everything that is kept of anybody, as text.
fn kept_of(store: &MemoryStore, name: &str) -> bool {
    let all = store.scan(None, usize::MAX).unwrap();
    all.iter().any(|(key, stored)| {
        let holds = |bytes: &[u8]| bytes.windows(name.len()).any(|part| part == name.as_bytes());
        holds(key.partition()) || holds(&stored.bytes)
    })
}

/// Ana and Ben both showed the card, and Bea is known by nothing but a link that did not hold.
fn apart(engine: &Engine) {
    for who in ["ana-canary", "ben"] {
        allow(engine, who);
        let _ = link(engine, who, card()).unwrap();
    }
    assert_eq!(link(engine, "ana-canary", "bea".into()).unwrap(), Recorded::Apart(Apart::Limit));
}

/// What others know of somebody by links that did not hold goes too, however often the
/// erasure was cut off, and so does who was known by them alone.
#[test]
fn nobody_remembers_the_links_of_who_was_erased() {
    let mut completed = false;
    for call in 0.. {
        let (kept, store, first) = unsteady();
        apart(&first);
        assert!(kept_of(&kept, "ana-canary") && kept_of(&kept, "bea"));
        store.fail(call..usize::MAX, Fault::Refused);
        completed = first.erase("ana-canary").is_ok();
        drop(first);
        let engine = Engine::builder().store(kept.clone()).build().unwrap();
        engine.erase("ana-canary").unwrap();
        assert!(!kept_of(&kept, "ana-canary") && !kept_of(&kept, "bea"), "at call {call}");
        assert_eq!(whose(&engine, card()), Some("ben".into()), "at call {call}");
        if completed {
            break;
        }
    }
    assert!(completed);
}

/// Nor if another host settles at the same time who is who.
#[test]
fn nobody_hears_of_who_is_being_erased() {
    for read in 0..40 {
        let kept = Arc::new(MemoryStore::new());
        let other = Engine::builder().store(kept.clone()).build().unwrap();
        apart(&other);
        let store =
            Between::new(kept.clone(), read, move || other.settle("ana-canary", now()).unwrap());
        let engine = Engine::builder().store(store).build().unwrap();
        assert!(engine.erase("ana-canary").unwrap());
        assert!(!kept_of(&kept, "ana-canary"), "after read {read}");
    }
}
