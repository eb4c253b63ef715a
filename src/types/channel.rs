//! Where a customer and the host meet.

use std::sync::Arc;

use super::id::{check_own, check_text};
use super::named::named;
use crate::error::Result;

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The web shop.
    Web,
    /// The app.
    App,
    /// E-mail.
    Email,
    /// Text message.
    Sms,
    /// Push notification.
    Push,
    /// A shop with a door: the till, the staff.
    Store,
    /// The call centre, when the customer calls.
    CallCentre,
    /// A messenger.
    Messenger,
    /// A channel of the host's own, as `direct_mail`.
    Custom(Arc<str>),
}

named!(Channel);

impl Channel {
    /// The channels that this crate knows by itself. The order is part of the stored
    /// format.
    pub const BASE: [Self; 8] = [
        Self::Web,
        Self::App,
        Self::Email,
        Self::Sms,
        Self::Push,
        Self::Store,
        Self::CallCentre,
        Self::Messenger,
    ];

    /// Refuses a name that cannot be kept, or that stands for something else.
    pub(crate) fn check(&self) -> Result<()> {
        let Self::Custom(name) = self else { return Ok(()) };
        check_text("channel", name)?;
        check_own("channel", *self == Self::from_name(name))
    }

    /// A channel of the host's own.
    #[must_use]
    pub fn custom(name: impl Into<Arc<str>>) -> Self {
        Self::from_name(&name.into())
    }

    /// Whether the host reaches out here, so that the customer must have allowed
    /// direct marketing, and contact caps and quiet hours hold. On the others the
    /// customer came by their own will. A channel of the host's own counts as one
    /// where the host reaches out.
    #[must_use]
    pub fn reaches_out(&self) -> bool {
        !matches!(self, Self::Web | Self::App | Self::Store | Self::CallCentre)
    }

    /// The stable name of this channel.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Web => "web",
            Self::App => "app",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
            Self::Store => "store",
            Self::CallCentre => "call_centre",
            Self::Messenger => "messenger",
            Self::Custom(name) => name,
        }
    }

    /// The channel of a stable name; a name that is none of ours is the host's own.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::BASE
            .into_iter()
            .find(|c| c.name() == name)
            .unwrap_or_else(|| Self::Custom(name.into()))
    }
}
