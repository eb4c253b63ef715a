//! The host's privacy policy: which data are kept on what basis, and what each
//! purpose may use. It is data, and the same data that are enforced.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::notice::{Notice, Notices};
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::numeric::{self, Digest};
use crate::types::{Basis, ConsentState, DataCategory, Level, Purpose, Timestamp};

/// A set of data categories, as bits by their number in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Categories(u64);

impl Categories {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn one(number: usize) -> Self {
        Self(1u64.checked_shl(number as u32).unwrap_or(0))
    }

    pub(crate) fn has(self, number: usize) -> bool {
        self.covers(Self::one(number)) && number < 64
    }

    pub(crate) fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What the host keeps, on what basis, and what each purpose may use.
///
/// The default keeps purchases, returns, service contacts and what is owned by contract
/// and all else by consent; posts and readings of devices are special; personalisation and collaborative learning may use every category that
/// is not special.
///
/// ```
/// use confidant::{Basis, DataCategory, PrivacyPolicy};
///
/// let health = DataCategory::custom("health");
/// let policy = PrivacyPolicy::new()
///     .category(health.clone(), Basis::Consent)
///     .special(health.clone())
///     .kind("bought_prescription", health)
///     .attribute("age", DataCategory::Demographics);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivacyPolicy {
    categories: Vec<CategoryRule>,
    kinds: BTreeMap<Arc<str>, DataCategory>,
    attributes: BTreeMap<Arc<str>, DataCategory>,
    purposes: BTreeMap<Purpose, PurposeRule>,
    notices: Notices,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CategoryRule {
    category: DataCategory,
    basis: Basis,
    special: bool,
    /// For how long after it happened; for ever, if nothing is said.
    keep: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PurposeRule {
    level: Level,
    /// `None`: every category, special ones only when named by the customer.
    categories: Option<Vec<DataCategory>>,
    /// For how long a consent holds; until it is withdrawn, if nothing is said.
    valid: Option<Duration>,
    /// For how long a customer who did not say yes is left alone.
    rest: Option<Duration>,
}

impl PurposeRule {
    fn new(level: Level, categories: Option<Vec<DataCategory>>) -> Self {
        Self { level, categories, valid: None, rest: None }
    }
}

impl Default for PrivacyPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl PrivacyPolicy {
    /// The default policy.
    #[must_use]
    pub fn new() -> Self {
        let by_contract = [DataCategory::Purchases, DataCategory::Service, DataCategory::Ownership];
        let special = [DataCategory::Posts, DataCategory::Readings];
        let categories = DataCategory::BASE.map(|category| {
            let contract = by_contract.contains(&category);
            let basis = if contract { Basis::Contract } else { Basis::Consent };
            let special = special.contains(&category);
            CategoryRule { category, basis, special, keep: None }
        });
        let none = Some(Vec::new());
        let purposes = [
            (Purpose::Contextual, Level::Contextual, none.clone()),
            (Purpose::Personalisation, Level::OwnHistory, None),
            (Purpose::CollaborativeLearning, Level::Collaborative, None),
            (Purpose::DirectMarketing, Level::Off, none.clone()),
            (Purpose::IdentityLinking, Level::OwnHistory, none.clone()),
            (Purpose::OfflineMatch, Level::OwnHistory, none),
        ];
        Self {
            categories: categories.into(),
            kinds: BTreeMap::new(),
            attributes: BTreeMap::new(),
            notices: Notices::default(),
            purposes: purposes
                .into_iter()
                .map(|(purpose, level, categories)| (purpose, PurposeRule::new(level, categories)))
                .collect(),
        }
    }

    fn rule(&mut self, category: DataCategory) -> &mut CategoryRule {
        let at = self.number(&category).unwrap_or_else(|| {
            let basis = Basis::Consent;
            self.categories.push(CategoryRule { category, basis, special: false, keep: None });
            self.categories.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed on the line above")]
        &mut self.categories[at]
    }

    /// Keep data of this category on this basis.
    #[must_use]
    pub fn category(mut self, category: DataCategory, basis: Basis) -> Self {
        self.rule(category).basis = basis;
        self
    }

    /// This category is special (GDPR 9): a purpose uses it only when the customer
    /// names it.
    #[must_use]
    pub fn special(mut self, category: DataCategory) -> Self {
        self.rule(category).special = true;
        self
    }

    /// Keep data of this category so long after they happened, and no longer: from that
    /// instant on no answer has them, and the next [`advance`](crate::Engine::advance)
    /// takes them out of the store and out of what was learned. What is older when it
    /// comes is not taken. Choices, contacts and links are not of any category, and stay.
    ///
    /// ```
    /// use confidant::{DataCategory, PrivacyPolicy, days};
    ///
    /// let policy = PrivacyPolicy::new().keep_for(DataCategory::Browsing, days(180));
    /// ```
    #[must_use]
    pub fn keep_for(mut self, category: DataCategory, time: Duration) -> Self {
        self.rule(category).keep = Some(time);
        self
    }

    /// Events of this kind of the host's own are of this category.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<Arc<str>>, category: DataCategory) -> Self {
        self.rule(category.clone());
        self.kinds.insert(kind.into(), category);
        self
    }

    /// The attribute of this name is of this category.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Arc<str>>, category: DataCategory) -> Self {
        self.rule(category.clone());
        self.attributes.insert(name.into(), category);
        self
    }

    /// This purpose needs at least this level and may use these categories, and no
    /// others.
    #[must_use]
    pub fn purpose(
        mut self,
        purpose: Purpose,
        level: Level,
        categories: impl IntoIterator<Item = DataCategory>,
    ) -> Self {
        let categories: Vec<DataCategory> = categories.into_iter().collect();
        categories.iter().for_each(|c| _ = self.rule(c.clone()));
        let rule = self.of_purpose(purpose);
        (rule.level, rule.categories) = (level, Some(categories));
        self
    }

    /// A purpose that nothing else was said of may use nothing.
    fn of_purpose(&mut self, purpose: Purpose) -> &mut PurposeRule {
        let nothing = || PurposeRule::new(Level::Collaborative, Some(Vec::new()));
        self.purposes.entry(purpose).or_insert_with(nothing)
    }

    /// A consent to this purpose holds so long after it was given, and then runs out
    /// unless it is given once more. What a purpose of the host's own may use is
    /// [said besides](Self::purpose); without that it may use nothing.
    ///
    /// ```
    /// use confidant::{PrivacyPolicy, Purpose, days};
    ///
    /// let policy = PrivacyPolicy::new()
    ///     .valid_for(Purpose::Personalisation, days(365))
    ///     .ask_again_after(Purpose::Personalisation, days(180));
    /// ```
    #[must_use]
    pub fn valid_for(mut self, purpose: Purpose, time: Duration) -> Self {
        self.of_purpose(purpose).valid = Some(time);
        self
    }

    /// A version of the notice that customers are shown when they choose. A choice is on the
    /// version that was shown at its own time, unless it
    /// [says otherwise](crate::ConsentChange::informed_by).
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notices.add(notice);
        self
    }

    /// Whoever was asked for this purpose and did not say yes is left alone for so long;
    /// see [`Permission::ask_from`](crate::Permission::ask_from).
    #[must_use]
    pub fn ask_again_after(mut self, purpose: Purpose, time: Duration) -> Self {
        self.of_purpose(purpose).rest = Some(time);
        self
    }

    /// The categories that the policy knows, with the basis on which each is kept.
    pub fn categories(&self) -> impl Iterator<Item = (&DataCategory, Basis)> {
        self.categories.iter().map(|rule| (&rule.category, rule.basis))
    }

    /// The purposes that the policy knows, with the level that each needs.
    pub fn purposes(&self) -> impl Iterator<Item = (&Purpose, Level)> {
        self.purposes.iter().map(|(purpose, rule)| (purpose, rule.level))
    }

    /// The exact content, in 128 bits.
    #[must_use]
    pub fn digest(&self) -> Digest {
        numeric::digest(self)
    }

    /// The order in which categories of the host's own are named does not matter.
    pub(crate) fn sort(&mut self) {
        if let Some(own) = self.categories.get_mut(DataCategory::BASE.len()..) {
            own.sort_by(|a, b| a.category.cmp(&b.category));
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.categories.len() > 64 {
            return Err(Error::configuration(
                "a privacy policy can hold at most 64 data categories",
            ));
        }
        let base = self.categories.iter().map(|rule| &rule.category).take(DataCategory::BASE.len());
        let own = self.categories.iter().skip(DataCategory::BASE.len());
        let mut own: Vec<&DataCategory> = own.map(|rule| &rule.category).collect();
        own.sort();
        let named = self.kinds.values().chain(self.attributes.values());
        let listed = self.purposes.values().filter_map(|rule| rule.categories.as_ref()).flatten();
        if !base.eq(&DataCategory::BASE)
            || own.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
            || own.iter().any(|category| DataCategory::BASE.contains(category))
            || named.chain(listed).any(|category| self.number(category).is_none())
        {
            return Err(Error::configuration(
                "the privacy policy's categories do not fit together: expected every category \
                 once, ours first",
            ));
        }
        if self.kinds.keys().any(|kind| !matches!(Kind::from_name(kind), Kind::Custom(_))) {
            return Err(Error::configuration(
                "a kind of event of ours has its category already: expected kinds of the host's own",
            ));
        }
        if self.categories.iter().any(|rule| rule.keep.is_some_and(|keep| keep.as_millis() == 0)) {
            return Err(Error::configuration(
                "a data category is kept for no time at all: expected a millisecond or more",
            ));
        }
        let spans = self.purposes.values().flat_map(|rule| [rule.valid, rule.rest]);
        if spans.flatten().any(|span| span.as_millis() == 0) {
            return Err(Error::configuration(
                "a consent is valid, or a customer is left alone, for no time at all: expected a \
                 millisecond or more",
            ));
        }
        self.notices.check()?;
        let usual = Self::new();
        let lower = |(purpose, rule): (&Purpose, &PurposeRule)| {
            usual.level_of(purpose).is_some_and(|level| rule.level < level)
        };
        if self.purposes.iter().any(lower) {
            return Err(Error::configuration(
                "a purpose of ours needs at least its usual level: the customer's level is an \
                 upper bound",
            ));
        }
        self.categories.iter().try_for_each(|rule| rule.category.check())?;
        self.purposes.keys().try_for_each(Purpose::check)
    }

    pub(crate) fn number(&self, category: &DataCategory) -> Option<usize> {
        self.categories.iter().position(|rule| rule.category == *category)
    }

    /// The category of a number.
    pub(crate) fn name(&self, number: usize) -> DataCategory {
        self.categories.get(number).map_or(DataCategory::Other, |rule| rule.category.clone())
    }

    /// From when on data of a category, by number, that happened at an instant are not kept.
    pub(crate) fn expires(&self, number: usize, at: Timestamp) -> Timestamp {
        let keep = self.categories.get(number).and_then(|rule| rule.keep);
        keep.map_or(Timestamp::MAX, |keep| at + keep)
    }

    /// For how long data of a category, by number, are kept, in milliseconds.
    pub(crate) fn keeps(&self, number: usize) -> i64 {
        self.expires(number, Timestamp::from_millis(0)).as_millis()
    }

    /// The category of a kind of behaviour, by number.
    pub(crate) fn of_kind(&self, kind: &Kind) -> usize {
        let category = match kind {
            Kind::Purchased
            | Kind::Returned
            | Kind::Cancelled
            | Kind::Delivered
            | Kind::DeliveryFailed
            | Kind::Paid
            | Kind::PaymentFailed => &DataCategory::Purchases,
            Kind::Viewed | Kind::AddedToBasket | Kind::Shared => &DataCategory::Browsing,
            Kind::Searched => &DataCategory::Searches,
            Kind::VisitedStore => &DataCategory::Visits,
            Kind::ContactedSupport | Kind::Complained | Kind::Resolved => &DataCategory::Service,
            Kind::Rated => &DataCategory::Opinions,
            Kind::Registered | Kind::Disposed => &DataCategory::Ownership,
            Kind::Metered => &DataCategory::Usage,
            Kind::Posted => &DataCategory::Posts,
            Kind::Sensed => &DataCategory::Readings,
            Kind::Opened | Kind::Clicked | Kind::Accepted | Kind::Dismissed => {
                &DataCategory::Responses
            }
            Kind::Custom(name) => self.kinds.get(name).unwrap_or(&DataCategory::Other),
        };
        self.number(category).unwrap_or(64)
    }

    /// Every category that some kind of dealing with the host has.
    pub(crate) fn of_behaviour(&self) -> Categories {
        let base =
            Kind::BASE.iter().filter(|kind| kind.is_dealing()).map(|kind| self.of_kind(kind));
        let own = self.kinds.values().chain([&DataCategory::Other]);
        let own = own.map(|category| self.number(category).unwrap_or(64));
        base.chain(own).map(Categories::one).fold(Categories::NONE, Categories::or)
    }

    /// The category of an attribute, by number.
    pub(crate) fn of_attribute(&self, name: &str) -> usize {
        let category = self.attributes.get(name).unwrap_or(&DataCategory::Declared);
        self.number(category).unwrap_or(64)
    }

    pub(crate) fn level_of(&self, purpose: &Purpose) -> Option<Level> {
        self.purposes.get(purpose).map(|rule| rule.level)
    }

    /// When a consent to a purpose ends by itself that was given at an instant, on a version
    /// of the notice; and what becomes of it then.
    pub(crate) fn ends(
        &self,
        purpose: &Purpose,
        given: Timestamp,
        notice: Option<u32>,
    ) -> (Timestamp, ConsentState) {
        if *purpose == Purpose::Contextual {
            // It needs no consent, so who said yes is no worse off than who said nothing.
            return (Timestamp::MAX, ConsentState::Expired);
        }
        let valid = self.purposes.get(purpose).and_then(|rule| rule.valid);
        let runs_out = valid.map_or(Timestamp::MAX, |valid| given + valid);
        let superseded = self.notices.supersede(purpose, given, notice);
        match superseded < runs_out {
            true => (superseded, ConsentState::Invalidated),
            false => (runs_out, ConsentState::Expired),
        }
    }

    /// Until when somebody who said something else than yes at an instant is left alone.
    pub(crate) fn rests(&self, purpose: &Purpose, said: Timestamp) -> Timestamp {
        let rest = self.purposes.get(purpose).and_then(|rule| rule.rest);
        rest.map_or(said, |rest| said + rest)
    }

    /// Every category that a purpose may use at most.
    pub(crate) fn foreseen(&self, purpose: &Purpose) -> Categories {
        let Some(rule) = self.purposes.get(purpose) else {
            return Categories::NONE;
        };
        match &rule.categories {
            Some(named) => self.set(named),
            None => self.all(),
        }
    }

    pub(crate) fn all(&self) -> Categories {
        Categories(u64::MAX.checked_shr(64 - self.categories.len().min(64) as u32).unwrap_or(0))
    }

    pub(crate) fn set(&self, categories: &[DataCategory]) -> Categories {
        categories
            .iter()
            .filter_map(|category| self.number(category))
            .map(Categories::one)
            .fold(Categories::NONE, Categories::or)
    }

    /// The categories that must be named by the customer.
    pub(crate) fn special_ones(&self) -> Categories {
        self.those(|rule| rule.special)
    }

    /// The categories that are kept by contract.
    pub(crate) fn by_contract(&self) -> Categories {
        self.those(|rule| rule.basis == Basis::Contract)
    }

    fn those(&self, which: impl Fn(&CategoryRule) -> bool) -> Categories {
        self.categories
            .iter()
            .enumerate()
            .filter(|(_, rule)| which(rule))
            .map(|(number, _)| Categories::one(number))
            .fold(Categories::NONE, Categories::or)
    }

    /// The names of a set, in the policy's order.
    pub(crate) fn names(&self, set: Categories) -> Vec<DataCategory> {
        self.categories
            .iter()
            .enumerate()
            .filter(|(number, _)| set.has(*number))
            .map(|(_, rule)| rule.category.clone())
            .collect()
    }
}
