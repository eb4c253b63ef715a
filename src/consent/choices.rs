//! The choices of one customer, folded: what was allowed at an instant.
//!
//! The latest choice about a purpose decides; of two at the same instant, the more
//! restrictive. So the order of arrival does not matter.

use serde::{Deserialize, Serialize};

use super::policy::{Categories, PrivacyPolicy};
use crate::event::{Choice, Grant};
use crate::types::{Channel, Level, Purpose, Timestamp};

/// Every choice that a customer made, by time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Choices(Vec<Chosen>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) at: Timestamp,
    pub(crate) id: u64,
    pub(crate) choice: Choice,
}

impl Choices {
    /// Adds a choice; false if it is here already.
    pub(crate) fn add(&mut self, at: Timestamp, id: u64, choice: Choice) -> bool {
        if self.0.iter().any(|chosen| chosen.id == id) {
            return false;
        }
        let place = self.0.partition_point(|chosen| (chosen.at, chosen.id) < (at, id));
        self.0.insert(place, Chosen { at, id, choice });
        true
    }

    /// Every choice, by time.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Chosen> {
        self.0.iter()
    }

    /// When the next choice that is already known takes effect.
    pub(crate) fn next(&self, now: Timestamp) -> Timestamp {
        let later = self.0.iter().map(|chosen| chosen.at).find(|at| *at > now);
        later.unwrap_or(Timestamp::MAX)
    }

    /// How many choices there are: what a decision was taken under.
    pub(crate) fn epoch(&self) -> u64 {
        self.0.len() as u64
    }

    /// The latest word on something at an instant; `stricter` settles a tie.
    fn latest<'a, T: 'a>(
        &'a self,
        at: Timestamp,
        word: impl Fn(&'a Choice) -> Option<T>,
        stricter: impl Fn(T, T) -> T,
    ) -> Option<T> {
        let mut found: Option<(Timestamp, T)> = None;
        for chosen in self.0.iter().take_while(|chosen| chosen.at <= at) {
            let Some(new) = word(&chosen.choice) else {
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
        self.latest(at, |choice| choice.level, Level::min).unwrap_or_default()
    }

    /// Whether a purpose is allowed at an instant, level included.
    pub(crate) fn allows(&self, policy: &PrivacyPolicy, purpose: &Purpose, at: Timestamp) -> bool {
        policy.level_of(purpose).is_some_and(|needed| self.level(at) >= needed)
            && match self.standing(policy, purpose, at) {
                Some(standing) => standing.is_some(),
                None => *purpose == Purpose::Contextual,
            }
    }

    /// The categories that a purpose may use at an instant, level included.
    pub(crate) fn granted(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Categories {
        let reached = policy.level_of(purpose).is_some_and(|needed| self.level(at) >= needed);
        match self.standing(policy, purpose, at) {
            Some(Some(categories)) if reached => categories,
            _ => Categories::NONE,
        }
    }

    /// The customer's word on a purpose: none, withdrawn, or allowed for categories.
    fn standing(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Option<Option<Categories>> {
        let word = |choice: &Choice| {
            choice.purposes.get(purpose).map(|grant| match grant {
                Grant::Withdrawn => None,
                Grant::Allowed => Some(policy.foreseen(purpose).without(policy.special_ones())),
                Grant::Only(named) => Some(policy.foreseen(purpose).and(policy.set(named))),
            })
        };
        let stricter = |a: Option<Categories>, b: Option<Categories>| Some(a?.and(b?));
        self.latest(at, word, stricter)
    }

    /// The categories that may be kept of what happens at an instant.
    pub(crate) fn kept(&self, policy: &PrivacyPolicy, at: Timestamp) -> Categories {
        let level = self.level(at);
        policy
            .purposes()
            .filter(|(_, needed)| level >= *needed)
            .filter_map(|(purpose, _)| self.standing(policy, purpose, at)?)
            .fold(policy.by_contract(), Categories::or)
    }

    /// Whether the customer objects to being reached on a channel.
    pub(crate) fn objects_to(&self, channel: &Channel, at: Timestamp) -> bool {
        let word = |choice: &Choice| choice.channels.get(channel).copied();
        self.latest(at, word, |a, b| a || b).unwrap_or(false)
    }
}
