//! What a piece of data is about.

use std::fmt;
use std::sync::Arc;

use super::id::{check_own, check_text};
use super::named::named;
use crate::error::Result;

/// A category of data. Consent is given per purpose and category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataCategory {
    /// What was bought and returned.
    Purchases,
    /// What was looked at, put into the basket, shared.
    Browsing,
    /// What was searched for.
    Searches,
    /// Visits to stores.
    Visits,
    /// Contacts with support, complaints.
    Service,
    /// Ratings and opinions.
    Opinions,
    /// How offers were answered: opened, clicked, accepted, dismissed.
    Responses,
    /// Age, household, income and the like.
    Demographics,
    /// What the customer said of themselves, and any attribute that the privacy policy puts
    /// into no other category.
    Declared,
    /// Anything that the host's own kinds of events tell, unless mapped elsewhere.
    Other,
    /// What the customer owns: what was registered and disposed of.
    Ownership,
    /// What meters and counters say of the use of something owned.
    Usage,
    /// Posts and reviews, with the topic and the sentiment that the host gives. Special
    /// in the default policy: used only when the customer names it.
    Posts,
    /// Readings of smart devices. Special in the default policy, as posts are.
    Readings,
    /// A category of the host's own.
    Custom(Arc<str>),
}

named!(DataCategory);

impl DataCategory {
    /// Refuses a name that cannot be kept, or that stands for something else.
    pub(crate) fn check(&self) -> Result<()> {
        let Self::Custom(name) = self else { return Ok(()) };
        check_text("category", name)?;
        check_own("category", *self == Self::from_name(name))
    }

    /// The categories that this crate knows by itself, in an order that is part of the
    /// stored format.
    pub const BASE: [Self; 14] = [
        Self::Purchases,
        Self::Browsing,
        Self::Searches,
        Self::Visits,
        Self::Service,
        Self::Opinions,
        Self::Responses,
        Self::Demographics,
        Self::Declared,
        Self::Other,
        Self::Ownership,
        Self::Usage,
        Self::Posts,
        Self::Readings,
    ];

    /// A category of the host's own.
    #[must_use]
    pub fn custom(name: impl Into<Arc<str>>) -> Self {
        Self::from_name(&name.into())
    }

    /// The stable name of this category.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Purchases => "purchases",
            Self::Browsing => "browsing",
            Self::Searches => "searches",
            Self::Visits => "visits",
            Self::Service => "service",
            Self::Opinions => "opinions",
            Self::Responses => "responses",
            Self::Demographics => "demographics",
            Self::Declared => "declared",
            Self::Other => "other",
            Self::Ownership => "ownership",
            Self::Usage => "usage",
            Self::Posts => "posts",
            Self::Readings => "readings",
            Self::Custom(name) => name,
        }
    }

    /// Its nearest data category in fideslang 3; none of the host's own.
    #[must_use]
    pub fn fideslang(&self) -> Option<&'static str> {
        Some(match self {
            Self::Purchases | Self::Ownership => "user.behavior.purchase_history",
            Self::Browsing => "user.behavior.browsing_history",
            Self::Searches => "user.behavior.search_history",
            Self::Visits => "user.location.imprecise",
            Self::Service | Self::Opinions | Self::Responses | Self::Other => "user.behavior",
            Self::Demographics => "user.demographic",
            Self::Declared => "user.account.settings",
            Self::Usage => "user.telemetry",
            Self::Posts => "user.content.public",
            Self::Readings => "user.sensor",
            Self::Custom(_) => return None,
        })
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::BASE
            .into_iter()
            .find(|c| c.name() == name)
            .unwrap_or_else(|| Self::Custom(name.into()))
    }
}

impl fmt::Display for DataCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}
