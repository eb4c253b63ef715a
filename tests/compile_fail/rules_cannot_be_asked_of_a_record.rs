//! A rule reads what may be seen, not what is kept.
use confidant::{Loaded, Rules};

pub fn asked(rules: &Rules, record: &Loaded) {
    let _ = rules.ask(record);
    //~^ E0308: mismatched types; expected `&View`, found `&Loaded`
}
