//! Only the gate asks, and it asks the customer's own choices.
use confidant::Permit;

pub fn asked() {
    let _ = Permit::ask;
    //~^ E0624: associated function `ask` is private
}
