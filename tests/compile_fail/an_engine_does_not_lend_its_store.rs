//! What is stored is read through what may be seen.
use confidant::Engine;

pub fn lent(engine: &Engine) {
    let _ = &engine.store;
    //~^ E0616: field `store` of struct `Engine` is private
}
