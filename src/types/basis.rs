//! Why data may be kept, and used.

use serde::{Deserialize, Serialize};

/// A lawful basis (GDPR 6, 9; ePrivacy 13). Of a data category it says why data are
/// kept; of a purpose, why they may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Because the customer allows it (GDPR 6(1)(a)).
    Consent,
    /// Because the contract needs them: the sale, the return, the complaint
    /// (GDPR 6(1)(b)). Data that are kept on it are kept without consent, and still no
    /// purpose sees them that rests on another basis.
    Contract,
    /// Because the customer says so in express words (GDPR 9(2)(a)): a consent counts
    /// only where it was given [explicitly](crate::ConsentChange::explicitly).
    ExplicitConsent,
    /// Because a law demands it (GDPR 6(1)(c)): books, invoices, recalls.
    LegalObligation,
    /// Because the host has an interest that outweighs the customer's (GDPR 6(1)(f)). It
    /// needs no word of the customer's, and ends with an objection (GDPR 21).
    LegitimateInterest,
    /// Because a customer gave their address in a sale and was offered to refuse
    /// (ePrivacy 13(2)): messages about similar goods, until they refuse. The host says
    /// that it was so with [`soft_opt_in`](crate::ConsentChange::soft_opt_in).
    SoftOptIn,
}

impl Basis {
    /// Whether it is the customer's own yes.
    #[must_use]
    pub fn is_consent(self) -> bool {
        matches!(self, Self::Consent | Self::ExplicitConsent)
    }

    /// Whether nobody has to be asked and nobody can object: data are kept or used as
    /// long as they are needed for it.
    #[must_use]
    pub fn is_needed(self) -> bool {
        matches!(self, Self::Contract | Self::LegalObligation)
    }

    /// Its name in the W3C Data Privacy Vocabulary 2.3 (legal bases, consent types).
    #[must_use]
    pub fn dpv(self) -> &'static str {
        match self {
            Self::Consent => "dpv:Consent",
            Self::Contract => "dpv:Contract",
            Self::ExplicitConsent => "dpv:ExplicitlyExpressedConsent",
            Self::LegalObligation => "dpv:LegalObligation",
            // A rule of its own in ePrivacy; the vocabulary has no word for it.
            Self::LegitimateInterest | Self::SoftOptIn => "dpv:LegitimateInterest",
        }
    }
}
