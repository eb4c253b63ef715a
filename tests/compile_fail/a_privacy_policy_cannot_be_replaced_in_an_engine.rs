//! What is promised to customers is not rewritten behind their backs.
use confidant::{Engine, PrivacyPolicy};

pub fn replaced(engine: &Engine) {
    *engine.privacy() = PrivacyPolicy::new();
    //~^ E0594: cannot assign to data in an `Arc`
}
