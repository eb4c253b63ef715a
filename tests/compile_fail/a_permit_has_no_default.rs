//! There is no permit for whoever does not ask.
use confidant::Permit;

pub fn defaulted() -> Permit {
    Default::default()
    //~^ E0277: the trait bound `Permit: Default` is not satisfied
}
