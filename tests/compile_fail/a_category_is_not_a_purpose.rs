//! Data are allowed for something, never as such.
use confidant::{DataCategory, Event, Timestamp};

pub fn agreed(now: Timestamp) {
    let _ = Event::consent("ana", now).allow(DataCategory::Purchases);
    //~^ E0308: mismatched types; expected `Purpose`, found `DataCategory`
}
