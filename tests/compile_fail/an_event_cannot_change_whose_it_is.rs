//! What one customer allowed is not allowed by another.
use confidant::{Event, Identifier};

pub fn moved(event: &mut Event, other: Identifier) {
    event.customer = other;
    //~^ E0616: field `customer` of struct `Event` is private
}
