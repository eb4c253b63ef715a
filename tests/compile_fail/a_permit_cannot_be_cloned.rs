//! A second one could outlive a withdrawal.
use confidant::Permit;

pub fn twice(permit: &Permit) -> Permit {
    Clone::clone(permit)
    //~^ E0277: the trait bound `Permit: Clone` is not satisfied
}
