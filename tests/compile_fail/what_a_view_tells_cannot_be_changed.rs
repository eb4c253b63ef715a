//! What it tells is lent, and not to be written on.
use confidant::{Value, View};

pub fn changed(view: &mut View, value: Value) {
    view.attributes()[0].value = value;
    //~^ E0594: cannot assign to data in a `&` reference
}
