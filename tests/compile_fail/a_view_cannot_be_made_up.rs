//! Without a permit there is no view, and its fields are private.
use confidant::{Timestamp, View};

pub fn made_up(now: Timestamp) -> View {
    View { now, ..todo!() }
    //~^ E0451: of struct `View` are private
}
