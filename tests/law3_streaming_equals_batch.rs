//! Law 3: live membership equals evaluating from scratch.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;

use std::time::Duration;

use common::{everything, noon, taken};
use confidant::{Engine, Event, Kind, Segment, Timestamp, attribute, count, days, hours};

/// Hosts with several threads hand in instants that are a little out of order.
#[test]
fn an_event_recorded_at_an_earlier_now_changes_nothing_that_was_reported() {
    let bought = count(Kind::Purchased).within(days(1)).at_least(1);
    let engine = Engine::builder().segment(Segment::new("fresh", bought)).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let five = noon() + hours(5);
    taken(engine.record(five, Event::purchased("ana", five)));
    assert_eq!(engine.advance(noon() + hours(6)).unwrap().len(), 1);
    let four = noon() + hours(4);
    taken(engine.record(four, Event::viewed("ana", four)));
    let changes = engine.advance(noon() + hours(7)).unwrap();
    assert!(changes.is_empty(), "{changes:?}");
}

#[test]
fn a_value_that_may_be_seen_is_never_unknown() {
    let engine = Engine::builder()
        .segment(Segment::new("early", attribute("x").at_most(noon())))
        .build()
        .unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let first = Event::declared("ana", noon()).attribute("x", Timestamp::MIN);
    // Refusing such an instant at the door would be right as well.
    if engine.record(noon(), first).is_ok() {
        assert_eq!(engine.segments_of("ana", noon()).unwrap().len(), 1);
    }
}

/// Shorter than a millisecond is as empty as zero.
#[test]
fn an_empty_window_is_refused() {
    for empty in [Duration::ZERO, Duration::from_micros(1)] {
        let never = count(Kind::Purchased).within(empty).at_least(1);
        let built = Engine::builder().segment(Segment::new("never", never)).build();
        assert!(built.is_err(), "{empty:?}");
    }
}
