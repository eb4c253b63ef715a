//! It is built, and what it is built from is checked.
use confidant::Engine;

pub fn made() {
    let _ = Engine::new;
    //~^ E0624: associated function `new` is private
}
