//! It is lent, and not to be written on.
use confidant::Decision;

pub fn changed(decision: &mut Decision) {
    decision.choice().unwrap().items.clear();
    //~^ E0596: cannot borrow data in a `&` reference as mutable
}
