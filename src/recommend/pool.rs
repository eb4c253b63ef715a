//! What a question needs for a moment, kept for the next one.

use std::sync::{Mutex, PoisonError};

/// As many of something as there ever were questions at once.
#[derive(Debug, Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

/// A copy has none of its own yet.
impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self(Mutex::default())
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_is_used_again() {
        let pool = Pool::<Vec<u8>>::default();
        pool.with(|_| pool.with(|_| ()));
        pool.with(|scratch| scratch.reserve(100));
        pool.with(|scratch| assert!(scratch.capacity() >= 100));
        assert_eq!(pool.0.lock().map(|scratches| scratches.len()).ok(), Some(2));
    }
}
