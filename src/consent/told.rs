//! What the policy tells of itself: for the notice, and from nothing else than what is
//! enforced.

use std::time::Duration;

use super::categories::Categories;
use super::controller::Controller;
use super::notice::Notice;
use super::policy::PrivacyPolicy;
use super::purposes::Terms;
use super::recipient::Recipient;
use crate::types::{Basis, DataCategory, Jurisdiction, Level, Purpose, Timestamp};

/// What the policy says of one purpose.
pub(crate) struct PurposeTold<'a> {
    pub(crate) purpose: &'a Purpose,
    pub(crate) level: Level,
    /// Under which law, if not under all others, on which basis.
    pub(crate) bases: Vec<(Option<&'a Jurisdiction>, Basis)>,
    /// What it may use at most, special ones included.
    pub(crate) categories: Categories,
    pub(crate) looks_back: Option<Duration>,
    pub(crate) valid: Option<Duration>,
    pub(crate) adults: bool,
    pub(crate) terms: &'a Terms,
}

/// What the policy says of one category.
pub(crate) struct CategoryTold<'a> {
    pub(crate) category: &'a DataCategory,
    pub(crate) basis: Basis,
    pub(crate) keep: Option<Duration>,
    pub(crate) special: bool,
    pub(crate) inferred: bool,
    pub(crate) reduced: bool,
    pub(crate) mentioned: bool,
    pub(crate) within: Option<&'a DataCategory>,
}

impl PrivacyPolicy {
    /// Who answers for the data, if it is stated.
    pub(crate) fn stated_controller(&self) -> Option<&Controller> {
        self.controller.as_ref()
    }

    /// The version of the notice that is shown at an instant.
    pub(crate) fn notice_at(&self, now: Timestamp) -> Option<&Notice> {
        self.notices.shown(now)
    }

    /// From how many years on a customer's own consent counts; the highest of all laws, if it
    /// is not known which holds.
    pub(crate) fn age_of_consent(&self, law: Option<&Jurisdiction>) -> u8 {
        self.consents_at(law.as_slice())
    }

    /// Every recipient, by name.
    pub(crate) fn told_recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.recipients.values()
    }

    /// Every purpose; under one law, or under each that is another.
    pub(crate) fn told_purposes(
        &self,
        law: Option<&Jurisdiction>,
    ) -> impl Iterator<Item = PurposeTold<'_>> {
        let law = law.cloned();
        self.purposes.0.iter().map(move |(purpose, rule)| PurposeTold {
            purpose,
            level: rule.level,
            bases: match &law {
                Some(law) => vec![(None, rule.basis_under(law))],
                None => {
                    let elsewhere = rule.elsewhere.iter().map(|(law, basis)| (Some(law), *basis));
                    [(None, rule.basis)].into_iter().chain(elsewhere).collect()
                }
            },
            categories: self.foreseen(purpose),
            looks_back: rule.looks_back,
            valid: rule.valid,
            adults: rule.adults,
            terms: &rule.terms,
        })
    }

    /// Every category, in the order of their numbers.
    pub(crate) fn told_categories(&self) -> impl Iterator<Item = CategoryTold<'_>> {
        (0..).zip(self.categories.iter()).map(|(number, rule)| {
            let kept = u64::try_from(self.keeps(number)).ok().map(Duration::from_millis);
            CategoryTold {
                category: &rule.category,
                basis: rule.basis,
                keep: kept.filter(|_| self.keeps(number) < i64::MAX),
                special: self.special_ones().has(number),
                inferred: self.inferences().has(number),
                reduced: self.reduced().has(number),
                mentioned: self.mentioned().has(number),
                within: rule.within.as_ref(),
            }
        })
    }
}
