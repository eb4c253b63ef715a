//! That somebody said yes once says nothing of now.
use confidant::{Event, Permit};

pub fn turned(one: Event) -> Permit {
    one.into()
    //~^ E0277: the trait bound `Permit: From<Event>` is not satisfied
}
