//! A consent does not begin before it was given.
use confidant::{Event, Timestamp};

pub fn earlier(event: &mut Event, then: Timestamp) {
    event.at = then;
    //~^ E0616: field `at` of struct `Event` is private
}
