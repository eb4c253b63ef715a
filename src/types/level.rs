//! How far the customer lets it go.

use serde::{Deserialize, Serialize};

/// How personal the service may be: chosen by the customer, an upper bound on what
/// purposes may do and never a grant of any.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The same for everybody.
    Off,
    /// This visit only; nothing is stored for personalisation.
    #[default]
    Contextual,
    /// What I did may shape what I see.
    OwnHistory,
    /// What I did may also shape what others see.
    Collaborative,
}

impl Level {
    /// What this level means, in words for the customer.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Off => "the same for everybody",
            Self::Contextual => "this visit only",
            Self::OwnHistory => "my own history",
            Self::Collaborative => "my history, also to help others choose",
        }
    }
}
