//! A pattern sees no more than an expression.
use confidant::{Permit, Purpose};

pub fn apart(permit: Permit) -> Purpose {
    let Permit { purpose, .. } = permit;
    //~^ E0451: field `purpose` of struct `Permit` is private
    purpose
}
