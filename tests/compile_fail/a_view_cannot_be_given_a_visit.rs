//! A visit that may not be used is not in it, and cannot be put there.
use confidant::{Session, View};

pub fn given(view: &mut View, visit: Session) {
    view.session = Some(visit);
    //~^ E0616: field `session` of struct `View` is private
}
