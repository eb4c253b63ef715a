//! They are for the rooms behind the gate.
use confidant::View;

pub fn lent(view: &View) {
    let _ = view.rows();
    //~^ E0624: method `rows` is private
}
