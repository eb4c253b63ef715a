//! Naming a purpose is not having it allowed.
use confidant::{Permit, Purpose};

pub fn turned(one: Purpose) -> Permit {
    one.into()
    //~^ E0277: the trait bound `Permit: From<confidant::Purpose>` is not satisfied
}
