//! Why data may be kept.

use serde::{Deserialize, Serialize};

/// Why data of a category may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Because the customer allows a purpose that uses them (GDPR 6(1)(a)).
    Consent,
    /// Because the contract needs them: the sale, the return, the complaint
    /// (GDPR 6(1)(b)). They are kept without consent, and still no purpose sees them
    /// without one.
    Contract,
}
