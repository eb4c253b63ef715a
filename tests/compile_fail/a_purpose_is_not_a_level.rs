//! Allowing a purpose does not turn the dial up.
use confidant::{Event, Purpose, Timestamp};

pub fn agreed(now: Timestamp) {
    let _ = Event::consent("ana", now).level(Purpose::CollaborativeLearning);
    //~^ E0308: mismatched types; expected `Level`, found `Purpose`
}
