//! Whoever may look at it does not own it.
use confidant::Permit;

pub fn kept(permit: &Permit) -> Permit {
    *permit
    //~^ E0507: cannot move out of `*permit` which is behind a shared reference
}
