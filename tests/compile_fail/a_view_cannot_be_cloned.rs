//! It is of one instant, and not to be kept for later.
use confidant::View;

pub fn kept(view: &View) -> View {
    Clone::clone(view)
    //~^ E0277: the trait bound `View: Clone` is not satisfied
}
