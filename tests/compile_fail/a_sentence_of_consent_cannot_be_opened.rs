//! Whose word it is cannot be changed under it.
use confidant::{ConsentChange, Event};

pub fn opened(consent: ConsentChange) -> Event {
    consent.event
    //~^ E0616: field `event` of struct `ConsentChange` is private
}
