//! A customer's own report is not to be judged by.
use confidant::{CustomerReport, Rules};

pub fn asked(rules: &Rules, report: &CustomerReport) {
    let _ = rules.ask(report);
    //~^ E0308: mismatched types; expected `&View`, found `&CustomerReport`
}
