//! It is used up where it is given away.
use confidant::Permit;

pub fn twice(permit: Permit) -> (Permit, Permit) {
    (permit, permit)
    //~^ E0382: use of moved value: `permit`
}
