//! Taking rows out again: what was retracted, and what was kept as long as the policy
//! says. The texts that only they used go with them.

use std::collections::BTreeMap;

use super::sealed::Renaming;
use super::{
    Attribute, Chunk, Contacts, Dictionary, History, Learned, NONE, Profile, Property, Retracted,
    Row, Texts,
};
use crate::consent::{Categories, PrivacyPolicy};
use crate::event::Kind;
use crate::types::{Identifier, Purpose, Timestamp};

/// What rows can be taken out of: a head, or a sealed chunk.
struct Tables<'a> {
    names: &'a mut Dictionary,
    history: &'a mut History,
    properties: &'a mut Vec<Property>,
    attributes: &'a mut Vec<Attribute>,
    contacts: &'a mut Contacts,
    /// What is never sealed, and so is of a head alone.
    rest: Option<(&'a mut Retracted, &'a mut Learned, &'a mut Contacts)>,
}

/// What became of tables that were swept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Swept {
    /// Whether anything was taken out.
    pub(crate) changed: bool,
    /// When something is to be taken out next.
    pub(crate) next: Timestamp,
}

impl Swept {
    /// Nothing was taken out, and nothing ever is.
    const NOTHING: Self = Self { changed: false, next: Timestamp::MAX };
}

/// Until when data of one record are kept.
pub(crate) struct Lifetimes<'a> {
    policy: &'a PrivacyPolicy,
    names: &'a Texts<'a>,
}

impl<'a> Lifetimes<'a> {
    pub(crate) fn new(policy: &'a PrivacyPolicy, names: &'a Texts<'a>) -> Self {
        Self { policy, names }
    }

    pub(super) fn category(&self, row: &Row) -> usize {
        self.policy.of_kind(&Kind::of_stored(row.kind, |name| self.names.get(name)))
    }

    pub(crate) fn row(&self, row: &Row) -> Timestamp {
        self.policy.expires(self.category(row), Timestamp::from_millis(row.at))
    }

    /// A property of a row that happened at an instant: no longer than the row.
    pub(crate) fn property(&self, property: &Property, at: Timestamp) -> Timestamp {
        let number = property.category.as_ref().and_then(|c| self.policy.number(c));
        number.map_or(Timestamp::MAX, |number| self.policy.expires(number, at))
    }

    pub(crate) fn attribute(&self, attribute: &Attribute) -> Timestamp {
        let name = self.names.get(attribute.name);
        self.policy.expires(self.policy.of_attribute(name), attribute.at)
    }
}

impl Tables<'_> {
    /// Takes out what is not kept any more at `now`.
    fn sweep(mut self, policy: &PrivacyPolicy, now: Timestamp) -> Swept {
        let names = self.names.table();
        let lifetimes = Lifetimes::new(policy, &names);
        let mut swept = Swept::NOTHING;
        let mut stays = |expires: Timestamp| {
            if expires > now {
                swept.next = swept.next.min(expires);
            } else {
                swept.changed = true;
            }
            expires > now
        };
        let mut kept: BTreeMap<(u64, u32), Timestamp> = BTreeMap::new();
        self.history.retain(|row| {
            let stays = stays(lifetimes.row(row));
            if stays {
                kept.insert((row.id, row.under), Timestamp::from_millis(row.at));
            }
            stays
        });
        self.properties.retain(|property| match kept.get(&(property.of, property.under)) {
            Some(at) => stays(lifetimes.property(property, *at)),
            None => false,
        });
        self.attributes.retain(|attribute| stays(lifetimes.attribute(attribute)));
        if swept.changed {
            self.tidy();
        }
        swept
    }

    /// Takes out what came in a log under an id; false if nothing did.
    fn take_back(mut self, id: u64, under: u32) -> bool {
        let (properties, attributes) = (self.properties.len(), self.attributes.len());
        self.properties.retain(|property| (property.of, property.under) != (id, under));
        self.attributes.retain(|attribute| (attribute.id, attribute.under) != (id, under));
        let others = (self.properties.len(), self.attributes.len()) != (properties, attributes);
        let row = self.history.has(id, under);
        if row {
            self.history.retain(|row| (row.id, row.under) != (id, under));
        }
        if row || others {
            self.tidy();
        }
        row || others
    }

    /// Keeps only the texts that are used.
    fn tidy(&mut self) {
        let old = std::mem::take(self.names);
        let mut renaming = Renaming::new(&old, self.names);
        *self.history = renaming.history(self.history);
        self.properties.iter_mut().for_each(|p| *p = renaming.property(p));
        self.attributes.iter_mut().for_each(|a| *a = renaming.attribute(a));
        *self.contacts = self.contacts.told().map(|c| renaming.contact(c)).collect();
        if let Some((retracted, learned, elsewhere)) = &mut self.rest {
            renaming.rest(retracted, learned, elsewhere);
        }
    }
}

impl Chunk {
    fn tables(&mut self) -> Tables<'_> {
        let Self { names, history, properties, attributes, contacts } = self;
        Tables { names, history, properties, attributes, contacts, rest: None }
    }

    /// Takes out what is not kept any more at `now`.
    pub(crate) fn sweep(&mut self, policy: &PrivacyPolicy, now: Timestamp) -> Swept {
        self.tables().sweep(policy, now)
    }

    /// Takes out what came in a log under an id; false if nothing did. A log that is not the
    /// customer's own has a name.
    pub(crate) fn take_back(&mut self, id: u64, log: Option<&str>) -> bool {
        self.log(log).is_some_and(|under| self.tables().take_back(id, under))
    }

    /// The categories of what came in a log under an id, as far as it is for a purpose.
    pub(crate) fn categories(
        &self,
        id: u64,
        log: Option<&str>,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
    ) -> Categories {
        let Some(under) = self.log(log) else { return Categories::NONE };
        let facts = self.attributes.iter().filter(|fact| fact.is_for(purpose));
        categories(&self.names, &self.history, facts, (id, under), policy)
    }

    fn log(&self, name: Option<&str>) -> Option<u32> {
        name.map_or(Some(NONE), |name| self.names.number(name))
    }
}

impl Profile {
    fn tables(&mut self) -> Tables<'_> {
        let Self { names, history, properties, attributes, contacts, .. } = self;
        let rest = Some((&mut self.retracted, &mut self.learned, &mut self.elsewhere));
        Tables { names, history, properties, attributes, contacts, rest }
    }

    /// Takes out of the head what is not kept any more at `now`.
    pub(crate) fn sweep(&mut self, policy: &PrivacyPolicy, now: Timestamp) -> Swept {
        self.tables().sweep(policy, now)
    }

    /// From now on what is told of somebody under an id is nothing, and what was is taken out
    /// of the head; false if that was so already.
    pub(crate) fn take_back(&mut self, id: u64, of: &Identifier) -> bool {
        let under = self.log(of);
        let new = self.retracted.add(id, under);
        if new {
            self.tables().take_back(id, under);
        }
        new
    }

    /// The categories of what was told of somebody under an id, as far as it is for a purpose
    /// and the head knows.
    pub(crate) fn categories(
        &self,
        id: u64,
        of: &Identifier,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
    ) -> Categories {
        let Some(under) = self.known_log(of) else { return Categories::NONE };
        let facts = self.attributes.iter().filter(|fact| fact.is_for(purpose));
        categories(&self.names, &self.history, facts, (id, under), policy)
    }
}

fn categories<'a>(
    names: &Dictionary,
    history: &History,
    facts: impl Iterator<Item = &'a Attribute>,
    (id, under): (u64, u32),
    policy: &PrivacyPolicy,
) -> Categories {
    let names = names.table();
    let lifetimes = Lifetimes::new(policy, &names);
    let facts = facts.filter(|fact| (fact.id, fact.under) == (id, under));
    let facts = facts.map(|fact| policy.of_attribute(names.get(fact.name)));
    let columns = history.has(id, under).then(|| history.columns());
    let rows = columns.iter().flat_map(|columns| columns.rows());
    let rows = rows.filter(|row| (row.id, row.under) == (id, under));
    let rows = rows.map(|row| lifetimes.category(&row));
    rows.chain(facts).map(Categories::one).fold(Categories::NONE, Categories::or)
}
