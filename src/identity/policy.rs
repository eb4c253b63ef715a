//! The host's rules for identifiers: which kinds say who somebody is, which outrank
//! which, how many of a kind a customer has, and which values are nobody's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{Identifier, IdentifierKind};

/// How the identifiers of customers are joined.
///
/// Every [`IdentifierKind`] has four rules. A kind is *personal* if it says who somebody
/// is; two customers who both hold a personal identifier are never made one by an
/// impersonal one. The *order* says which kinds are the stronger evidence; the personal
/// ones always come first. The *limit* says how many of a kind one customer has at most;
/// beyond it, the ones with the oldest ties stay apart. And some values are *blocked*:
/// they stand for nobody. What the policy does not say, is as usual:
///
/// | kind, the strongest first | personal | limit |
/// |---|---|---|
/// | customer number | yes | 1 |
/// | loyalty card | yes | 5 |
/// | e-mail | yes | 5 |
/// | phone | yes | 5 |
/// | payment token | no | 10 |
/// | device | no | 20 |
/// | cookie | no | 100 |
/// | the host's own, all alike | no | 5 |
///
/// Spaces around a value do not count, nor does the case of an e-mail address, nor what
/// structures a phone number: `0049 (30) 12-34` is `+49301234`. Blocked for every kind,
/// in any case, are values without a letter or a digit other than zero
/// (`00000000-0000-0000-0000-000000000000`), words for nobody and nothing (`null`,
/// `undefined`, `anonymous`, `guest`, `-1` and the like), and the name of the kind
/// itself.
///
/// ```
/// use confidant::{IdentifierKind, IdentityPolicy};
///
/// let student = IdentifierKind::Custom("student_card".into());
/// let policy = IdentityPolicy::new()
///     .personal(student.clone())
///     .limit(student.clone(), 1)
///     .order([IdentifierKind::Customer, student])
///     .block(IdentifierKind::Email, "tester@shop.example")
///     .block_everywhere("abc123");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityPolicy {
    order: Vec<IdentifierKind>,
    personal: BTreeMap<IdentifierKind, bool>,
    limits: BTreeMap<IdentifierKind, u32>,
    blocked: BTreeMap<IdentifierKind, BTreeSet<Arc<str>>>,
    blocked_everywhere: BTreeSet<Arc<str>>,
}

/// How strong the evidence of a kind is; the least is the strongest.
///
/// The personal kinds come first, so that who is known is settled before any device is
/// looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    impersonal: bool,
    place: usize,
}

impl Rank {
    pub(crate) fn personal(self) -> bool {
        !self.impersonal
    }
}

/// The kinds in their usual order, the strongest first.
const ORDER: [IdentifierKind; 7] = [
    IdentifierKind::Customer,
    IdentifierKind::LoyaltyCard,
    IdentifierKind::Email,
    IdentifierKind::Phone,
    IdentifierKind::PaymentToken,
    IdentifierKind::Device,
    IdentifierKind::Cookie,
];

/// What programs write where there is no identifier.
const NOBODY: [&str; 21] = [
    "-1",
    "(null)",
    "[object object]",
    "anonymous",
    "false",
    "guest",
    "id",
    "n/a",
    "nan",
    "nil",
    "no_user",
    "none",
    "not_authenticated",
    "null",
    "true",
    "undefined",
    "unknown",
    "user",
    "user_id",
    "userid",
    "void",
];

impl IdentityPolicy {
    /// The usual policy.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These kinds are the strongest, in this order; the others follow in the usual one.
    #[must_use]
    pub fn order(mut self, kinds: impl IntoIterator<Item = IdentifierKind>) -> Self {
        self.order = kinds.into_iter().collect();
        self
    }

    /// Identifiers of this kind say who somebody is.
    #[must_use]
    pub fn personal(mut self, kind: IdentifierKind) -> Self {
        self.personal.insert(kind, true);
        self
    }

    /// Identifiers of this kind may be used by several people.
    #[must_use]
    pub fn impersonal(mut self, kind: IdentifierKind) -> Self {
        self.personal.insert(kind, false);
        self
    }

    /// A customer has at most so many identifiers of this kind, and at least one.
    #[must_use]
    pub fn limit(mut self, kind: IdentifierKind, most: u32) -> Self {
        self.limits.insert(kind, most);
        self
    }

    /// This value is nobody's identifier of this kind, whatever its case: the tester's
    /// e-mail address, the phone number of the shop.
    #[must_use]
    pub fn block(mut self, kind: IdentifierKind, value: impl AsRef<str>) -> Self {
        let value = plain(&normal(&kind, value.as_ref())).into();
        self.blocked.entry(kind).or_default().insert(value);
        self
    }

    /// This value is nobody's identifier of any kind, whatever its case. A phone number
    /// is blocked as one, with [`block`](Self::block).
    #[must_use]
    pub fn block_everywhere(mut self, value: impl AsRef<str>) -> Self {
        self.blocked_everywhere.insert(plain(value.as_ref()).into());
        self
    }

    /// The identifier as it is kept and compared. It may be empty, or longer than it was.
    pub(crate) fn normal<'a>(&self, identifier: &'a Identifier) -> Cow<'a, Identifier> {
        match normal(identifier.kind(), identifier.value()) {
            Cow::Borrowed(same) if same.len() == identifier.value().len() => {
                Cow::Borrowed(identifier)
            }
            value => Cow::Owned(Identifier::new(identifier.kind().clone(), value)),
        }
    }

    /// Whether this identifier, in its normal form, is nobody's.
    pub(crate) fn refuses(&self, identifier: &Identifier) -> bool {
        let value = plain(identifier.value());
        let value = value.as_ref();
        let tells = |c: char| c.is_alphanumeric() && c != '0';
        !value.chars().any(tells)
            || NOBODY.contains(&value)
            || value == identifier.kind().name()
            || self.blocked_everywhere.contains(value)
            || self.blocked.get(identifier.kind()).is_some_and(|own| own.contains(value))
    }

    /// Refuses an identifier, in its normal form, that is nobody's.
    pub(crate) fn check_value(&self, field: &'static str, identifier: &Identifier) -> Result<()> {
        if !self.refuses(identifier) {
            return Ok(());
        }
        Err(Error::input(
            field,
            format!(
                "`{field}` is a value that stands for nobody, such as `null` or zeros, or one \
                 that the identity policy blocks: expected one customer's identifier, or none"
            ),
        ))
    }

    pub(crate) fn rank(&self, kind: &IdentifierKind) -> Rank {
        let usual = || ORDER.iter().position(|k| k == kind).unwrap_or(ORDER.len());
        let place = self.order.iter().position(|k| k == kind);
        let place = place.unwrap_or_else(|| self.order.len() + usual());
        Rank { impersonal: !self.is_personal(kind), place }
    }

    /// Whether an identifier of this kind says who somebody is.
    pub(crate) fn is_personal(&self, kind: &IdentifierKind) -> bool {
        use IdentifierKind::{Customer, Email, LoyaltyCard, Phone};
        let usual = || matches!(kind, Customer | LoyaltyCard | Email | Phone);
        self.personal.get(kind).copied().unwrap_or_else(usual)
    }

    /// How many identifiers of this kind a customer has at most.
    pub(crate) fn limit_of(&self, kind: &IdentifierKind) -> u32 {
        let usual = || match kind {
            IdentifierKind::Customer => 1,
            IdentifierKind::PaymentToken => 10,
            IdentifierKind::Device => 20,
            IdentifierKind::Cookie => 100,
            _ => 5,
        };
        self.limits.get(kind).copied().unwrap_or_else(usual)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.limits.values().any(|limit| *limit == 0) {
            return Err(Error::configuration(
                "the identity policy has a limit of 0: expected at least 1 of a kind",
            ));
        }
        let distinct: BTreeSet<_> = self.order.iter().collect();
        if distinct.len() < self.order.len() {
            return Err(Error::configuration(
                "the identity policy's order names a kind twice: expected every kind once",
            ));
        }
        let own = self.blocked.iter().flat_map(|(kind, own)| own.iter().map(move |v| (kind, v)));
        let mut blocked = own.map(|(kind, value)| (value, normal(kind, value)));
        let mut everywhere = self.blocked_everywhere.iter();
        if blocked.any(|(value, normal)| plain(&normal) != value.as_ref())
            || everywhere.any(|value| plain(value) != value.as_ref())
        {
            return Err(Error::configuration(
                "the identity policy blocks a value that no identifier has: expected it trimmed, \
                 in lower case, and a phone number without spaces",
            ));
        }
        let named = self.personal.keys().chain(self.limits.keys()).chain(self.blocked.keys());
        named.chain(&self.order).try_for_each(|kind| Identifier::new(kind.clone(), "-").check("-"))
    }
}

/// A value as it is kept and compared.
fn normal<'a>(kind: &IdentifierKind, value: &'a str) -> Cow<'a, str> {
    let value = value.trim();
    match kind {
        IdentifierKind::Email => lower(value),
        IdentifierKind::Phone => phone(value),
        _ => value.into(),
    }
}

/// A phone number without what only structures it, and with `+` for `00`.
fn phone(value: &str) -> Cow<'_, str> {
    let structures = |c: char| {
        let dash = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        dash || matches!(c, '.' | '/' | '(' | ')') || c.is_whitespace()
    };
    let number: Cow<'_, str> = if value.contains(structures) {
        value.replace(structures, "").into()
    } else {
        value.into()
    };
    match number.strip_prefix("00") {
        Some(rest) => format!("+{rest}").into(),
        None => number,
    }
}

fn lower(value: &str) -> Cow<'_, str> {
    if value.contains(char::is_uppercase) { value.to_lowercase().into() } else { value.into() }
}

/// A value as blocked ones are compared: as if no program had quoted it.
fn plain(value: &str) -> Cow<'_, str> {
    lower(value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')))
}
