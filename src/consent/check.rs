//! What a privacy policy cannot say.

use std::time::Duration;

use super::controller::Controller;
use super::policy::PrivacyPolicy;
use super::purposes::PurposeRule;
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::types::{Basis, DataCategory, Jurisdiction, Purpose};

impl PrivacyPolicy {
    /// The order in which categories of the host's own are named does not matter.
    pub(crate) fn sort(&mut self) {
        self.categories.sort();
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.check_categories()?;
        self.check_kinds()?;
        self.check_times()?;
        self.notices.check()?;
        self.controller.as_ref().map_or(Ok(()), Controller::check)?;
        for (purpose, rule) in &self.purposes.0 {
            purpose.check()?;
            check_level(purpose, rule)?;
            check_bases(purpose, rule)?;
        }
        self.recipients.values().try_for_each(|recipient| recipient.check())?;
        self.check_laws()
    }

    fn check_categories(&self) -> Result<()> {
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
        let named = named.chain(self.categories.iter().filter_map(|rule| rule.within.as_ref()));
        let listed = self.purposes.0.values().filter_map(|rule| rule.categories.as_ref()).flatten();
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
        if !self.categories.is_a_tree() {
            return Err(Error::configuration(
                "a data category is a part of itself: expected a tree",
            ));
        }
        let for_keeping = |basis: Basis| basis.is_consent() || basis.is_needed();
        if self.categories.iter().any(|rule| !for_keeping(rule.basis)) {
            return Err(Error::configuration(
                "an interest of the host's is no reason to keep a data category: expected \
                 consent, a contract or a legal obligation, and the interest as the basis of a \
                 purpose that uses it",
            ));
        }
        self.categories.iter().try_for_each(|rule| rule.category.check())
    }

    fn check_kinds(&self) -> Result<()> {
        if self.kinds.keys().any(|kind| !matches!(Kind::from_name(kind), Kind::Custom(_))) {
            return Err(Error::configuration(
                "a kind of event of ours has its category already: expected kinds of the host's own",
            ));
        }
        Ok(())
    }

    fn check_times(&self) -> Result<()> {
        let none = |time: Option<Duration>| time.is_some_and(|time| time.as_millis() == 0);
        if self.categories.iter().any(|rule| none(rule.keep)) {
            return Err(Error::configuration(
                "a data category is kept for no time at all: expected a millisecond or more",
            ));
        }
        let spans = self.purposes.0.values().flat_map(|rule| [rule.valid, rule.rest]);
        if spans.into_iter().any(none) {
            return Err(Error::configuration(
                "a consent is valid, or a customer is left alone, for no time at all: expected a \
                 millisecond or more",
            ));
        }
        if self.purposes.0.values().any(|rule| none(rule.looks_back)) {
            return Err(Error::configuration(
                "a purpose looks back no time at all: expected a millisecond or more",
            ));
        }
        Ok(())
    }

    fn check_laws(&self) -> Result<()> {
        let elsewhere = self.purposes.0.values().flat_map(|rule| rule.elsewhere.keys());
        let mut laws = elsewhere.chain(self.of_age.keys());
        laws.try_for_each(Jurisdiction::check)
    }
}

/// The customer's level is an upper bound, so ours need at least their usual one.
fn check_level(purpose: &Purpose, rule: &PurposeRule) -> Result<()> {
    let usual = PrivacyPolicy::new();
    if usual.level_of(purpose).is_some_and(|level| rule.level < level) {
        return Err(Error::configuration(
            "a purpose of ours needs at least its usual level: the customer's level is an \
             upper bound",
        ));
    }
    Ok(())
}

/// What is stored for a contract opens no view that ranks or learns; nobody is written to
/// because a contract needs it; and a soft opt-in is for messages alone.
fn check_bases(purpose: &Purpose, rule: &PurposeRule) -> Result<()> {
    let fits = |basis: Basis| match purpose {
        Purpose::Personalisation | Purpose::CollaborativeLearning => basis.is_consent(),
        Purpose::DirectMarketing => !basis.is_needed(),
        _ => basis != Basis::SoftOptIn,
    };
    if rule.every_basis().all(fits) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "`{purpose}` cannot rest on that basis: expected consent for what personalises or learns, \
         no contract or legal obligation for messages, and a soft opt-in for messages alone"
    )))
}
