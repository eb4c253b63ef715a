//! A record shows nothing by itself: the engine opens it for a purpose.
use confidant::{Loaded, View};

pub fn turned(one: Loaded) -> View {
    one.into()
    //~^ E0277: the trait bound `View: From<Loaded>` is not satisfied
}
