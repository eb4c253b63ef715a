//! Whose identifiers are whose: the host's rules, and what follows from the ties
//! between them. Pure: the same ties give the same customers, in whatever order they
//! were learned, so that a tie taken back is as if it had never been.

mod graph;
mod policy;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod twin;

pub use graph::Apart;
pub(crate) use graph::{Resolved, Tie, resolve};
pub use policy::IdentityPolicy;
