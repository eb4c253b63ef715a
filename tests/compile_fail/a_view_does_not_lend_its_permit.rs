//! A permit stays with what it opened.
use confidant::{Permit, View};

pub fn lent(view: &View) -> &Permit {
    view.permit()
    //~^ E0624: method `permit` is private
}
