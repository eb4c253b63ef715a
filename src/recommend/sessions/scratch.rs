//! What a question needs for a moment, kept for the next one.

use std::sync::{Mutex, PoisonError};

/// A past session that shares an item with the running one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Candidate {
    pub(super) slot: u32,
    /// Which of the running session's items are shared, the latest in the lowest bit.
    pub(super) shared: u32,
    /// The sum of their weights.
    pub(super) similarity: f64,
    /// What a unit of similarity is worth.
    pub(super) worth: f64,
}

/// An item that neighbours speak for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spoken {
    pub(super) item: u32,
    /// Its place in the answer, from 1; zero if it is not in it.
    pub(super) place: u32,
    pub(super) score: f64,
}

/// Space that is used again. Four bytes for each session and each item of the index that
/// it was used with, and what the answers needed.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Where each session stands among the candidates; zero if it is not there.
    pub(super) of_session: Vec<u32>,
    pub(super) candidates: Vec<Candidate>,
    /// Where each item stands among those spoken for; zero if it is not there.
    pub(super) of_item: Vec<u32>,
    pub(super) spoken: Vec<Spoken>,
    pub(super) order: Vec<(u64, u32, u32)>,
    pub(super) shares: Vec<f64>,
}

impl Scratch {
    /// Empty, whatever the last question left: even one that was broken off.
    pub(super) fn clear(&mut self, sessions: usize, items: usize) {
        for candidate in &self.candidates {
            if let Some(at) = self.of_session.get_mut(candidate.slot as usize) {
                *at = 0;
            }
        }
        for spoken in &self.spoken {
            if let Some(at) = self.of_item.get_mut(spoken.item as usize) {
                *at = 0;
            }
        }
        self.candidates.clear();
        self.spoken.clear();
        self.order.clear();
        if self.of_session.len() < sessions {
            self.of_session.resize(sessions, 0);
        }
        if self.of_item.len() < items {
            self.of_item.resize(items, 0);
        }
    }
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
