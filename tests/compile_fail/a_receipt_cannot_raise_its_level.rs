//! The level in force stays written.
use confidant::{Level, Receipt};

pub fn raised(receipt: &mut Receipt) {
    receipt.level = Level::Collaborative;
    //~^ E0616: field `level` of struct `Receipt` is private
}
