//! It is written by the code that chooses, as it chooses.
use confidant::{Level, Receipt};

pub fn made_up(receipt: Receipt) -> Receipt {
    Receipt { level: Level::Collaborative, ..receipt }
    //~^ E0451: of struct `Receipt` are private
}
