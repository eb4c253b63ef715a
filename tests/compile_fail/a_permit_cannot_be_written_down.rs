//! What cannot be written down cannot be kept for later.
use confidant::Permit;

pub fn written(permit: &Permit) -> String {
    serde_json::to_string(permit).unwrap()
    //~^ E0277: the trait bound `Permit: serde::Serialize` is not satisfied
}
