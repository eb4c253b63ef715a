//! A wrapper of the host's own makes no copies either.
use confidant::Permit;

#[derive(Clone)]
pub struct Kept {
    pub permit: Permit,
    //~^ E0277: the trait bound `Permit: Clone` is not satisfied
}
