//! Why something is not allowed, in a word that a host can count and a customer can read.

use serde::{Deserialize, Serialize};

use crate::types::{ConsentState, Level};

/// Why a purpose is not allowed, or may not use data of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Denial {
    /// The customer's data are kept and not used (GDPR 18).
    Restricted,
    /// The customer's level is lower than this one, which the purpose needs.
    Level(Level),
    /// No consent is valid: it is in this state.
    Consent(ConsentState),
    /// The policy does not foresee the category for the purpose.
    NotForeseen,
    /// The category is special, and the customer did not name it.
    Special,
    /// The customer allows the purpose for other categories only.
    NotNamed,
    /// The customer objects (GDPR 21).
    Objected,
    /// The purpose is for adults, and the customer is not known to be one.
    Adults,
    /// The customer is a child, and nobody with parental responsibility said yes (GDPR 8).
    Guardian,
    /// The customer said yes, but not in express words, which the purpose needs.
    NotExplicit,
}
