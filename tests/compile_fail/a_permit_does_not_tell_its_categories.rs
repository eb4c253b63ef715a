//! The set that the gate works with is no tool for hosts.
use confidant::Permit;

pub fn told(permit: &Permit) {
    let _ = permit.categories();
    //~^ E0624: method `categories` is private
}
