//! Turning the dial up allows nothing: each purpose is asked for.
use confidant::{Event, Level, Timestamp};

pub fn agreed(now: Timestamp) {
    let _ = Event::consent("ana", now).allow(Level::Collaborative);
    //~^ E0308: mismatched types; expected `Purpose`, found `Level`
}
