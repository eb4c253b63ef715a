//! It comes out of a store, in the form that is checked.
use confidant::Loaded;

pub fn read(text: &str) -> Loaded {
    serde_json::from_str(text).unwrap()
    //~^ E0277: the trait bound `Loaded: serde::Deserialize<'de>` is not satisfied
}
