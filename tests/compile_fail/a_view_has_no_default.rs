//! An empty view of nobody could be filled.
use confidant::View;

pub fn defaulted() -> View {
    Default::default()
    //~^ E0277: the trait bound `View: Default` is not satisfied
}
