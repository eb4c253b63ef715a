//! What somebody who was erased gets in the hand: that it was done, and what is kept and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::messages::Messages;
use crate::consent::{Hash256, ProofKey, ProofUse, Pseudonym};
use crate::types::Timestamp;

/// Proof of an erasure (GDPR 17): for the customer, an auditor or a regulator, as text by
/// `Display` or as data through serde. It names nobody; only the host can tell whose it is,
/// and nobody makes one without the host's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCertificate {
    /// The customer's identifiers, as pseudonyms, ascending.
    pub whose: Vec<Pseudonym>,
    /// Up to when whatever happened is refused from now on.
    pub erased_at: Timestamp,
    /// The keyed digest of the record before.
    pub before: Hash256,
    /// The keyed digest of what was left of it after; see
    /// [`nothing_is_left`](Self::nothing_is_left).
    pub after: Hash256,
    /// The keyed digest of what was learned from the customer for the sake of others, and was
    /// taken out of the statistics.
    pub learned: Hash256,
    /// How much there was.
    pub erased: Erased,
    /// What is kept, and why.
    pub kept: Vec<Kept>,
    mark: Hash256,
}

/// How much was erased of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Erased {
    /// Identifiers.
    pub identifiers: usize,
    /// Behaviour.
    pub events: usize,
    /// Values of attributes.
    pub attributes: usize,
    /// Choices.
    pub choices: usize,
    /// Contacts, and the answers to them.
    pub contacts: usize,
    /// Words on links between identifiers.
    pub links: usize,
}

/// What an erasure leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// So many entries of the suppression list, so that nobody comes back.
    Suppressed {
        /// One for each identifier.
        entries: usize,
    },
    /// What was chosen, as evidence (GDPR 7(1), 17(3)(e)).
    Evidence {
        /// How many choices.
        records: u64,
        /// When it is thrown away.
        until: Timestamp,
    },
    /// What was used up of actions' volumes stays used up; nobody can tell by whom.
    Volumes,
    /// Models follow too, but for [those](crate::Engine::late_models) that do at the next fit.
    Models,
    /// Copies of the store that were made before.
    Backups,
}

impl Kept {
    fn said(&self, words: &Messages) -> String {
        match self {
            Self::Suppressed { entries } => {
                words.count("certificate.suppressed", *entries as u64, &[])
            }
            Self::Evidence { records, until } => {
                let until = until.to_string();
                words.count("certificate.evidence", *records, &[("until", &until)])
            }
            Self::Volumes => words.say("certificate.volumes"),
            Self::Models => words.say("certificate.models"),
            Self::Backups => words.say("certificate.backups"),
        }
    }
}

/// For people to read, in English.
impl fmt::Display for ErasureCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(&Messages::english()))
    }
}

impl ErasureCertificate {
    pub(crate) fn new(
        mut whose: Vec<Pseudonym>,
        erased_at: Timestamp,
        [before, after, learned]: [Hash256; 3],
        erased: Erased,
        kept: Vec<Kept>,
    ) -> Self {
        whose.sort_unstable();
        Self { whose, erased_at, before, after, learned, erased, kept, mark: before }
    }

    fn content(&self) -> Vec<u8> {
        let Self { whose, erased_at, before, after, learned, erased, kept, .. } = self;
        let content = (whose, erased_at, before, after, learned, erased, kept);
        postcard::to_allocvec(&content).unwrap_or_default()
    }

    pub(crate) fn sealed(mut self, key: &ProofKey) -> Self {
        self.mark = key.mark(ProofUse::Certificate, &[&self.content()]);
        self
    }

    /// For people to read, in the words of a [language](crate::Engine::messages).
    #[must_use]
    pub fn to_text(&self, words: &Messages) -> String {
        let Erased { identifiers, events, attributes, choices, contacts, links } = self.erased;
        let at = self.erased_at.to_string();
        let mut lines = vec![
            words.say("certificate.title"),
            words.with("certificate.erased_at", &[("at", &at)]),
            words.say("certificate.pseudonyms"),
        ];
        lines.extend(self.whose.iter().map(|whose| format!("  {whose}")));
        lines.push(words.say("certificate.erased"));
        let counts = [
            ("identifiers", identifiers),
            ("events", events),
            ("attributes", attributes),
            ("choices", choices),
            ("contacts", contacts),
            ("links", links),
        ];
        lines.extend(counts.iter().map(|(what, n)| {
            format!("  - {}: {n}", words.say(&format!("certificate.erased.{what}")))
        }));
        lines.push(words.say("certificate.kept"));
        lines.extend(self.kept.iter().map(|kept| format!("  - {}", kept.said(words))));
        let digests = [
            ("certificate.before", &self.before),
            ("certificate.after", &self.after),
            ("certificate.learned", &self.learned),
            ("certificate.mark", &self.mark),
        ];
        lines.extend(digests.iter().map(|(key, hash)| format!("{}: {hash}", words.say(key))));
        lines.join("\n") + "\n"
    }

    /// Whether this is, word for word, a certificate that was given with the host's key.
    #[must_use]
    pub fn verify(&self, key: &ProofKey) -> bool {
        key.fits(&self.mark, ProofUse::Certificate, &[&self.content()])
    }

    /// Whether nothing stood under the customer's identifiers afterwards. Somebody who dealt
    /// with the host again in the same moment has a new record there.
    #[must_use]
    pub fn nothing_is_left(&self, key: &ProofKey) -> bool {
        key.fits(&self.after, ProofUse::Record, &[&[]])
    }
}
