//! Proves a [`Store`] against its contract, case by case.
//!
//! A [`Builder`] makes an empty store for each case; [`test_all`] runs them all, and the
//! [`Report`] says of each what came of it.
//!
//! ```
//! use confidant::{MemoryStore, Result, Store, conformance};
//!
//! struct InMemory;
//!
//! impl conformance::Builder for InMemory {
//!     type Guard = ();
//!
//!     fn build(&self) -> Result<((), Box<dyn Store>)> {
//!         Ok(((), Box::new(MemoryStore::new())))
//!     }
//! }
//!
//! let report = conformance::test_all(&InMemory);
//! assert!(report.passed(), "{report}");
//! ```
//!
//! Two stores for a host's own tests stand beside it: one that [fails](Failing) when it is
//! told to, and one that loses in a crash [what a crash may take](Volatile).

mod bytes;
mod durable;
mod failing;
mod hand;
mod model;
mod report;
mod scanning;
mod snapshots;
mod together;
mod volatile;
mod writing;

pub use failing::{Failing, Fault};
pub use report::{Outcome, Report};
pub use snapshots::test_snapshots;
pub use volatile::Volatile;

use std::fmt;

use super::Store;
use crate::error::Result;
use hand::Verdict;

/// Makes the stores that are to be proven.
pub trait Builder {
    /// What must live as long as a store: a folder, a server, a name that is in use. It is
    /// dropped after the store.
    type Guard;

    /// A store with nothing in it.
    ///
    /// # Errors
    /// No store can be made; the case has failed.
    fn build(&self) -> Result<(Self::Guard, Box<dyn Store>)>;

    /// Opens again what a store left behind. The store was dropped; better still, let
    /// everything happen to it that a crash may do. `None`, as here if not said, skips the
    /// cases that ask what a crash may take.
    ///
    /// # Errors
    /// The store cannot be opened; the case has failed.
    fn reopen(&self, guard: &Self::Guard) -> Result<Option<Box<dyn Store>>> {
        let _ = guard;
        Ok(None)
    }
}

/// Opens again what was dropped.
type Reopen<'a> = &'a dyn Fn() -> Result<Option<Box<dyn Store>>>;

/// What a case does with a store.
#[derive(Clone, Copy)]
enum Check {
    Open(fn(&dyn Store) -> Verdict),
    Reopened(fn(Box<dyn Store>, Reopen<'_>) -> Verdict),
}

/// One promise of the contract, and how it is tried.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    check: Check,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({})", self.name)
    }
}

impl Case {
    const fn open(name: &'static str, check: fn(&dyn Store) -> Verdict) -> Self {
        Self { name, check: Check::Open(check) }
    }

    const fn reopened(
        name: &'static str,
        check: fn(Box<dyn Store>, Reopen<'_>) -> Verdict,
    ) -> Self {
        Self { name, check: Check::Reopened(check) }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Tries it on a new store.
    pub fn test<B: Builder>(&self, builder: &B) -> Outcome {
        let test = || {
            // In this order, so that the guard goes last.
            let (guard, store) = builder.build()?;
            match self.check {
                Check::Open(check) => check(&*store),
                Check::Reopened(check) => check(store, &|| builder.reopen(&guard)),
            }
        };
        test().into()
    }
}

/// Every case, in the order of the contract.
pub const CASES: &[Case] = &[
    Case::open("it_begins_empty", writing::it_begins_empty),
    Case::open("an_absent_key_is_none", writing::an_absent_key_is_none),
    Case::open("what_was_written_is_read", writing::what_was_written_is_read),
    Case::open("nothing_asked_nothing_done", writing::nothing_asked_nothing_done),
    Case::open("a_key_is_created_once", writing::a_key_is_created_once),
    Case::open("only_the_expected_version_is_changed", writing::only_the_expected_is_changed),
    Case::open("every_byte_of_a_version_counts", writing::every_byte_of_a_version_counts),
    Case::open("any_goes_with_a_guarded_write", writing::any_goes_with_a_guarded_write),
    Case::open("a_batch_is_whole_or_absent", writing::a_batch_is_whole_or_absent),
    Case::open("a_conflict_keeps_no_other_batch_out", writing::a_conflict_keeps_no_other_out),
    Case::open("later_batches_see_earlier_ones", writing::later_batches_see_earlier_ones),
    Case::open("a_batch_can_be_sent_again", writing::a_batch_can_be_sent_again),
    Case::open("an_old_batch_comes_too_late", writing::an_old_batch_comes_too_late),
    Case::open("an_erasure_is_not_known_again", writing::an_erasure_is_not_known_again),
    Case::open("erasing_leaves_no_key", writing::erasing_leaves_no_key),
    Case::open("a_batch_may_write_and_erase", writing::a_batch_may_write_and_erase),
    Case::open("bytes_come_back_as_they_were", bytes::bytes_come_back_as_they_were),
    Case::open("keys_are_not_mixed_up", bytes::keys_are_not_mixed_up),
    Case::open("large_values_come_back_whole", bytes::large_values_come_back_whole),
    Case::open("pages_of_any_size_make_one_scan", scanning::pages_of_any_size_make_one_scan),
    Case::open("a_scan_goes_on_after_an_erased_key", scanning::it_goes_on_after_an_erased_key),
    Case::open("a_scan_among_writes_is_complete", scanning::it_is_complete_among_writes),
    Case::open("a_scan_under_writes_is_complete", scanning::it_is_complete_under_writes),
    Case::open("counters_lose_nothing", together::counters_lose_nothing),
    Case::open("of_many_creators_one_wins", together::of_many_creators_one_wins),
    Case::open("a_read_is_of_one_moment", together::a_read_is_of_one_moment),
    Case::open("a_map_would_do_the_same", model::a_map_would_do_the_same),
    Case::reopened("what_is_durable_stays", durable::what_is_durable_stays),
    Case::reopened("sent_again_durably_it_stays", durable::sent_again_durably_it_stays),
    Case::reopened("a_durable_nothing_keeps_everything", durable::a_durable_nothing_keeps_all),
    Case::reopened("a_crash_takes_whole_batches_off_the_end", model::a_crash_takes_the_end),
];

/// The case of a name.
#[must_use]
pub fn case(name: &str) -> Option<Case> {
    CASES.iter().find(|case| case.name == name).copied()
}

/// Tries every case, each on a store of its own.
pub fn test_all<B: Builder>(builder: &B) -> Report {
    Report::of(CASES.iter().map(|case| (case.name, case.test(builder))).collect())
}
