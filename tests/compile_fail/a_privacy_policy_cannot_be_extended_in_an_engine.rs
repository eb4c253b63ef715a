//! The words that build it take it, and the engine's is only lent.
use confidant::{Basis, DataCategory, Engine};

pub fn extended(engine: &Engine) {
    engine.privacy().category(DataCategory::Demographics, Basis::Contract);
    //~^ E0507: cannot move out of an `Arc`
}
