//! The host's rules for identifiers: which kinds say who somebody is, which outrank
//! which, how many of a kind a customer has, and which values are nobody's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
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
/// | phone | no | 5 |
/// | payment token | no | 10 |
/// | device | no | 20 |
/// | cookie | no | 100 |
/// | the host's own, all alike | no | 5 |
///
/// A phone is no person: a landline is shared by those who live there. A host that knows
/// mobile numbers only says `.personal(IdentifierKind::Phone)`.
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
    households: BTreeSet<IdentifierKind>,
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

    /// Customers who share an identifier of this kind live together: an address, a payment
    /// token. The kind is impersonal. See
    /// [`Engine::household`](crate::Engine::household).
    #[must_use]
    pub fn household(mut self, kind: IdentifierKind) -> Self {
        self.households.insert(kind);
        self
    }

    /// Whether customers who share an identifier of this kind live together.
    pub(crate) fn groups(&self, kind: &IdentifierKind) -> bool {
        self.households.contains(kind)
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
        use IdentifierKind::{Customer, Email, LoyaltyCard};
        let usual = || matches!(kind, Customer | LoyaltyCard | Email);
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
        if self.households.iter().any(|kind| self.is_personal(kind)) {
            return Err(Error::configuration(
                "the identity policy has households of a personal kind: expected an impersonal \
                 one, which several customers may have",
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
                 in lower case, and a phone number without spaces or dashes",
            ));
        }
        let named = self.personal.keys().chain(self.limits.keys()).chain(self.blocked.keys());
        let mut named = named.chain(&self.order).chain(&self.households);
        named
            .try_for_each(|kind| Identifier::new(kind.clone(), "-").check("identifier"))
            .map_err(|error| error.of_kind(ErrorKind::InvalidConfiguration))
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

/// A phone number without what only structures it, and with `+` for `00`. What is no
/// number stays as it is, so that `n/a` and `-1` are still seen to be nobody's.
fn phone(value: &str) -> Cow<'_, str> {
    let structures = |c: char| {
        let dash = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        dash || matches!(c, '.' | '/' | '(' | ')') || c.is_whitespace()
    };
    let counts = |c: char| c == '+' || c.is_ascii_digit();
    let begins = value.starts_with(|c| counts(c) || c == '(');
    if !begins || !value.chars().all(|c| counts(c) || structures(c)) {
        return value.into();
    }
    let number: Cow<'_, str> = match value.contains(structures) {
        true => value.replace(structures, "").into(),
        false => value.into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: IdentifierKind, value: &str) -> Identifier {
        Identifier::new(kind, value)
    }

    #[test]
    fn values_have_one_form() {
        use IdentifierKind::{Customer, Email, LoyaltyCard, Phone};
        let policy = IdentityPolicy::new();
        let cases = [
            (Customer, "A-1", "A-1"),
            (Customer, " A-1\u{a0}", "A-1"),
            (LoyaltyCard, "47 11", "47 11"),
            (Email, " Ana.B@Shop.Example ", "ana.b@shop.example"),
            (Email, "\u{c9}va@shop.example", "\u{e9}va@shop.example"),
            (Phone, "+49301234", "+49301234"),
            (Phone, "0049 (30) 12-34", "+49301234"),
            (Phone, "+49.30/12\u{2013}34 ", "+49301234"),
            (Phone, "030 12 34", "0301234"),
            (Phone, "(030) 1234", "0301234"),
            (Phone, " Ana at home ", "Ana at home"),
            (Phone, " - ", "-"),
            (Email, " ", ""),
        ];
        for (kind, given, kept) in cases {
            let given = id(kind.clone(), given);
            let normal = policy.normal(&given);
            assert_eq!(normal.value(), kept);
            assert_eq!(normal.kind(), &kind);
            let same = matches!(normal, Cow::Borrowed(_));
            assert_eq!(same, given.value() == kept, "only what changes is written anew: {kept}");
            assert_eq!(policy.normal(&normal).value(), kept, "the normal form is its own");
        }
    }

    #[test]
    fn some_values_are_nobodys() {
        let policy = IdentityPolicy::new();
        let kinds = IdentifierKind::BASE.into_iter().chain([IdentifierKind::Custom("car".into())]);
        let nobody = [
            "null",
            "NULL",
            "Anonymous",
            "[object Object]",
            "n/a",
            "'null'",
            "\"undefined\"",
            "-1",
            "0",
            "000000",
            "00000000-0000-0000-0000-000000000000",
            "00:00:00",
            "--",
            "+0",
        ];
        for kind in kinds {
            for value in nobody.into_iter().chain([kind.name()]) {
                let given = id(kind.clone(), value);
                assert!(policy.refuses(&policy.normal(&given)), "{value} of {}", kind.name());
            }
            for value in ["1", "100", "nullify", "0x1", "guest-7", "\u{65e5}\u{672c}"] {
                assert!(!policy.refuses(&id(kind.clone(), value)), "{value} of {}", kind.name());
            }
        }
        let error = policy.check_value("customer", &"null".into()).unwrap_err();
        assert_eq!(error.field(), Some("customer"));
        assert!(policy.check_value("customer", &"ana".into()).is_ok());
    }

    #[test]
    fn the_host_blocks_its_own() {
        let phone = |value: &str| id(IdentifierKind::Phone, value);
        let policy = IdentityPolicy::new()
            .block(IdentifierKind::Email, " Tester@Shop.Example")
            .block(IdentifierKind::Phone, "0049 30 1234")
            .block_everywhere("ABC123");
        policy.check().unwrap();
        let refuses = |given: Identifier| policy.refuses(&policy.normal(&given));
        assert!(refuses(id(IdentifierKind::Email, "TESTER@shop.example")));
        assert!(!refuses("tester@shop.example".into()), "of that kind alone");
        assert!(refuses(phone("+49 (30) 1234")) && !refuses(phone("+49 30 1235")));
        assert!(refuses("Abc123".into()) && refuses(id(IdentifierKind::Cookie, " abc123")));
    }

    #[test]
    fn what_is_personal_comes_first() {
        use IdentifierKind::{Cookie, Customer, Device, Email, LoyaltyCard, PaymentToken, Phone};
        let own = |name: &str| IdentifierKind::Custom(name.into());
        let sorted = |policy: &IdentityPolicy| {
            let mut kinds: Vec<_> = IdentifierKind::BASE.into();
            kinds.extend([own("car"), own("student_card")]);
            kinds.sort_by_key(|kind| policy.rank(kind));
            kinds
        };
        let usual = [Customer, LoyaltyCard, Email, Phone, PaymentToken, Device, Cookie];
        let usual = usual.into_iter().chain([own("car"), own("student_card")]);
        assert_eq!(sorted(&IdentityPolicy::new()), usual.collect::<Vec<_>>());
        let policy = IdentityPolicy::new()
            .order([own("student_card"), Device, Email])
            .personal(own("student_card"))
            .impersonal(LoyaltyCard);
        let student = own("student_card");
        let first = [student, Email, Customer, Device, LoyaltyCard, Phone, PaymentToken, Cookie];
        assert_eq!(sorted(&policy), first.into_iter().chain([own("car")]).collect::<Vec<_>>());
        assert_eq!(policy.rank(&own("car")), policy.rank(&own("boat")));
    }

    #[test]
    fn a_policy_that_cannot_work_is_refused() {
        let policy = IdentityPolicy::new;
        let own = |name: &str| IdentifierKind::Custom(name.into());
        let wrong = [
            policy().limit(IdentifierKind::Device, 0),
            policy().order([IdentifierKind::Email, IdentifierKind::Email]),
            policy().personal(own("email")),
            policy().limit(own(""), 1),
            policy().order([own("a\nb")]),
            policy().block(own("cookie"), "x"),
            serde_json::from_str(r#"{"blocked": {"email": ["A@x"]}}"#).unwrap(),
            serde_json::from_str(r#"{"blocked": {"phone": ["00 49"]}}"#).unwrap(),
            serde_json::from_str(r#"{"blocked_everywhere": ["A"]}"#).unwrap(),
        ];
        for policy in wrong {
            let kind = policy.check().unwrap_err().kind();
            assert_eq!(kind, crate::error::ErrorKind::InvalidConfiguration, "{policy:?}");
        }
    }

    #[test]
    fn a_policy_is_data() {
        let policy = IdentityPolicy::new()
            .order([IdentifierKind::Email])
            .personal(IdentifierKind::Custom("student_card".into()))
            .limit(IdentifierKind::Device, 3)
            .block(IdentifierKind::Email, "tester@shop.example")
            .block_everywhere("abc123");
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<IdentityPolicy>(&json).unwrap(), policy);
        let bytes = postcard::to_allocvec(&policy).unwrap();
        assert_eq!(postcard::from_bytes::<IdentityPolicy>(&bytes).unwrap(), policy);
        let usual: IdentityPolicy = serde_json::from_str("{}").unwrap();
        assert_eq!(usual, IdentityPolicy::new());
        usual.check().unwrap();
    }
}
