//! What became of a consent.

use serde::{Deserialize, Serialize};

/// The state of a customer's consent to a purpose: the ten of the W3C Data Privacy
/// Vocabulary 2.3 (consent status). Two of them allow.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Nothing is known: the customer was never asked, or did not answer.
    #[default]
    Unknown,
    /// The customer was asked and has not answered yet.
    Requested,
    /// The customer put the answer off.
    RequestDeferred,
    /// The customer said no.
    Refused,
    /// The customer said yes.
    Given,
    /// The customer said yes once more.
    RenewedGiven,
    /// It was given for so long, and not renewed.
    Expired,
    /// It was found not to be valid: not informed, not free, not the customer's own.
    Invalidated,
    /// Somebody else than the customer ended it: the host, a court.
    Revoked,
    /// The customer said yes and then no.
    Withdrawn,
}

impl ConsentState {
    /// Whether data may be used in this state.
    #[must_use]
    pub fn is_valid(self) -> bool {
        matches!(self, Self::Given | Self::RenewedGiven)
    }

    /// What it means, in words for the customer.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Unknown => "never asked",
            Self::Requested => "asked",
            Self::RequestDeferred => "put off",
            Self::Refused => "no",
            Self::Given => "yes",
            Self::RenewedGiven => "yes, once more",
            Self::Expired => "ran out",
            Self::Invalidated => "was not valid",
            Self::Revoked => "ended by us",
            Self::Withdrawn => "no more",
        }
    }
}
