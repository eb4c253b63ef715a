//! A line of the ledger, for the customer and for whoever audits the host.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::messages::Messages;
use super::said::said;
use crate::consent::{Hash256, Line, Pseudonym};
use crate::types::{Timestamp, redacted};

/// What was chosen once, as it stands in the [ledger](crate::Engine::ledger).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// In whose chain it stands.
    pub chain: Pseudonym,
    /// Its number there, from 0.
    pub number: u64,
    /// When it was recorded, by the host's clock; never before the line before it.
    pub recorded: Timestamp,
    /// When it was chosen.
    pub at: Timestamp,
    /// Under which identifier.
    pub told_under: Pseudonym,
    /// What was said, part by part, in words.
    pub said: Vec<String>,
    /// The record itself, in hex, as it is hashed.
    pub record: String,
    /// The hash of the line before it, or of the beginning of the chain.
    pub before: Hash256,
    /// The hash of this one: SHA-256 of the one before and the record.
    pub hash: Hash256,
}

redacted! {
    LedgerLine { chain, number, recorded, at, hash }
}

impl LedgerLine {
    pub(crate) fn of(chain: Pseudonym, line: Line) -> Self {
        let Line { number, record, bytes, before, hash } = line;
        let told_under = record.under.unwrap_or(chain);
        let (at, recorded) = (record.at, record.recorded);
        let said = said(&record.choice, &Messages::english());
        let record = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { chain, number, recorded, at, told_under, said, record, before, hash }
    }

    /// Whether the hash is the one of the record. It takes no key; that nobody wrote another
    /// chain is for [`Engine::verify_ledger`](crate::Engine::verify_ledger) to say.
    #[must_use]
    pub fn verify(&self) -> bool {
        let digits = self.record.as_bytes().chunks(2);
        let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let Some(record) = digits.map(byte).collect::<Option<Vec<u8>>>() else { return false };
        let hash = Sha256::new_with_prefix(self.before.to_bytes()).chain_update(record).finalize();
        self.hash.to_bytes()[..] == hash[..]
    }
}
