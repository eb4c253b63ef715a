//! What is to be committed is lent, and not to be written on.
use confidant::Changes;

pub fn cut(changes: &mut Changes) {
    changes.batches().first_mut();
    //~^ E0596: cannot borrow data in a `&` reference as mutable
}
