//! Nor can it come in the binary form that records have.
use confidant::Permit;

pub fn read(bytes: &[u8]) -> Permit {
    postcard::from_bytes(bytes).unwrap()
    //~^ E0277: the trait bound `Permit: serde::Deserialize<'de>` is not satisfied
}
