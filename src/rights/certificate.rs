//! What somebody who was erased gets in the hand: that it was done, and what is kept and why.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// Models that were fitted before follow at the next fit.
    Models,
    /// Copies of the store that were made before.
    Backups,
}

impl Kept {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Suppressed { entries } => write!(
                f,
                "{entries} pseudonyms with the time of erasure, so that nothing comes back with \
                 late data or bought lists"
            ),
            Self::Evidence { records, until } => write!(
                f,
                "{records} choices under a pseudonym until {until}, as evidence of what was \
                 consented to (GDPR 7(1), 17(3)(e))"
            ),
            Self::Volumes => {
                f.write_str("how often offers were given in all, attributed to nobody")
            }
            Self::Models => f.write_str("models fitted before, until they are fitted anew"),
            Self::Backups => f.write_str(
                "backups made before, unless the store keeps each customer under a key of its \
                 own: then that is destroyed",
            ),
        }
    }
}

/// For people to read.
impl fmt::Display for ErasureCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Erased { identifiers, events, attributes, choices, contacts, links } = self.erased;
        writeln!(f, "Certificate of erasure")?;
        writeln!(f, "Erased at {}. What happened up to then is refused.", self.erased_at)?;
        writeln!(f, "Pseudonyms:")?;
        self.whose.iter().try_for_each(|whose| writeln!(f, "  {whose}"))?;
        writeln!(
            f,
            "Erased: {identifiers} identifiers, {events} events, {attributes} attribute values, \
             {choices} choices, {contacts} contacts, {links} links."
        )?;
        writeln!(f, "Kept:")?;
        for kept in &self.kept {
            f.write_str("  - ")?;
            kept.write(f)?;
            writeln!(f)?;
        }
        writeln!(f, "Record before: {}", self.before)?;
        writeln!(f, "Record after:  {}", self.after)?;
        writeln!(f, "Taken out of statistics: {}", self.learned)?;
        writeln!(f, "Mark: {}", self.mark)
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
