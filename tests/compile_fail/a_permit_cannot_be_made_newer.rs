//! An old one does not pass for one of after the latest choice.
use confidant::Permit;

pub fn renewed(permit: &mut Permit) {
    permit.epoch = u64::MAX;
    //~^ E0616: field `epoch` of struct `Permit` is private
}
