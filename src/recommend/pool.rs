//! What a question needs for a moment, kept for the next one.

use std::sync::{Mutex, PoisonError};

/// As many of something as there ever were questions at once.
#[derive(Debug, Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// Does something with one of them.
    pub(super) fn with<A>(&self, work: impl FnOnce(&mut T) -> A) -> A {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut one = lock().pop().unwrap_or_default();
        let answer = work(&mut one);
        lock().push(one);
        answer
    }
}
