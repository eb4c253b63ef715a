//! What a customer is shown of a switch is a text, not a key.
use confidant::{Permission, Permit};

pub fn turned(one: Permission) -> Permit {
    one.into()
    //~^ E0277: the trait bound `Permit: From<Permission>` is not satisfied
}
