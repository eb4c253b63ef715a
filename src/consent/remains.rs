//! What is left of somebody who was erased: under a pseudonym, when that was, and how many
//! chains of the ledger were laid away. It is the suppression list: one entry a name.

use serde::{Deserialize, Serialize};

use super::proof_key::{Hash256, ProofKey, Pseudonym, Use};
use crate::types::Timestamp;

/// What is left under one pseudonym.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Remains {
    /// Up to when whatever happened is refused; nothing if only evidence is kept.
    pub(crate) erased_at: Option<Timestamp>,
    /// How many chains were begun and laid away: the next one has this number.
    pub(crate) eras: u32,
    /// The latest of the deadlines at which evidence was thrown away.
    pub(crate) swept: Option<Timestamp>,
    mark: Hash256,
}

impl Default for Remains {
    fn default() -> Self {
        Self { erased_at: None, eras: 0, swept: None, mark: Hash256([0; 32]) }
    }
}

impl Remains {
    fn content(&self) -> Vec<u8> {
        postcard::to_allocvec(&(self.erased_at, self.eras, self.swept)).unwrap_or_default()
    }

    /// The same with the mark that nobody makes without the key.
    pub(crate) fn sealed(mut self, key: &ProofKey, whose: &Pseudonym) -> Self {
        self.mark = key.mark(Use::Remains, &[whose.as_bytes(), &self.content()]);
        self
    }

    pub(crate) fn is_sealed(&self, key: &ProofKey, whose: &Pseudonym) -> bool {
        key.fits(&self.mark, Use::Remains, &[whose.as_bytes(), &self.content()])
    }

    /// Nothing that happened up to then comes back.
    pub(crate) fn erase(&mut self, at: Timestamp) {
        self.erased_at = self.erased_at.max(Some(at));
    }
}
