//! A narrow permit is not the rest of a wide one.
use confidant::{Permit, Purpose};

pub fn relabelled(permit: Permit) -> Permit {
    Permit { purpose: Purpose::DirectMarketing, ..permit }
    //~^ E0451: of struct `Permit` are private
}
