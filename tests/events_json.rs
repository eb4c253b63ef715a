//! Events as lines of JSON: what is written is read back, and what is wrong is named
//! without being quoted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::noon;
use confidant::{Event, Timestamp};

#[track_caller]
fn survives(event: impl Into<Event>) {
    let event = event.into();
    let line = event.to_json();
    match Event::from_json(&line) {
        Ok(read) => assert_eq!(read, event, "{line}"),
        Err(error) => panic!("{error}: {line}"),
    }
}

/// An event without an id is known by its content, so a last bit that is lost makes
/// another event of it.
#[test]
fn numbers_survive_to_the_last_bit() {
    for n in 1..2000u64 {
        let bits = 0x3ff0_0000_0000_0000 + n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << 58);
        survives(Event::declared("ana", noon()).attribute("x", f64::from_bits(bits)));
    }
}

#[test]
fn kinds_with_names_of_ours_survive() {
    for name in ["viewed", "consent", "declared", "linked", "outcome"] {
        survives(Event::custom("ana", noon(), name).place("here"));
    }
}

#[test]
fn instants_survive_however_far() {
    for ms in [i64::MIN, -62_198_755_200_000, 253_402_300_800_000, i64::MAX] {
        let far = Timestamp::from_millis(ms);
        survives(Event::declared("ana", noon()).attribute("x", far));
    }
}

#[test]
fn a_wrong_identifier_is_named() {
    let line = r#"{"event": "linked", "customer": "ana", "at": "2026-03-02",
        "identifier": {"email": "x", "phone": "y"}}"#;
    let error = Event::from_json(line).unwrap_err();
    assert_eq!(error.field(), Some("identifier"));
}

#[test]
fn a_channel_is_objected_to_or_not() {
    let line = r#"{"event": "consent", "customer": "ana", "at": "2026-03-02",
        "object_to": ["email"], "lift_objection": ["email"]}"#;
    assert!(Event::from_json(line).is_err());
}

#[test]
fn a_list_is_no_event() {
    let line = r#"["viewed", "ana", "2026-03-02T12:00:00Z"]"#;
    assert!(Event::from_json(line).is_err());
}
