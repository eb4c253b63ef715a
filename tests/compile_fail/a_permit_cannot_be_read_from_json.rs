//! A private field is no help if a text can fill it.
use confidant::Permit;

pub fn read(text: &str) -> Permit {
    serde_json::from_str(text).unwrap()
    //~^ E0277: the trait bound `Permit: serde::Deserialize<'de>` is not satisfied
}
