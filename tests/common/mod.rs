//! What the tests of the laws share: an instant to start from, a full consent, a small
//! catalogue; and made worlds, told in plain words of the tests' own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a part of many tests, each of which uses some of it"
)]

pub mod ask;
pub mod dice;
pub mod host;
pub mod store;
pub mod told;
pub mod world;

use confidant::{Catalog, ConsentChange, Event, Item, Level, Purpose, Recorded, Result, Timestamp};

/// A Monday at noon.
pub fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// Everything that this crate knows by itself is allowed.
pub fn everything(customer: &str, at: Timestamp) -> ConsentChange {
    [
        Purpose::Personalisation,
        Purpose::CollaborativeLearning,
        Purpose::DirectMarketing,
        Purpose::IdentityLinking,
    ]
    .into_iter()
    .fold(Event::consent(customer, at).level(Level::Collaborative), ConsentChange::allow)
}

/// `i0`, `i1`, ... of category `a`.
pub fn items(n: usize) -> Catalog {
    Catalog::new((0..n).map(|n| Item::new(format!("i{n}")).category(["a"]))).unwrap()
}

/// The event must have been taken.
#[track_caller]
pub fn taken(recorded: Result<Recorded>) {
    assert_eq!(recorded.unwrap(), Recorded::Accepted);
}
