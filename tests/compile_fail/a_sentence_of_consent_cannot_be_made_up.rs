//! It begins with whose it is, and when it was said.
use confidant::{ConsentChange, Event};

pub fn made_up(event: Event) -> ConsentChange {
    ConsentChange { event }
    //~^ E0451: field `event` of struct `ConsentChange` is private
}
