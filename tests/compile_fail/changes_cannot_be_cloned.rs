//! Else a customer would be counted twice.
use confidant::Changes;

pub fn twice(changes: &Changes) -> Changes {
    Clone::clone(changes)
    //~^ E0277: the trait bound `Changes: Clone` is not satisfied
}
