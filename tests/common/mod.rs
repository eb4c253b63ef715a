//! What the tests of the laws share: an instant to start from, a full consent, a small
//! catalogue; and made worlds, told in plain words of the tests' own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a part of many tests, each of which uses some of it"
)]

pub mod ask;
pub mod basics;
pub mod dice;
pub mod host;
pub mod store;
pub mod told;
pub mod world;

#[allow(unused_imports, reason = "each test uses a part")]
pub use basics::{everything, noon, taken};
use confidant::{Catalog, Item};

/// `i0`, `i1`, ... of category `a`.
pub fn items(n: usize) -> Catalog {
    Catalog::new((0..n).map(|n| Item::new(format!("i{n}")).category(["a"]))).unwrap()
}
