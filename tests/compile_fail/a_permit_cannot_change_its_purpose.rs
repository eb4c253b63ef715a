//! What was allowed for one purpose is not allowed for another.
use confidant::{Permit, Purpose};

pub fn relabelled(permit: &mut Permit) {
    permit.purpose = Purpose::DirectMarketing;
    //~^ E0616: field `purpose` of struct `Permit` is private
}
