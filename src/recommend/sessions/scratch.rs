//! What a question needs for a moment, kept for the next one.

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
