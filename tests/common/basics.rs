//! What most tests begin with: an instant to start from, a full consent, that an event was
//! taken, and events out of data.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use confidant::{ConsentChange, Event, Identifier, Level, Purpose, Recorded, Result, Timestamp};
use serde_json::{Value as Json, json};

/// A Monday at noon.
pub fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// Everything that this crate knows by itself is allowed.
pub fn everything(customer: impl Into<Identifier>, at: Timestamp) -> ConsentChange {
    let all = Event::consent(customer, at).level(Level::Collaborative);
    Purpose::BASE.into_iter().fold(all, ConsentChange::allow)
}

/// The event must have been taken.
#[track_caller]
pub fn taken(recorded: Result<Recorded>) {
    assert_eq!(recorded.unwrap(), Recorded::Accepted);
}

/// An event of a case.
pub fn event(json: &Json) -> Event {
    Event::from_json(&json.to_string()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// An identifier as it stands in an event.
pub fn identifier(json: &Json) -> Identifier {
    let any = json!({"event": "viewed", "at": noon(), "customer": json});
    event(&any).customer().clone()
}

/// An event of a case that is all about Ana.
pub fn of_ana(json: &Json) -> Event {
    let mut json = json.clone();
    json["customer"] = json!("ana");
    event(&json)
}
