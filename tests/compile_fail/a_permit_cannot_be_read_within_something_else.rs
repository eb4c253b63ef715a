//! Nor as a part of what a host reads.
use confidant::Permit;
use serde::Deserialize;

#[derive(Deserialize)]
//~^ E0277: the trait bound `Permit: serde::Deserialize<'de>` is not satisfied
pub struct Message {
    pub permit: Permit,
    //~^ E0277: the trait bound `Permit: serde::Deserialize<'de>` is not satisfied
}
