//! It is lent as a copy.
use confidant::Engine;

pub fn reached(engine: &Engine) {
    let _ = &engine.statistics;
    //~^ E0616: field `statistics` of struct `Engine` is private
}
