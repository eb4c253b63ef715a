//! What was proposed to a customer is on record.
use confidant::Decision;

pub fn changed(decision: &mut Decision) {
    decision.choice = None;
    //~^ E0616: field `choice` of struct `Decision` is private
}
