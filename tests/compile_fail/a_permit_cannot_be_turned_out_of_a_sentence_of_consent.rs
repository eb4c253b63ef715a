//! A sentence counts once it is recorded, for the customer it names, while it holds.
use confidant::{ConsentChange, Permit};

pub fn turned(one: ConsentChange) -> Permit {
    one.into()
    //~^ E0277: the trait bound `Permit: From<ConsentChange>` is not satisfied
}
