//! What a customer shows for their own sake teaches nobody.
use confidant::{Engine, Timestamp, View};

pub fn fitted(engine: &Engine, view: &View, now: Timestamp) {
    let _ = engine.fit_from(view, now);
    //~^ E0308: mismatched types; expected `&Statistics`, found `&View`
}
