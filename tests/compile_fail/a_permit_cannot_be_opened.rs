//! Which categories it is of is the gate's to know.
use confidant::Permit;

pub fn opened(permit: &Permit) {
    let _ = permit.categories;
    //~^ E0616: field `categories` of struct `Permit` is private
}
