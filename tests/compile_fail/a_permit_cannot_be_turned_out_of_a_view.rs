//! A view was paid for with its permit, and does not give it back.
use confidant::{Permit, View};

pub fn turned(one: View) -> Permit {
    one.into()
    //~^ E0277: the trait bound `Permit: From<View>` is not satisfied
}
