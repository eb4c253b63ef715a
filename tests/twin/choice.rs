//! What a customer allows: the latest word decides; of two at the same instant, the
//! stricter; the level is an upper bound.

use std::collections::BTreeSet;

use confidant::{Channel, DataCategory, Level, Purpose};

use crate::common::told::{Chose, Word};
use crate::common::world::Privacy;

pub type Categories = BTreeSet<DataCategory>;

/// Every choice of one customer, in the order in which they became known.
#[derive(Debug, Clone, Default)]
pub struct Choices(pub Vec<(i64, Chose)>);

impl Choices {
    /// The latest words up to an instant: more than one if they were said together.
    fn latest<T>(&self, at: i64, word: impl Fn(&Chose) -> Option<T>) -> Vec<(i64, T)> {
        let said: Vec<(i64, T)> = self
            .0
            .iter()
            .filter(|(when, _)| *when <= at)
            .filter_map(|(when, choice)| Some((*when, word(choice)?)))
            .collect();
        let last = said.iter().map(|(when, _)| *when).max();
        said.into_iter().filter(|(when, _)| Some(*when) == last).collect()
    }

    pub fn level(&self, at: i64) -> Level {
        let levels = self.latest(at, |choice| choice.level).into_iter().map(|(_, level)| level);
        levels.min().unwrap_or(Level::Contextual)
    }

    fn reaches(&self, privacy: &Privacy, purpose: &Purpose, at: i64) -> bool {
        privacy.purposes.get(purpose).is_some_and(|(needed, _)| self.level(at) >= *needed)
            && !self.restricted(at)
    }

    fn restricted(&self, at: i64) -> bool {
        self.latest(at, |choice| choice.restricted).iter().any(|(_, restricted)| *restricted)
    }

    /// `None` without a word; what a withdrawn purpose may use is `Some(None)`.
    fn word(&self, privacy: &Privacy, purpose: &Purpose, at: i64) -> Option<Option<Categories>> {
        let words = self.latest(at, |choice| choice.purposes.get(purpose).cloned());
        let (_, foreseen) = privacy.purposes.get(purpose).cloned().unwrap_or_default();
        let all: Categories = privacy.categories.iter().map(|(c, ..)| c.clone()).collect();
        let foreseen = foreseen.map_or(all, |these| these.into_iter().collect());
        let special = |c: &DataCategory| privacy.categories.iter().any(|(k, _, s)| k == c && *s);
        words
            .into_iter()
            .map(|(when, word)| match word {
                Word::No => None,
                _ if privacy.ended(purpose, when, at) => None,
                Word::Yes => Some(foreseen.iter().filter(|c| !special(c)).cloned().collect()),
                Word::Only(these) => {
                    Some(foreseen.iter().filter(|c| these.contains(c)).cloned().collect())
                }
            })
            .reduce(|a: Option<Categories>, b| Some(&a? & &b?))
    }

    /// Whether a purpose is allowed.
    pub fn allows(&self, privacy: &Privacy, purpose: &Purpose, at: i64) -> bool {
        self.reaches(privacy, purpose, at)
            && match self.word(privacy, purpose, at) {
                Some(word) => word.is_some(),
                None => *purpose == Purpose::Contextual,
            }
    }

    /// What a purpose may use.
    pub fn granted(&self, privacy: &Privacy, purpose: &Purpose, at: i64) -> Categories {
        if !self.reaches(privacy, purpose, at) {
            return Categories::new();
        }
        self.word(privacy, purpose, at).flatten().unwrap_or_default()
    }

    /// What may be kept: what the contract needs, and what any purpose may use.
    pub fn kept(&self, privacy: &Privacy, at: i64) -> Categories {
        let contract = privacy.categories.iter().filter(|(_, contract, _)| *contract);
        let mut kept: Categories = contract.map(|(category, ..)| category.clone()).collect();
        for purpose in privacy.purposes.keys() {
            kept.extend(self.granted(privacy, purpose, at));
        }
        kept
    }

    pub fn objects(&self, channel: &Channel, at: i64) -> bool {
        self.latest(at, |choice| choice.channels.get(channel).copied())
            .iter()
            .any(|(_, objects)| *objects)
    }
}
