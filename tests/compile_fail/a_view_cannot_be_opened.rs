//! Its rows are for the rooms behind the gate.
use confidant::View;

pub fn opened(view: &View) {
    let _ = &view.rows;
    //~^ E0616: field `rows` of struct `View` is private
}
