//! Serde can read a type of somebody else's by its fields: these are private.
use confidant::{Permit, Purpose};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(remote = "Permit")]
//~^ no code: cannot construct `Permit` with struct literal syntax due to private fields
pub struct Described {
    purpose: Purpose,
    session: bool,
    epoch: u64,
}
