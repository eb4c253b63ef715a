//! What belongs to the present visit is not kept.
use confidant::Session;

pub fn written(visit: &Session) -> String {
    serde_json::to_string(visit).unwrap()
    //~^ E0277: the trait bound `confidant::Session: serde::Serialize` is not satisfied
}
