//! How a customer is known: a number, a card, an address, a device.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::id::{check_own, check_text};
use super::named::named;
use crate::error::Result;

/// One way in which a customer is known to the host.
///
/// A plain text is the host's own customer number:
///
/// ```
/// use confidant::{Identifier, IdentifierKind};
///
/// let number: Identifier = "ana".into();
/// assert_eq!(number.kind(), &IdentifierKind::Customer);
/// let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
/// assert_ne!(number, card);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    kind: IdentifierKind,
    value: SmolStr,
}

/// What kind of [`Identifier`] it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// The host's own customer number.
    Customer,
    /// A loyalty card.
    LoyaltyCard,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A device, as an app knows it.
    Device,
    /// A browser cookie.
    Cookie,
    /// A payment token.
    PaymentToken,
    /// A kind of the host's own.
    Custom(Arc<str>),
}

impl Identifier {
    /// An identifier of a kind.
    #[must_use]
    pub fn new(kind: IdentifierKind, value: impl AsRef<str>) -> Self {
        Self { kind, value: SmolStr::new(value) }
    }

    /// What kind of identifier it is.
    #[must_use]
    pub fn kind(&self) -> &IdentifierKind {
        &self.kind
    }

    /// The value, as the host gave it.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The kind and the value as one text; no name holds what stands between them.
    pub(crate) fn as_text(&self) -> String {
        format!("{}\u{1f}{}", self.kind.name(), self.value)
    }

    /// The identifier of such a text.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (kind, value) = text.split_once('\u{1f}')?;
        Some(Self::new(IdentifierKind::from_name(kind), value))
    }

    pub(crate) fn check(&self, field: &'static str) -> Result<()> {
        if let IdentifierKind::Custom(name) = &self.kind {
            check_text("identifier kind", name)?;
            check_own("identifier kind", self.kind == IdentifierKind::from_name(name))?;
        }
        check_text(field, &self.value)
    }
}

impl<T: AsRef<str>> From<T> for Identifier {
    fn from(number: T) -> Self {
        Self::new(IdentifierKind::Customer, number)
    }
}

impl From<&Identifier> for Identifier {
    fn from(identifier: &Identifier) -> Self {
        identifier.clone()
    }
}

named!(IdentifierKind);

impl IdentifierKind {
    /// The kinds that this crate knows by itself. The order is part of the stored format.
    pub const BASE: [Self; 7] = [
        Self::Customer,
        Self::LoyaltyCard,
        Self::Email,
        Self::Phone,
        Self::Device,
        Self::Cookie,
        Self::PaymentToken,
    ];

    /// The stable name of this kind, as in stored keys and in JSON.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Customer => "customer",
            Self::LoyaltyCard => "loyalty_card",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Device => "device",
            Self::Cookie => "cookie",
            Self::PaymentToken => "payment_token",
            Self::Custom(name) => name,
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::BASE
            .into_iter()
            .find(|k| k.name() == name)
            .unwrap_or_else(|| Self::Custom(name.into()))
    }
}

/// By hand: the derived one would print a card number or an address into the host's logs.
impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}, ..)", self.kind.name())
    }
}
