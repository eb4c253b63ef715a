//! A store that lets somebody else act in the middle of what its engine does.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use confidant::*;

type Act = Box<dyn FnOnce() + Send>;

/// A store that lets somebody else act right after one of its reads.
pub(crate) struct Between {
    inner: Arc<MemoryStore>,
    then: Mutex<(usize, Option<Act>)>,
    came: Arc<AtomicBool>,
}

impl Between {
    /// After this read, the first being 0.
    pub(crate) fn new(
        inner: Arc<MemoryStore>,
        read: usize,
        act: impl FnOnce() + Send + 'static,
    ) -> Self {
        let then = Mutex::new((read, Some(Box::new(act) as Act)));
        Self { inner, then, came: Arc::default() }
    }

    /// Whether it came to that.
    #[allow(dead_code, reason = "each test uses a part")]
    pub(crate) fn came(&self) -> Arc<AtomicBool> {
        self.came.clone()
    }
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Between")
    }
}

impl Store for Between {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let found = self.inner.read(keys);
        let mut then = self.then.lock().unwrap();
        if then.0 == 0 {
            then.1.take().into_iter().for_each(|act| act());
            self.came.store(true, Ordering::Relaxed);
        }
        then.0 = then.0.saturating_sub(1);
        found
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.inner.commit(batches, durability)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }
}
