//! Which kinds of data a record holds, and since when.

use std::collections::BTreeMap;

use super::{Attribute, Chunk, Dictionary, History, Lifetimes, Profile, Property};
use crate::consent::PrivacyPolicy;
use crate::types::Timestamp;

/// The numbers of the data categories that something is kept of, each with the instant of
/// the oldest.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Held(BTreeMap<usize, Timestamp>);

impl Held {
    fn note(&mut self, number: usize, at: Timestamp) {
        let oldest = self.0.entry(number).or_insert(at);
        *oldest = at.min(*oldest);
    }

    /// The same with what another holds.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        other.iter().for_each(|(number, at)| self.note(number, at));
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Timestamp)> {
        self.0.iter().map(|(number, at)| (*number, *at))
    }
}

impl Profile {
    /// When the last thing happened that was told, of what the head holds.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        let history = self.history.columns().at.last().copied();
        let contacts = self.contacts.told().map(|contact| contact.at);
        let millis = history.into_iter().chain(contacts).map(Timestamp::from_millis);
        let facts = self.attributes.iter().map(|fact| fact.at);
        let choices = self.choices.iter().map(|chosen| chosen.at);
        let links = self.identity.ties.iter().map(|tie| tie.last_word());
        let notes = self.prospect.iter().map(|note| note.at);
        millis.chain(facts).chain(choices).chain(links).chain(notes).max()
    }

    /// What the head holds.
    pub(crate) fn held(&self, policy: &PrivacyPolicy) -> Held {
        held(&self.names, &self.history, &self.properties, &self.attributes, policy)
    }
}

impl Chunk {
    /// What was sealed.
    pub(crate) fn held(&self, policy: &PrivacyPolicy) -> Held {
        held(&self.names, &self.history, &self.properties, &self.attributes, policy)
    }
}

fn held(
    names: &Dictionary,
    history: &History,
    properties: &[Property],
    attributes: &[Attribute],
    policy: &PrivacyPolicy,
) -> Held {
    let (mut held, names) = (Held::default(), names.table());
    let lifetimes = Lifetimes::new(policy, &names);
    let mut told: BTreeMap<(u64, u32), Timestamp> = BTreeMap::new();
    for row in history.columns().rows() {
        let at = Timestamp::from_millis(row.at);
        held.note(lifetimes.category(&row), at);
        told.insert((row.id, row.under), at);
    }
    for property in properties {
        let number = property.category.as_ref().and_then(|category| policy.number(category));
        if let Some((number, at)) = number.zip(told.get(&(property.of, property.under))) {
            held.note(number, *at);
        }
    }
    for fact in attributes {
        held.note(policy.of_attribute(names.get(fact.name)), fact.at);
    }
    held
}
