//! Its own bytes are checked, and there are no others.
use confidant::Snapshot;

pub fn read(text: &str) -> Snapshot {
    serde_json::from_str(text).unwrap()
    //~^ E0277: the trait bound `Snapshot: serde::Deserialize<'de>` is not satisfied
}
