//! What data may be used for.

use std::fmt;
use std::sync::Arc;

use super::id::{check_own, check_text};
use super::named::named;
use crate::error::Result;

/// A purpose that a customer can allow, each on its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Use what happens in the present visit, during that visit (IAB TCF purposes 2, 11).
    /// Needs no consent; the customer can object to it.
    Contextual,
    /// Use my own history to choose what I am shown (TCF 5, 6).
    Personalisation,
    /// Reach out to me with offers: e-mail, text message, push, messenger (GDPR 21).
    DirectMarketing,
    /// Let my history shape what others are shown (TCF 10).
    CollaborativeLearning,
    /// Join what you know of me under different identifiers (TCF features 1, 2).
    IdentityLinking,
    /// Join what the till knows of me with the rest (TCF feature 1): needed, beside
    /// identity linking, for links that come from a store.
    OfflineMatch,
    /// A purpose of the host's own.
    Custom(Arc<str>),
}

named!(Purpose);

impl Purpose {
    /// Refuses a name that cannot be kept, or that stands for something else.
    pub(crate) fn check(&self) -> Result<()> {
        let Self::Custom(name) = self else { return Ok(()) };
        check_text("purpose", name)?;
        check_own("purpose", *self == Self::from_name(name))
    }

    /// The purposes that this crate knows by itself, in an order that is part of the
    /// stored format.
    pub const BASE: [Self; 6] = [
        Self::Contextual,
        Self::Personalisation,
        Self::DirectMarketing,
        Self::CollaborativeLearning,
        Self::IdentityLinking,
        Self::OfflineMatch,
    ];

    /// A purpose of the host's own.
    #[must_use]
    pub fn custom(name: impl Into<Arc<str>>) -> Self {
        Self::from_name(&name.into())
    }

    /// The stable name of this purpose.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Contextual => "contextual",
            Self::Personalisation => "personalisation",
            Self::DirectMarketing => "direct_marketing",
            Self::CollaborativeLearning => "collaborative_learning",
            Self::IdentityLinking => "identity_linking",
            Self::OfflineMatch => "offline_match",
            Self::Custom(name) => name,
        }
    }

    /// What it means, in words for the customer.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Contextual => "the use of your visit".to_owned(),
            Self::Personalisation => "the use of your history".to_owned(),
            Self::DirectMarketing => "our messages".to_owned(),
            Self::CollaborativeLearning => "learning from you for others".to_owned(),
            Self::IdentityLinking => "the joining of your cards and devices".to_owned(),
            Self::OfflineMatch => "the use of what you buy in our stores".to_owned(),
            Self::Custom(name) => name.replace('_', " "),
        }
    }

    /// Its nearest term in the W3C Data Privacy Vocabulary 2.3; none of the host's own.
    #[must_use]
    pub fn dpv(&self) -> Option<&'static str> {
        Some(match self {
            Self::Contextual => "dpv:UserInterfacePersonalisation",
            Self::Personalisation => "dpv:ProvidePersonalisedRecommendations",
            Self::DirectMarketing => "dpv:DirectMarketing",
            Self::CollaborativeLearning => "dpv:ServiceOptimisation",
            Self::IdentityLinking | Self::OfflineMatch => "dpv:ServicePersonalisation",
            Self::Custom(_) => return None,
        })
    }

    /// Its data use in fideslang 3; none of the host's own.
    #[must_use]
    pub fn fideslang(&self) -> Option<&'static str> {
        Some(match self {
            Self::Contextual => "personalize.content.limited",
            Self::Personalisation => "personalize.content.profiled",
            Self::DirectMarketing => "marketing.communications",
            Self::CollaborativeLearning => "train_ai_system",
            Self::IdentityLinking | Self::OfflineMatch => "personalize.content.profiling",
            Self::Custom(_) => return None,
        })
    }

    /// The purposes of the IAB Transparency and Consent Framework 2.2 that it covers, by
    /// number. Identity linking and offline match are features there, and no purposes.
    #[must_use]
    pub fn tcf(&self) -> &'static [u8] {
        match self {
            Self::Contextual => &[2, 11],
            Self::Personalisation => &[5, 6],
            Self::CollaborativeLearning => &[10],
            _ => &[],
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::BASE
            .into_iter()
            .find(|p| p.name() == name)
            .unwrap_or_else(|| Self::Custom(name.into()))
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}
