//! Having looked at something is not having agreed.
use confidant::{Event, Purpose, Timestamp};

pub fn agreed(now: Timestamp) {
    let _ = Event::viewed("ana", now).allow(Purpose::Personalisation);
    //~^ E0599: no method named `allow` found for struct `Behaviour`
}
