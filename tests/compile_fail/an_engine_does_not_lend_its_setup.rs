//! The gate is opened by the engine.
use confidant::Engine;

pub fn lent(engine: &Engine) {
    let _ = engine.setup();
    //~^ E0624: method `setup` is private
}
