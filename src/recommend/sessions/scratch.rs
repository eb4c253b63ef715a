//! What a question needs for a moment, kept for the next one.

use std::sync::{Mutex, PoisonError};

use super::neighbours::Candidate;
use super::places::Places;
use super::rank::Key;
use super::seeds::Seed;
use super::spoken::Spoken;

/// Space that is used again. It grows with the answers, not with the index, and what one
/// question left means nothing to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(super) seeds: Vec<Seed>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) sessions: Places,
    pub(super) items: Spoken,
    pub(super) order: Vec<Key>,
}

/// Scratches for as many questions as there ever were at once.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Scratch>>);

impl Pool {
    /// Does something with a scratch.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = lock().pop().unwrap_or_default();
        let answer = work(&mut scratch);
        lock().push(scratch);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_is_used_again() {
        let pool = Pool::default();
        pool.with(|_| pool.with(|_| ()));
        pool.with(|scratch| scratch.order.reserve(100));
        pool.with(|scratch| assert!(scratch.order.capacity() >= 100));
        assert_eq!(pool.0.lock().map(|scratches| scratches.len()).ok(), Some(2));
    }
}
