//! Whether a purpose may use data, and why not: the one place where all that can forbid it
//! is asked. Whatever forbids wins, and what is not known forbids.

use super::categories::Categories;
use super::choices::{Choices, Chosen};
use super::denial::Denial;
use super::person::Person;
use super::policy::PrivacyPolicy;
use super::purposes::PurposeRule;
use crate::event::Grant;
use crate::types::{Basis, ConsentState, Identifier, Level, Purpose, Timestamp};

/// What holds for every purpose at an instant.
pub(super) struct Moment<'a> {
    at: Timestamp,
    level: Level,
    restricted: bool,
    pub(super) person: Person<'a>,
}

/// A question: for which purpose, by which rule, on which basis.
#[derive(Clone, Copy)]
struct Asked<'a> {
    policy: &'a PrivacyPolicy,
    purpose: &'a Purpose,
    basis: Basis,
    person: &'a Person<'a>,
    at: Timestamp,
}

impl Choices {
    /// What holds for every purpose at an instant.
    pub(super) fn moment(&self, policy: &PrivacyPolicy, at: Timestamp) -> Moment<'_> {
        let (level, restricted) = (self.level(at), self.restricted(at));
        Moment { at, level, restricted, person: self.person(policy, at) }
    }

    /// The categories that a purpose may use, or why it may use none.
    pub(super) fn verdict(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        moment: &Moment<'_>,
    ) -> Result<Categories, Denial> {
        if self.voices.is_empty() {
            return self.verdict_of(policy, purpose, moment);
        }
        let level = self.level_for(purpose, moment.at);
        let person = self.person_for(policy, purpose, moment.at);
        self.verdict_of(policy, purpose, &Moment { level, person, ..*moment })
    }

    /// The same of the one who chooses, as known.
    fn verdict_of(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        moment: &Moment<'_>,
    ) -> Result<Categories, Denial> {
        let Some(rule) = policy.purposes.get(purpose) else { return Err(Denial::NotForeseen) };
        moment.admits(rule)?;
        let Moment { at, person, .. } = moment;
        let mut bases = rule.bases(&person.laws);
        bases.try_fold(policy.all(), |allowed, basis| {
            let asked = Asked { policy, purpose, basis, person, at: *at };
            Ok(allowed.and(self.on_basis(asked)?))
        })
    }

    /// The same, on one basis.
    fn on_basis(&self, asked: Asked<'_>) -> Result<Categories, Denial> {
        let Asked { policy, purpose, basis, at, .. } = asked;
        let usual = || policy.foreseen(purpose).without(policy.special_ones());
        if basis.is_needed() {
            return Ok(usual());
        }
        let bound = |allowed: Categories| allowed.and(self.narrowed(asked));
        match (self.answer(asked), basis) {
            (Some(Some(allowed)), _) => Ok(bound(allowed)),
            (None, Basis::LegitimateInterest) => Ok(bound(usual())),
            (Some(None), Basis::LegitimateInterest) => Err(Denial::Objected),
            (Some(None), Basis::SoftOptIn) if self.says_no(asked) => Err(Denial::Objected),
            _ => Err(self.why_no_consent(policy, purpose, asked.person, at)),
        }
    }

    /// The customer's word: none, one that allows nothing (any more), or allowed for
    /// categories.
    fn answer(&self, asked: Asked<'_>) -> Option<Option<Categories>> {
        let stricter = |a: Option<Categories>, b: Option<Categories>| Some(a?.and(b?));
        // That somebody else allowed something does not make it one's own word.
        let bounded = |own: Option<Option<Categories>>, other: Option<Categories>| match own {
            Some(own) => Some(stricter(own, other)),
            None => other.is_none().then_some(None),
        };
        let said = self.latest(asked.at, |chosen| asked.word(chosen), stricter, bounded);
        // What a host says of a sale is nothing once the customer has answered.
        let sold = || self.latest(asked.at, |chosen| asked.sale(chosen), stricter, bounded);
        said.or_else(|| (asked.basis == Basis::SoftOptIn).then(sold).flatten())
    }

    /// What a yes that does not count leaves of one that does: whoever names categories, may
    /// they say yes or not, says no to all others.
    fn narrowed(&self, asked: Asked<'_>) -> Categories {
        let Asked { policy, purpose, basis, person, at } = asked;
        let mut bounds: Vec<(&Option<Identifier>, Categories)> = Vec::new();
        for chosen in self.made.iter().take_while(|chosen| chosen.at <= at) {
            let Some(grant) = chosen.choice.purposes.get(purpose) else { continue };
            let counts = grant.is_answer() && (!grant.is_yes() || person.may_say(chosen, basis));
            let place = bounds.iter().position(|(under, _)| **under == chosen.under);
            let place = place.unwrap_or_else(|| {
                bounds.push((&chosen.under, policy.all()));
                bounds.len() - 1
            });
            let Some((_, bound)) = bounds.get_mut(place) else { continue };
            match grant {
                _ if counts => *bound = policy.all(),
                Grant::Only(named) => *bound = bound.and(policy.set(named)),
                _ => {}
            }
        }
        bounds.into_iter().fold(policy.all(), |all, (_, bound)| all.and(bound))
    }

    /// Whether the last answer was no, and not a yes that ran out.
    fn says_no(&self, Asked { policy, purpose, at, .. }: Asked<'_>) -> bool {
        use ConsentState::{Refused, Revoked, Withdrawn};
        let state = self.state(policy, purpose, at).state;
        matches!(state, Refused | Withdrawn | Revoked)
    }

    /// Why a purpose that rests on consent has none.
    fn why_no_consent(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        person: &Person<'_>,
        at: Timestamp,
    ) -> Denial {
        let anybody = Person::default();
        let asked = Asked { policy, purpose, basis: Basis::Consent, person: &anybody, at };
        let said = |person| matches!(self.answer(Asked { person, ..asked }), Some(Some(_)));
        match said(&anybody) {
            true if said(person) => Denial::NotExplicit,
            true => Denial::Guardian,
            false => Denial::Consent(self.state(policy, purpose, at).state),
        }
    }

    /// Whether a word on a purpose allows nothing, and not just none was ever said.
    pub(crate) fn refuses(&self, policy: &PrivacyPolicy, purpose: &Purpose, at: Timestamp) -> bool {
        let person = &self.person_for(policy, purpose, at);
        let bases = policy.purposes.get(purpose).map(|rule| rule.bases(&person.laws));
        let mut bases = bases.into_iter().flatten().filter(|basis| !basis.is_needed());
        let no = |basis| self.answer(Asked { policy, purpose, basis, person, at }) == Some(None);
        self.restricted(at) || bases.any(no)
    }
}

impl Moment<'_> {
    /// Refuses a purpose for what holds whatever was said of it.
    fn admits(&self, rule: &PurposeRule) -> Result<(), Denial> {
        if self.restricted {
            return Err(Denial::Restricted);
        }
        if self.level < rule.level {
            return Err(Denial::Level(rule.level));
        }
        match rule.adults && !self.person.is_adult(self.at) {
            true => Err(Denial::Adults),
            false => Ok(()),
        }
    }
}

impl Asked<'_> {
    /// What a choice says to it.
    fn word(&self, chosen: &Chosen) -> Option<Option<Categories>> {
        let Self { policy, purpose, basis, person, at } = *self;
        let grant = chosen.choice.purposes.get(purpose)?;
        let foreseen = policy.foreseen(purpose);
        // An interest of the host's does not run out with a yes that nobody needed.
        let holds = basis == Basis::LegitimateInterest || chosen.ends(policy, purpose).0 > at;
        let explicit = match chosen.choice.explicit {
            true => Categories::NONE,
            false => policy.explicit_ones(),
        };
        let foreseen = foreseen.without(explicit);
        let usual = || foreseen.without(policy.special_ones());
        match grant {
            Grant::Asked | Grant::Deferred | Grant::SoftOptIn => None,
            Grant::Allowed | Grant::Only(_) if !person.may_say(chosen, basis) => None,
            Grant::Allowed => Some(holds.then(usual)),
            Grant::Only(named) => Some(holds.then(|| foreseen.and(policy.set(named)))),
            Grant::Withdrawn | Grant::Refused | Grant::Revoked | Grant::Invalidated => Some(None),
        }
    }

    /// What the host says of a sale in which the customer could have refused.
    fn sale(&self, chosen: &Chosen) -> Option<Option<Categories>> {
        let Self { policy, purpose, at, .. } = *self;
        let grant = chosen.choice.purposes.get(purpose)?;
        let sold = *grant == Grant::SoftOptIn;
        let holds = chosen.ends(policy, purpose).0 > at;
        let usual = policy.foreseen(purpose).without(policy.special_ones());
        sold.then(|| holds.then(|| usual.without(policy.explicit_ones())))
    }
}
