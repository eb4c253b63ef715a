//! The one noun of this crate. An [`Engine`] wires the rooms over a store: it records,
//! decides and advances. What it computes, it computes in a pure middle on values that
//! were loaded, so that an asynchronous host can load and commit by itself.

mod advance;
mod alike;
mod batch;
mod beside;
mod bought_together;
mod builder;
mod census;
mod commit;
mod data_use;
mod decide;
mod due;
mod erase;
mod erased;
mod everybody;
mod evidence;
mod explain;
mod flights;
mod held;
mod household;
mod learn;
mod ledger;
mod link;
mod load;
mod moving;
#[cfg(test)]
mod noted;
mod parts;
mod portability;
mod portrait;
mod read;
mod recent;
mod recognise;
mod record;
mod record_all;
mod refresh;
mod settle;
mod setup;
mod snapshot;
mod sweep;
mod told;
mod volume;
#[cfg(test)]
mod zones;

pub use builder::EngineBuilder;
pub use due::Due;
pub use explain::Explanation;
use flights::Flights;
use held::Held;
use load::Effects;
pub use load::{Changes, Load, Loaded};
use recent::Recent;
pub use record::{NotAllowed, Recorded};
pub use record_all::{Refusal, Report};
use setup::Setup;
pub use snapshot::Snapshot;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use crate::catalog::Catalog;
use crate::consent::{PrivacyPolicy, ProofKey, Pseudonym};
use crate::learn::Statistics;
use crate::segment::{Change, Segment};
use crate::store::{Batch, Store};
use crate::types::{Identifier, Timestamp};

/// Keeps the single customer view, knows what each customer allows, and answers what
/// the next best action is. Share it by reference or in an `Arc`; it has no clock, no
/// threads and no input or output but its store's.
pub struct Engine {
    store: Box<dyn Store>,
    setup: RwLock<Arc<Setup>>,
    statistics: Mutex<Statistics>,
    /// Held by who commits what changes the statistics, until it has changed them: whoever
    /// reads them waits, and never finds one of two changes that passed each other.
    learning: RwLock<()>,
    /// What the models hold of customers who changed since they were fitted.
    held: Mutex<Held>,
    /// What is being committed.
    flights: Flights,
    due: Mutex<BinaryHeap<Reverse<(Timestamp, Identifier)>>>,
    /// For which segments those who are due were looked up.
    looked_up: AtomicU64,
    /// Batches of which nobody knows whether they happened, with what they would change.
    doubts: Mutex<Vec<(Batch, Effects)>>,
    /// Whether something that must be durable may be no more than buffered.
    unsure: Mutex<bool>,
    /// How many batches were made.
    batches: AtomicU64,
    /// How much the head of a record may hold.
    seal_after: usize,
    /// How many threads read the store through.
    workers: usize,
    /// What was found by visits and not yet told.
    unreported: Mutex<Vec<Change>>,
    /// The answers of customers who were looked at a short while ago.
    recent: Mutex<Recent>,
    /// What it takes to prove what was chosen, if the host wants that.
    proof: Option<Arc<Proof>>,
    /// When which chain of whom is not evidence any more.
    evidence: Mutex<BinaryHeap<Reverse<(Timestamp, Pseudonym, u32)>>>,
}

/// The host's key, and for how long evidence outlives who gave it.
#[derive(Debug)]
struct Proof {
    key: ProofKey,
    evidence_for: Duration,
}

/// By hand: the derived one would print everything that is kept of anybody.
impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let setup = self.setup();
        let (actions, segments) = (setup.policy.actions.len(), setup.segments.len());
        write!(f, "Engine({actions} actions, {segments} segments)")
    }
}

impl Engine {
    /// An engine is built from its catalogue, actions, segments and policies.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    fn new(
        store: Box<dyn Store>,
        setup: Arc<Setup>,
        seal_after: usize,
        workers: usize,
        proof: Option<Proof>,
    ) -> Self {
        Self {
            store,
            setup: RwLock::new(setup),
            statistics: Mutex::default(),
            learning: RwLock::default(),
            held: Mutex::new(Held::unknown()),
            flights: Flights::default(),
            due: Mutex::default(),
            looked_up: AtomicU64::new(0),
            doubts: Mutex::default(),
            // Of what the engine before was doing last, nobody may have been told.
            unsure: Mutex::new(true),
            batches: AtomicU64::new(0),
            seal_after,
            workers,
            unreported: Mutex::default(),
            recent: Mutex::default(),
            proof: proof.map(Arc::new),
            evidence: Mutex::default(),
        }
    }

    /// The host's privacy policy.
    #[must_use]
    pub fn privacy(&self) -> Arc<PrivacyPolicy> {
        self.setup().privacy.clone()
    }

    /// The catalogue.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.setup().catalog.clone()
    }

    /// The segments.
    #[must_use]
    pub fn segments(&self) -> Arc<[Segment]> {
        self.setup().segments.clone()
    }

    /// What was learned so far, as a copy.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let _all = self.learned_all();
        self.lock_statistics().clone()
    }

    /// What this engine runs on now. A public call asks once and passes it on.
    fn setup(&self) -> Arc<Setup> {
        self.setup.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something is learned until this is dropped.
    fn learns(&self) -> RwLockReadGuard<'_, ()> {
        self.learning.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that was committed is learned, and until this is dropped nothing more is.
    fn learned_all(&self) -> RwLockWriteGuard<'_, ()> {
        self.learning.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// No code of ours panics while it holds a lock.
    fn lock_statistics(&self) -> MutexGuard<'_, Statistics> {
        self.statistics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_doubts(&self) -> MutexGuard<'_, Vec<(Batch, Effects)>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_unsure(&self) -> MutexGuard<'_, bool> {
        self.unsure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_unreported(&self) -> MutexGuard<'_, Vec<Change>> {
        self.unreported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_evidence(&self) -> MutexGuard<'_, BinaryHeap<Reverse<(Timestamp, Pseudonym, u32)>>> {
        self.evidence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_due(&self) -> MutexGuard<'_, BinaryHeap<Reverse<(Timestamp, Identifier)>>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
