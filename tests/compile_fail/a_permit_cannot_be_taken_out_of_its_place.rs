//! Taking one would leave a default behind, and there is none.
use confidant::Permit;

pub fn stolen(permit: &mut Permit) -> Permit {
    std::mem::take(permit)
    //~^ E0277: the trait bound `Permit: Default` is not satisfied
}
