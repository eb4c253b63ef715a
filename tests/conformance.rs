//! The conformance kit passes what keeps the contract, and finds out what does not: each
//! store that is broken in one way fails the case of the right name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/shelf.rs"]
mod shelf;

use std::sync::Arc;

use confidant::conformance::{self, Builder, Outcome, Report};
use confidant::*;
use shelf::Shelf;

/// Makes a store and, when it is dropped, another over what it left.
struct Makes<G, M, A>(M, A)
where
    M: Fn() -> G,
    A: Fn(&G) -> Box<dyn Store>;

impl<G, M: Fn() -> G, A: Fn(&G) -> Box<dyn Store>> Builder for Makes<G, M, A> {
    type Guard = G;

    fn build(&self) -> Result<(G, Box<dyn Store>)> {
        let guard = self.0();
        let store = self.1(&guard);
        Ok((guard, store))
    }

    fn reopen(&self, guard: &G) -> Result<Option<Box<dyn Store>>> {
        Ok(Some(self.1(guard)))
    }
}

#[track_caller]
fn passes(report: &Report) {
    assert!(report.passed(), "{report}");
    assert!(report.outcomes().all(|(_, outcome)| *outcome == Outcome::Passed), "{report}");
}

#[test]
fn a_store_in_memory_keeps_the_contract() {
    let store = |inner: &Arc<MemoryStore>| -> Box<dyn Store> { Box::new(inner.clone()) };
    passes(&conformance::test_all(&Makes(Arc::<MemoryStore>::default, store)));
}

#[test]
fn a_strangers_store_keeps_the_contract() {
    let store = |shelf: &Shelf| -> Box<dyn Store> { Box::new(shelf.clone()) };
    passes(&conformance::test_all(&Makes(Shelf::default, store)));
}
