//! What had run out by then stays out.
use confidant::{Timestamp, View};

pub fn back(view: &mut View, then: Timestamp) {
    view.now = then;
    //~^ E0616: field `now` of struct `View` is private
}
