//! A permit stays with what it opened.
use confidant::{Permit, View};

pub fn apart(view: View) -> Permit {
    let View { permit, .. } = view;
    //~^ E0451: field `permit` of struct `View` is private
    permit
}
