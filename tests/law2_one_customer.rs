//! Law 2: one set of events, one customer, in whatever order they come.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::{everything, noon, taken};
use confidant::{Engine, Event, Identifier, IdentifierKind, Recorded, hours};

#[test]
fn facts_are_reported_in_one_order_whatever_came_first() {
    let report = |late: bool| {
        let engine = Engine::builder().build().unwrap();
        let now = noon() + hours(2);
        taken(engine.record(now, everything("ana", noon())));
        let first = Event::declared("ana", noon()).attribute("b", 1).id("1");
        let second =
            Event::declared("ana", noon() + hours(1)).attribute("a", 1).attribute("b", 2).id("2");
        let (one, other) = if late { (second, first) } else { (first, second) };
        taken(engine.record(now, one));
        taken(engine.record(now, other));
        engine.access("ana", now).unwrap().unwrap()
    };
    assert_eq!(report(true).facts, report(false).facts);
}

/// "The same id twice is the same event."
#[test]
fn the_same_id_is_the_same_event_at_any_time() {
    let engine = Engine::builder().build().unwrap();
    let later = noon() + hours(1);
    taken(engine.record(noon(), everything("ana", noon())));
    let said = |at| Event::declared("ana", at).attribute("a", 1).id("said");
    taken(engine.record(noon(), said(noon())));
    let again = engine.record(later, said(later)).unwrap();
    assert_eq!(again, Recorded::Duplicate);
}

#[test]
fn the_same_id_is_the_same_event_of_any_kind() {
    let engine = Engine::builder().build().unwrap();
    taken(engine.record(noon(), everything("ana", noon()).id("x")));
    let again = engine.record(noon(), Event::purchased("ana", noon()).id("x"));
    assert_eq!(again.unwrap(), Recorded::Duplicate);
}

/// Whether somebody else is known must not be learned by a link that is refused.
#[test]
fn a_link_that_is_not_allowed_is_not_looked_into() {
    let engine = Engine::builder().build().unwrap();
    taken(engine.record(noon(), Event::purchased("bob", noon())));
    let link = engine.record(noon(), Event::linked("ana", noon(), "bob"));
    assert!(matches!(link, Ok(Recorded::NotAllowed(_))), "{link:?}");
}

#[test]
fn identifiers_of_different_kinds_never_meet() {
    let engine = Engine::builder().build().unwrap();
    let one = Identifier::new(IdentifierKind::Custom("a".into()), "b/c");
    let other = Identifier::new(IdentifierKind::Custom("a/b".into()), "c");
    assert_ne!(engine.key(&one), engine.key(&other));
    taken(engine.record(noon(), Event::purchased(one, noon())));
    assert!(engine.access(other, noon()).unwrap().is_none());
}
