#![doc = include_str!("../README.md")]
mod catalog;
mod error;
mod event;
mod numeric;
mod types;

pub use catalog::{Catalog, Item};
pub use error::{Error, ErrorKind, Result};
pub use event::{Behaviour, ConsentChange, Declaration, Event, Kind, Link, Outcome, Reply, Value};
pub use numeric::Digest;
pub use types::*;
