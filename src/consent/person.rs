//! Who chooses: whose law holds for them, and how old they are. It only ever forbids.

use super::choices::{Choices, Chosen, Voice};
use super::policy::PrivacyPolicy;
use crate::types::{Basis, Jurisdiction, Purpose, Timestamp};

/// The mean year of the calendar, in milliseconds: a birthday is right to the day.
const YEAR: i64 = 31_556_952_000;

/// Who is an adult.
pub(super) const ADULT: u8 = 18;

/// What the host says of a customer that decides which of their words count.
#[derive(Debug, Default)]
pub(super) struct Person<'a> {
    /// Every law that may hold; none, if it is not known.
    pub(super) laws: Vec<&'a Jurisdiction>,
    /// The latest instant at which the customer can have been born, if it is known.
    born: Option<Timestamp>,
    /// Whether one who has a say does not know whose law holds, or how old the customer is.
    no_law: bool,
    no_age: bool,
    /// From how many years on their own consent counts.
    of_age: u8,
}

impl Chosen {
    /// The latest instant at which somebody can have been born who was so old then.
    fn born(&self) -> Option<Timestamp> {
        self.choice.age.map(|years| birthday(self.at, -i64::from(years)))
    }
}

fn birthday(born: Timestamp, years: i64) -> Timestamp {
    Timestamp::from_millis(born.as_millis().saturating_add(years.saturating_mul(YEAR)))
}

impl Choices {
    /// Who chooses, as known at an instant: of what is not sure, the youngest, under every
    /// law.
    pub(super) fn person(&self, policy: &PrivacyPolicy, at: Timestamp) -> Person<'_> {
        let said =
            |chosen: &Chosen| chosen.choice.age.is_some() || chosen.choice.jurisdiction.is_some();
        if !self.made.iter().any(said) {
            return Person { of_age: policy.consents_at(&[]), ..Person::default() };
        }
        let youngest = |own: Option<Timestamp>, other| own.max(Some(other));
        let born = self.latest(at, Chosen::born, Timestamp::max, youngest);
        let laws = self.laws(at);
        Person { of_age: policy.consents_at(&laws), laws, born, ..Person::default() }
    }

    /// Who chooses a purpose: beside what is known of everybody, each voice that spoke of the
    /// purpose itself must know whose law holds and how old the customer is; and where silence
    /// allows, each voice. So a word here and a law or an age there make no permission.
    pub(super) fn person_for<'a>(
        &'a self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Person<'a> {
        let mut person = self.person(policy, at);
        let spoke = |chosen: &Chosen| chosen.choice.purposes.get(purpose).map(|_| ());
        let spoke = |voice: &&Voice| {
            let own = |chosen: &Chosen| chosen.under == voice.under;
            self.last_of(own, at, &spoke, &|(), ()| ()).is_some()
        };
        let rule = policy.purposes.get(purpose);
        let asked = |basis: Basis| basis.is_consent() || basis == Basis::SoftOptIn;
        let silence = rule.is_some_and(|rule| !rule.every_basis().all(asked));
        let counts = |voice: &&Voice| silence && voice.own || spoke(voice);
        for voice in self.voices.iter().filter(counts) {
            let says = |chosen: &Chosen| voice.says(chosen);
            let law = |chosen: &Chosen| chosen.choice.jurisdiction.as_ref().map(|_| ());
            let knows_law = self.last_of(says, at, &law, &|(), ()| ()).is_some();
            person.no_law |= !knows_law;
            let knows_age = self.last_of(says, at, &Chosen::born, &Timestamp::max).is_some();
            person.no_age |= !knows_age;
        }
        if person.no_law {
            person.laws.clear();
            person.of_age = policy.consents_at(&[]);
        }
        person
    }

    /// Every law that may hold at an instant.
    fn laws(&self, at: Timestamp) -> Vec<&Jurisdiction> {
        let said = |chosen: &'_ Chosen| chosen.choice.jurisdiction.is_some();
        if !self.made.iter().any(said) {
            return Vec::new();
        }
        let union = |mut a: Vec<_>, b: Vec<_>| {
            let new: Vec<_> = b.into_iter().filter(|law| !a.contains(law)).collect();
            a.extend(new);
            a
        };
        let laws = self.latest(
            at,
            |chosen| chosen.choice.jurisdiction.as_ref().map(|law| vec![law]),
            union,
            |own, other| Some(union(own.unwrap_or_default(), other)),
        );
        laws.unwrap_or_default()
    }

    /// Whose law holds at an instant, if it is known and one alone.
    pub(crate) fn law(&self, at: Timestamp) -> Option<&Jurisdiction> {
        match self.laws(at).as_slice() {
            [law] => Some(law),
            _ => None,
        }
    }

    /// When somebody who is known to be younger comes of age.
    pub(super) fn comes_of_age(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let born = self.made.iter().filter_map(Chosen::born);
        born.map(|born| birthday(born, i64::from(ADULT)))
    }
}

impl Person<'_> {
    /// Whether the customer is known to be so old at an instant.
    pub(super) fn is_adult(&self, at: Timestamp) -> bool {
        !self.no_age && self.born.is_some_and(|born| birthday(born, i64::from(ADULT)) <= at)
    }

    /// Whether the customer is known to be too young for a yes of their own at an instant.
    pub(super) fn is_child(&self, at: Timestamp) -> bool {
        self.born.is_some_and(|born| birthday(born, i64::from(self.of_age)) > at)
    }

    /// Whether a yes is one on a basis: by somebody who may say it, and in express words where
    /// that is asked for.
    pub(super) fn may_say(&self, yes: &Chosen, basis: Basis) -> bool {
        let by = yes.choice.guardian || !self.is_child(yes.at);
        by && (yes.choice.explicit || basis != Basis::ExplicitConsent)
    }
}
