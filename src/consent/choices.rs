//! The choices of one customer, folded: what was allowed at an instant.
//!
//! The latest choice about a purpose decides; of two at the same instant, the more
//! restrictive. So the order of arrival does not matter.
//!
//! A customer who came together from several identifiers has a *voice* for each under which
//! something was chosen, and what all of them allow is allowed: joining never allows more.
//! A word that is said once two voices are known to be of one person, under the one that
//! identifies at least as well, is also the word of the other. Voices of identifiers that
//! went another way stay behind as a bound: parting never allows more, either.

use serde::{Deserialize, Serialize};

use super::categories::Categories;
use super::memo::Memo;
use super::policy::PrivacyPolicy;
use super::recipient::Recipient;
use crate::event::Choice;
use crate::types::{Basis, Channel, ConsentState, Identifier, Level, Purpose, Timestamp, Topic};

/// Every choice that a customer made, by time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Choices {
    pub(super) made: Vec<Chosen>,
    /// None while only the record's own identifier has one.
    pub(super) voices: Vec<Voice>,
    #[serde(skip)]
    pub(super) memo: Memo,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) at: Timestamp,
    pub(crate) id: u64,
    /// Under which identifier; nothing for the one that the record is kept under.
    pub(crate) under: Option<Identifier>,
    pub(crate) channel: Option<Channel>,
    pub(crate) choice: Choice,
}

impl Chosen {
    /// When a consent to a purpose that it gives ends by itself, and what becomes of it then.
    pub(super) fn ends(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
    ) -> (Timestamp, ConsentState) {
        policy.ends(purpose, self.at, self.choice.notice)
    }
}

/// Whose word a choice is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Voice {
    /// As in [`Chosen::under`].
    pub(crate) under: Option<Identifier>,
    /// Whether it is the customer's own. The voice of somebody who went another way only
    /// ever forbids.
    pub(crate) own: bool,
    /// Whose words count as its own too, and since when.
    pub(crate) heeds: Vec<(Option<Identifier>, Timestamp)>,
}

impl Voice {
    pub(super) fn says(&self, chosen: &Chosen) -> bool {
        let heeds = |(under, since): &(Option<Identifier>, Timestamp)| {
            *under == chosen.under && chosen.at >= *since
        };
        self.under == chosen.under || self.heeds.iter().any(heeds)
    }
}

impl Choices {
    /// Adds a choice; false if it is here already.
    pub(crate) fn add(&mut self, new: Chosen) -> bool {
        if self.has(new.id, new.under.as_ref()) {
            return false;
        }
        let key = |chosen: &Chosen| (chosen.at, chosen.id);
        let before = |known: &Chosen| (key(known), &known.under) < (key(&new), &new.under);
        let place = self.made.partition_point(before);
        self.memo = Memo::default();
        self.made.insert(place, new);
        true
    }

    /// Whether a choice is here.
    pub(crate) fn has(&self, id: u64, under: Option<&Identifier>) -> bool {
        self.made.iter().any(|chosen| chosen.id == id && chosen.under.as_ref() == under)
    }

    /// The identifiers under which something was chosen, each once.
    pub(crate) fn speakers(&self) -> Vec<Option<Identifier>> {
        let mut speakers: Vec<_> = self.made.iter().map(|chosen| chosen.under.clone()).collect();
        speakers.sort();
        speakers.dedup();
        speakers
    }

    /// Forgets what somebody else chose; false if nothing was chosen.
    pub(crate) fn silence(&mut self, theirs: &dyn Fn(&Identifier) -> bool) -> bool {
        let before = self.made.len();
        self.memo = Memo::default();
        self.made.retain(|chosen| !chosen.under.as_ref().is_some_and(theirs));
        self.made.len() < before
    }

    /// Whose word each choice is from now on.
    pub(crate) fn hear(&mut self, voices: Vec<Voice>) {
        self.memo = Memo::default();
        self.voices = voices;
    }

    /// Every choice, by time.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Chosen> {
        self.made.iter()
    }

    /// When the next choice that is already known takes effect, a consent runs out or a
    /// customer comes of age.
    pub(crate) fn next(&self, policy: &PrivacyPolicy, now: Timestamp) -> Timestamp {
        self.turns(policy).filter(|at| *at > now).min().unwrap_or(Timestamp::MAX)
    }

    /// Every instant at which what is allowed may change.
    pub(super) fn turns(&self, policy: &PrivacyPolicy) -> impl Iterator<Item = Timestamp> {
        let ends = self.made.iter().flat_map(|chosen| {
            let given = chosen.choice.purposes.iter().filter(|(_, grant)| grant.can_end());
            given.map(|(purpose, _)| chosen.ends(policy, purpose).0)
        });
        let made = self.made.iter().map(|chosen| chosen.at);
        made.chain(ends).chain(self.comes_of_age())
    }

    /// How many choices there are: what a decision was taken under.
    pub(crate) fn epoch(&self) -> u64 {
        self.made.len() as u64
    }

    /// The latest word on something at an instant, of every voice; `stricter` settles a tie
    /// and what voices do not agree on, `bounded` is what the word of somebody else leaves of
    /// one's own.
    pub(super) fn latest<'a, T: 'a>(
        &'a self,
        at: Timestamp,
        word: impl Fn(&'a Chosen) -> Option<T>,
        stricter: impl Fn(T, T) -> T,
        bounded: impl Fn(Option<T>, T) -> Option<T>,
    ) -> Option<T> {
        if self.voices.is_empty() {
            return self.last_of(|_| true, at, &word, &stricter);
        }
        let each = self.voices.iter().filter_map(|voice| {
            let last = self.last_of(|chosen| voice.says(chosen), at, &word, &stricter)?;
            Some((voice.own, last))
        });
        let (mut own, mut others) = (None, Vec::new());
        for (is_own, last) in each {
            match own {
                _ if !is_own => others.push(last),
                None => own = Some(last),
                Some(known) => own = Some(stricter(known, last)),
            }
        }
        others.into_iter().fold(own, bounded)
    }

    /// The latest word of those that count.
    pub(super) fn last_of<'a, T: 'a>(
        &'a self,
        counts: impl Fn(&Chosen) -> bool,
        at: Timestamp,
        word: &impl Fn(&'a Chosen) -> Option<T>,
        stricter: &impl Fn(T, T) -> T,
    ) -> Option<T> {
        let mut found: Option<(Timestamp, T)> = None;
        let known = self.made.iter().take_while(|chosen| chosen.at <= at);
        for chosen in known.filter(|chosen| counts(chosen)) {
            let Some(new) = word(chosen) else {
                continue;
            };
            found = match found {
                Some((then, old)) if then == chosen.at => Some((then, stricter(old, new))),
                _ => Some((chosen.at, new)),
            };
        }
        found.map(|(_, word)| word)
    }

    /// The level at an instant.
    pub(crate) fn level(&self, at: Timestamp) -> Level {
        let bounded = |own: Option<Level>, other| Some(own.unwrap_or_default().min(other));
        self.latest(at, |chosen| chosen.choice.level, Level::min, bounded).unwrap_or_default()
    }

    /// Whether data are kept and not used at an instant.
    pub(crate) fn restricted(&self, at: Timestamp) -> bool {
        let bounded = |own: Option<bool>, other| Some(own.unwrap_or(false) || other);
        self.latest(at, |chosen| chosen.choice.restricted, |a, b| a || b, bounded).unwrap_or(false)
    }

    /// The level in force for a purpose: everybody's, and of each voice that answered about
    /// the purpose itself its own. So a yes here and a level there make no consent.
    pub(super) fn level_for(&self, purpose: &Purpose, at: Timestamp) -> Level {
        let answer = |chosen: &Chosen| {
            chosen.choice.purposes.get(purpose).filter(|grant| grant.is_answer()).map(|_| ())
        };
        let level = |chosen: &Chosen| chosen.choice.level;
        let of = |voice: &Voice| {
            self.last_of(|chosen| chosen.under == voice.under, at, &answer, &|(), ()| ())?;
            let says = |chosen: &Chosen| voice.says(chosen);
            Some(self.last_of(says, at, &level, &Level::min).unwrap_or_default())
        };
        self.voices.iter().filter_map(of).fold(self.level(at), Level::min)
    }

    /// Whether a purpose is allowed at an instant, level included.
    pub(crate) fn allows(&self, policy: &PrivacyPolicy, purpose: &Purpose, at: Timestamp) -> bool {
        match self.known(policy, purpose, at) {
            Some(known) => known.is_some(),
            None => self.verdict(policy, purpose, &self.moment(policy, at)).is_ok(),
        }
    }

    /// The purposes that are allowed at an instant.
    pub(crate) fn allowed(&self, policy: &PrivacyPolicy, at: Timestamp) -> Vec<Purpose> {
        let purposes = policy.purposes().map(|(purpose, _)| purpose);
        purposes.filter(|purpose| self.allows(policy, purpose, at)).cloned().collect()
    }

    /// The categories that a purpose may use at an instant, level included.
    pub(crate) fn granted(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Categories {
        let afresh = || self.verdict(policy, purpose, &self.moment(policy, at)).ok();
        self.known(policy, purpose, at).unwrap_or_else(afresh).unwrap_or_default()
    }

    /// The categories that may be kept of what happens at an instant.
    pub(crate) fn kept(&self, policy: &PrivacyPolicy, at: Timestamp) -> Categories {
        self.used(policy, at).or(policy.needed())
    }

    /// The categories that some purpose may use at an instant because the customer said so.
    pub(crate) fn consented(&self, policy: &PrivacyPolicy, at: Timestamp) -> Categories {
        let laws = self.person(policy, at).laws;
        let by_consent = |purpose: &Purpose| {
            let rule = policy.purposes.get(purpose);
            rule.is_some_and(|rule| rule.bases(&laws).all(Basis::is_consent))
        };
        let purposes = policy.purposes().map(|(purpose, _)| purpose);
        let each = purposes.filter(|purpose| by_consent(purpose));
        each.map(|it| self.granted(policy, it, at)).fold(Categories::NONE, Categories::or)
    }

    /// The categories that some purpose may use at an instant, on whatever basis.
    pub(crate) fn used(&self, policy: &PrivacyPolicy, at: Timestamp) -> Categories {
        let each = policy.purposes().map(|(purpose, _)| self.granted(policy, purpose, at));
        each.fold(Categories::NONE, Categories::or)
    }

    /// Whether a recipient may be given data at an instant: by the customer's own word, if that
    /// is what it rests on.
    pub(crate) fn shares(
        &self,
        policy: &PrivacyPolicy,
        recipient: &Recipient,
        at: Timestamp,
    ) -> bool {
        let person = self.person(policy, at);
        let word = |chosen: &Chosen| {
            let shared = chosen.choice.recipients.get(&recipient.id).copied()?;
            (!shared || person.may_say(chosen, recipient.basis)).then_some(shared)
        };
        let stricter = |a: bool, b: bool| a && b;
        let bounded = |own: Option<bool>, other: bool| match own {
            Some(own) => Some(own && other),
            None => (!other).then_some(false),
        };
        let said = self.latest(at, word, stricter, bounded);
        match recipient.basis {
            basis if basis.is_needed() => true,
            _ if self.restricted(at) => false,
            basis if basis.is_consent() => said.unwrap_or(false),
            _ => said.unwrap_or(true),
        }
    }

    /// Whether messages about a topic are not wanted on a channel.
    pub(crate) fn unsubscribed(&self, topic: &Topic, channel: &Channel, at: Timestamp) -> bool {
        let word = |chosen: &Chosen| {
            let wanted = chosen.choice.topics.get(topic)?.get(channel);
            wanted.map(|wanted| !wanted)
        };
        let bounded = |own: Option<bool>, other| Some(own.unwrap_or(false) || other);
        self.latest(at, word, |a, b| a || b, bounded).unwrap_or(false)
    }

    /// Whether the customer objects to being reached on a channel.
    pub(crate) fn objects_to(&self, channel: &Channel, at: Timestamp) -> bool {
        let word = |chosen: &Chosen| chosen.choice.channels.get(channel).copied();
        let bounded = |own: Option<bool>, other| Some(own.unwrap_or(false) || other);
        self.latest(at, word, |a, b| a || b, bounded).unwrap_or(false)
    }
}
