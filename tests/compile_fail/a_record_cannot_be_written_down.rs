//! Only a store keeps it, in the form that is checked.
use confidant::Loaded;

pub fn written(record: &Loaded) -> String {
    serde_json::to_string(record).unwrap()
    //~^ E0277: the trait bound `Loaded: serde::Serialize` is not satisfied
}
