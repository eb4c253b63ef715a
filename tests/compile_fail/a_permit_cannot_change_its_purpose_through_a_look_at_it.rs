//! What it tells is lent, and not to be written on.
use confidant::{Permit, Purpose};

pub fn relabelled(permit: &mut Permit) {
    *permit.purpose() = Purpose::DirectMarketing;
    //~^ E0594: cannot assign to data in a `&` reference
}
