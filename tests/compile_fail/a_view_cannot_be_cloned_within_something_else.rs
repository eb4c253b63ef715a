//! A wrapper of the host's own makes no copies either.
use confidant::View;

#[derive(Clone)]
pub struct Kept {
    pub view: View,
    //~^ E0277: the trait bound `View: Clone` is not satisfied
}
