//! What the other rooms ask of the privacy policy: what is enforced.

use std::collections::BTreeMap;

use super::categories::Categories;
use super::policy::PrivacyPolicy;
use super::purposes::Terms;
use super::recipient::Recipient;
use crate::event::{Kind, Origin};
use crate::types::{
    Basis, ConsentState, DataCategory, Jurisdiction, Level, Purpose, Timestamp, millis,
};

impl PrivacyPolicy {
    pub(crate) fn number(&self, category: &DataCategory) -> Option<usize> {
        self.categories.number(category)
    }

    /// The category of a number.
    pub(crate) fn name(&self, number: usize) -> DataCategory {
        self.categories.get(number).map_or(DataCategory::Other, |rule| rule.category.clone())
    }

    /// From when on data of a category, by number, that happened at an instant are not kept.
    pub(crate) fn expires(&self, number: usize, at: Timestamp) -> Timestamp {
        at.later(self.keeps(number))
    }

    /// For how long data of a category, by number, are kept, in milliseconds.
    pub(crate) fn keeps(&self, number: usize) -> i64 {
        self.worked_out(|it| it.keeps.get(number).copied().unwrap_or(i64::MAX))
    }

    /// For how long a purpose sees them, in milliseconds.
    pub(crate) fn seen_for(&self, number: usize, purpose: &Purpose) -> i64 {
        self.back(purpose).min(self.keeps(number))
    }

    /// How far back a purpose sees anything, in milliseconds.
    fn back(&self, purpose: &Purpose) -> i64 {
        let back = self.purposes.get(purpose).and_then(|rule| rule.looks_back);
        back.map_or(i64::MAX, millis)
    }

    /// The category of a kind of behaviour, by number.
    pub(crate) fn of_kind(&self, kind: &Kind) -> usize {
        let known = self.worked_out.0.as_ref().map(|known| &known.of_ours);
        let known = known.and_then(|known| known.get(kind.code() as usize)).copied();
        known.unwrap_or_else(|| self.number(self.category_of(kind)).unwrap_or(NOT_THERE))
    }

    /// For each kind of ours, by its place, its category by number, and for how long, in
    /// milliseconds, a purpose sees it.
    pub(crate) fn ours_seen_for(&self, purpose: &Purpose) -> [(usize, i64); Kind::BASE.len()] {
        let back = self.back(purpose);
        let seen = |category| (category, back.min(self.keeps(category)));
        self.worked_out(|it| it.of_ours.map(seen))
    }

    fn category_of<'a>(&'a self, kind: &Kind) -> &'a DataCategory {
        match kind {
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
            Kind::Opened | Kind::Clicked | Kind::Accepted | Kind::Dismissed | Kind::Shown => {
                &DataCategory::Responses
            }
            Kind::Custom(name) => self.kinds.get(name).unwrap_or(&DataCategory::Other),
        }
    }

    /// Every category that some kind of dealing with the host has.
    pub(crate) fn of_behaviour(&self) -> Categories {
        let base =
            Kind::BASE.iter().filter(|kind| kind.is_dealing()).map(|kind| self.of_kind(kind));
        let own = self.kinds.values().chain([&DataCategory::Other]);
        let own = own.map(|category| self.number(category).unwrap_or(NOT_THERE));
        base.chain(own).map(Categories::one).fold(Categories::NONE, Categories::or)
    }

    /// The category of an attribute, by number.
    pub(crate) fn of_attribute(&self, name: &str) -> usize {
        let category = self.attributes.get(name).unwrap_or(&DataCategory::Declared);
        self.number(category).unwrap_or(NOT_THERE)
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
        let rule = self.purposes.get(purpose);
        let ends = |basis: Basis| basis.is_consent() || basis == Basis::SoftOptIn;
        if rule.is_some_and(|rule| !rule.every_basis().any(ends)) {
            // It needs no consent, so who said yes is no worse off than who said nothing.
            return (Timestamp::MAX, ConsentState::Expired);
        }
        let valid = rule.and_then(|rule| rule.valid);
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
        self.worked_out(|it| it.foreseen.get(purpose).copied().unwrap_or_default())
    }

    pub(crate) fn all(&self) -> Categories {
        Categories::first(self.categories.len())
    }

    pub(crate) fn set(&self, categories: &[DataCategory]) -> Categories {
        self.categories.named(categories, self.special_ones())
    }

    /// The categories that must be named by the customer.
    pub(crate) fn special_ones(&self) -> Categories {
        self.worked_out(|it| it.special)
    }

    /// The categories that take a yes in express words.
    pub(super) fn explicit_ones(&self) -> Categories {
        self.worked_out(|it| it.explicit)
    }

    /// The categories that are kept without consent, because they are needed.
    pub(crate) fn needed(&self) -> Categories {
        self.worked_out(|it| it.needed)
    }

    /// The categories of which what is not necessary is left out, where there is no consent.
    pub(crate) fn reduced(&self) -> Categories {
        self.worked_out(|it| it.reduced)
    }

    /// The categories of which what is known may be said aloud.
    pub(crate) fn mentioned(&self) -> Categories {
        self.worked_out(|it| it.mentioned)
    }

    /// The categories that are worked out from other data.
    pub(crate) fn inferences(&self) -> Categories {
        self.worked_out(|it| it.inferred)
    }

    /// What a purpose is called elsewhere.
    pub(crate) fn terms_of(&self, purpose: &Purpose) -> Option<&Terms> {
        self.purposes.get(purpose).map(|rule| &rule.terms)
    }

    /// Who is given data that a purpose may use, in the order of names.
    pub(crate) fn recipients_of(&self, purpose: &Purpose) -> Vec<String> {
        let foreseen = self.foreseen(purpose);
        let given = |recipient: &&Recipient| !self.set(&recipient.gets).and(foreseen).is_empty();
        let those = self.recipients.values().filter(given);
        those.map(|recipient| recipient.id.to_string()).collect()
    }

    /// Whether data of a kind of behaviour were provided, observed or worked out.
    pub(crate) fn origin_of(&self, kind: &Kind) -> Origin {
        match kind {
            _ if self.inferences().has(self.of_kind(kind)) => Origin::Inferred,
            // What somebody says with a will of their own.
            Kind::Rated | Kind::Posted | Kind::Complained | Kind::ContactedSupport => {
                Origin::Declared
            }
            _ => Origin::Observed,
        }
    }

    /// The names of a set, in the policy's order.
    pub(crate) fn names(&self, set: Categories) -> Vec<DataCategory> {
        let those = self.categories.iter().enumerate().filter(|(number, _)| set.has(*number));
        those.map(|(_, rule)| rule.category.clone()).collect()
    }

    /// From how many years on a customer's own consent counts under these laws.
    pub(super) fn consents_at(&self, laws: &[&Jurisdiction]) -> u8 {
        let under = |law: &&Jurisdiction| law.outwards().find_map(|law| self.of_age.get(law));
        let each = laws.iter().map(|law| under(law).copied().unwrap_or(OF_AGE));
        // Where it is not known which law holds, the highest.
        let any = || self.of_age.values().copied().chain([OF_AGE]).max();
        each.max().or_else(any).unwrap_or(OF_AGE)
    }

    /// A number that stands for this policy, once nothing changes any more.
    #[inline]
    pub(super) fn number_of_its_own(&self) -> Option<u64> {
        self.worked_out.0.as_ref().map(|known| known.number)
    }

    /// Works out what is asked often, once nothing changes any more.
    pub(crate) fn work_out(&mut self) {
        self.worked_out = WorkedOut(Some(Box::new(Known::of(self))));
    }

    fn worked_out<T>(&self, ask: impl Fn(&Known) -> T) -> T {
        match &self.worked_out.0 {
            Some(known) => ask(known),
            None => ask(&Known::of(self)),
        }
    }
}

/// From how many years on a consent counts where nothing else is said (GDPR 8(1)).
const OF_AGE: u8 = 16;

/// What follows from a policy, worked out once. It says nothing that the policy does not.
#[derive(Debug, Default)]
pub(super) struct WorkedOut(Option<Box<Known>>);

/// What is cloned may be changed.
impl Clone for WorkedOut {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for WorkedOut {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Known {
    number: u64,
    special: Categories,
    explicit: Categories,
    needed: Categories,
    reduced: Categories,
    mentioned: Categories,
    inferred: Categories,
    foreseen: BTreeMap<Purpose, Categories>,
    /// In milliseconds, by number.
    keeps: Vec<i64>,
    /// The category, by number, of each kind of ours, by its place.
    of_ours: [usize; Kind::BASE.len()],
}

/// The number of a category that is not there.
const NOT_THERE: usize = 64;

impl Known {
    fn of(policy: &PrivacyPolicy) -> Self {
        let rules = &policy.categories;
        let special = rules.that(|rule| rule.special);
        let all = policy.all();
        let foreseen = policy.purposes.0.iter().map(|(purpose, rule)| {
            let named = rule.categories.as_ref().map(|named| rules.named(named, special));
            (purpose.clone(), named.unwrap_or(all))
        });
        let foreseen: BTreeMap<Purpose, Categories> = foreseen.collect();
        let each = |so: &dyn Fn(usize) -> bool| {
            let those = (0..rules.len()).filter(|number| so(*number)).map(Categories::one);
            those.fold(Categories::NONE, Categories::or)
        };
        let needed = each(&|n| rules.get(n).is_some_and(|rule| rule.basis.is_needed()));
        let mentioned = each(&|n| {
            let quiet = rules.outwards(n).any(|rule| rule.mention == Some(false));
            let own = rules.get(n).and_then(|rule| rule.mention);
            !quiet && own.unwrap_or(!special.has(n))
        });
        let longest = |number: usize| {
            let by =
                policy.purposes.0.iter().filter(|(purpose, _)| {
                    foreseen.get(*purpose).is_some_and(|seen| seen.has(number))
                });
            by.map(|(_, rule)| rule.looks_back.map_or(i64::MAX, millis)).max()
        };
        let keep = |number: usize| {
            let said = rules.outwards(number).filter_map(|rule| rule.keep).map(millis).min();
            let used = longest(number).filter(|_| !needed.has(number));
            said.unwrap_or(i64::MAX).min(used.unwrap_or(i64::MAX))
        };
        Self {
            number: policy.digest().low(),
            keeps: (0..rules.len()).map(keep).collect(),
            of_ours: Kind::BASE
                .each_ref()
                .map(|kind| policy.number(policy.category_of(kind)).unwrap_or(NOT_THERE)),
            special,
            explicit: rules.that(|rule| rule.basis == Basis::ExplicitConsent),
            needed,
            reduced: rules.that(|rule| rule.reduced),
            mentioned,
            inferred: rules.that(|rule| rule.inferred),
            foreseen,
        }
    }
}
