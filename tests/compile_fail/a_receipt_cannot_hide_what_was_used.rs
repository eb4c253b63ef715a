//! Which data shaped an answer stays written.
use confidant::Receipt;

pub fn hidden(receipt: &mut Receipt) {
    receipt.used.clear();
    //~^ E0616: field `used` of struct `Receipt` is private
}
