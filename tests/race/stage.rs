//! A store on which others may go first around every call, and which notes in which order
//! the customers' records were found and written.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard};

use confidant::*;

/// What one operation met in the store. Turns of one partition count its commits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trace {
    /// The turn at which it first read.
    pub(crate) first: Option<u64>,
    /// The turn at which it last read.
    pub(crate) read: u64,
    /// The turn that its last commit made.
    pub(crate) wrote: Option<u64>,
    /// How often somebody came in between.
    pub(crate) conflicts: u32,
}

thread_local! {
    static TRACE: Cell<Trace> = Cell::default();
    /// Whether the next call comes right after the thread was let go: nobody could do
    /// anything then that they cannot do before.
    static JUST_BEGUN: Cell<bool> = const { Cell::new(false) };
}

/// Says that a thread begins.
pub(crate) fn begin() {
    JUST_BEGUN.set(true);
}

/// Does something, and says what it met.
pub(crate) fn traced<T>(act: impl FnOnce() -> T) -> (T, Trace) {
    TRACE.set(Trace::default());
    (act(), TRACE.get())
}

fn note(change: impl FnOnce(&mut Trace)) {
    let mut trace = TRACE.get();
    change(&mut trace);
    TRACE.set(trace);
}

/// When others may go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// Before every call: enough where nothing is shared but the store.
    Before,
    /// After every call: also between a commit and what its engine makes of it.
    After,
    /// Before and after.
    Both,
}

pub(crate) struct Stage {
    inner: MemoryStore,
    turns: Vec<Mutex<u64>>,
    others: fn(),
    around: Around,
    /// Whether it commits whatever it finds: a store that breaks the contract.
    careless: bool,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

impl Stage {
    /// A stage on which this lets others go first.
    pub(crate) fn new(others: fn(), around: Around) -> Self {
        let turns = (0..256).map(|_| Mutex::default()).collect();
        Self { inner: MemoryStore::new(), turns, others, around, careless: false }
    }

    pub(crate) fn careless(self) -> Self {
        Self { careless: true, ..self }
    }

    /// With what another store holds.
    pub(crate) fn holding(self, others: &MemoryStore) -> Self {
        for (key, Stored { version, bytes }) in others.scan(None, usize::MAX).unwrap() {
            let write = Write { key, expected: Expected::Absent, value: Some(bytes) };
            let batch = Batch { version, writes: vec![write] };
            self.inner.commit(&[batch], Durability::Buffered).unwrap();
        }
        self
    }

    /// What is in it, looked at without a step.
    pub(crate) fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    /// Lets others go first. They may be on the same thread, so this one's notes are put
    /// aside.
    fn step(&self) {
        let mine = TRACE.get();
        (self.others)();
        TRACE.set(mine);
    }

    fn before(&self) {
        if !JUST_BEGUN.replace(false) && self.around != Around::After {
            self.step();
        }
    }

    fn after(&self) {
        if self.around != Around::Before {
            self.step();
        }
    }

    /// The turn of a partition: customers whose names end alike share one.
    fn turn(&self, key: &Key) -> MutexGuard<'_, u64> {
        let last = key.partition().last().copied().unwrap_or_default();
        self.turns[usize::from(last)].lock().unwrap()
    }

    fn commit_one(&self, batch: &Batch) -> Commit {
        let mut turn = self.turn(&batch.writes[0].key);
        let mut batch = batch.clone();
        if self.careless {
            batch.writes.iter_mut().for_each(|write| write.expected = Expected::Any);
        }
        let outcome = self.inner.commit(&[batch], Durability::Buffered).unwrap()[0];
        match outcome {
            Commit::Committed => {
                *turn += 1;
                note(|trace| trace.wrote = Some(*turn));
            }
            Commit::Conflict => note(|trace| trace.conflicts += 1),
        }
        outcome
    }
}

impl Store for Stage {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.before();
        let found = {
            let turn = self.turn(&keys[0]);
            note(|trace| {
                trace.first = trace.first.or(Some(*turn));
                trace.read = *turn;
            });
            self.inner.read(keys)
        };
        self.after();
        found
    }

    fn commit(&self, batches: &[Batch], _: Durability) -> Result<Vec<Commit>> {
        if batches.is_empty() {
            return Ok(Vec::new());
        }
        self.before();
        let outcomes = batches.iter().map(|batch| self.commit_one(batch)).collect();
        self.after();
        Ok(outcomes)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.before();
        let found = self.inner.scan(after, limit);
        self.after();
        found
    }
}
