//! What laws 4 and 5 stand on: weights in fixed point, draws that depend on nothing
//! but their key, and hashes that never change.

mod decay;
mod draw;
mod hash;
mod inverse;

pub(crate) use decay::{ONE, half_life_weight};
pub(crate) use draw::Draws;
pub use hash::Digest;
pub(crate) use hash::{digest, fingerprint, short_hash};
pub(crate) use inverse::inverse;
