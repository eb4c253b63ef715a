//! There is a view for a purpose, and a report for the customer.
use confidant::Engine;

pub fn given(engine: &Engine) {
    let _ = engine.profile("ana");
    //~^ E0599: no method named `profile` found for reference `&Engine`
}
