//! A level is an upper bound and never a grant.
use confidant::{Level, Permit};

pub fn turned(one: Level) -> Permit {
    one.into()
    //~^ E0277: the trait bound `Permit: From<confidant::Level>` is not satisfied
}
