//! Only a view to learn from adds to them.
use confidant::Statistics;

pub fn taught() {
    let _ = Statistics::replace;
    //~^ E0624: method `replace` is private
}
