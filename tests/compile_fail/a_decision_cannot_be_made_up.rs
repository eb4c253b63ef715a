//! What was decided is what the engine decided.
use confidant::{Decision, Receipt};

pub fn made_up(receipt: Receipt) -> Decision {
    Decision { choice: None, receipt }
    //~^ E0451: of struct `Decision` are private
}
