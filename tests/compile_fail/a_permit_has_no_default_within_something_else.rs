//! A wrapper of the host's own makes none out of nothing either.
use confidant::Permit;

#[derive(Default)]
pub struct Kept {
    pub permit: Permit,
    //~^ E0277: the trait bound `Permit: Default` is not satisfied
}
