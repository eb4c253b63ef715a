//! A record is one log for each identifier of the customer, read together. Here logs move
//! from record to record, when customers turn out to be one, or not to be.

use hashbrown::HashSet;

use super::sealed::Renaming;
use super::{Columns, Contact, NONE, Profile, Row, Texts, Ties};
use crate::consent::{Chosen, Voice};
use crate::types::{Identifier, Timestamp};

impl Profile {
    /// The number that stands for the log of an identifier.
    pub(crate) fn log(&mut self, of: &Identifier) -> u32 {
        if *of == self.customer { NONE } else { self.names.intern(&of.as_text()) }
    }

    /// The number of the log of an identifier, if there is one.
    pub(crate) fn known_log(&self, of: &Identifier) -> Option<u32> {
        if *of == self.customer { Some(NONE) } else { self.names.number(&of.as_text()) }
    }

    /// How a choice names the log of an identifier.
    pub(crate) fn voice(&self, of: &Identifier) -> Option<Identifier> {
        Some(of).filter(|of| **of != self.customer).cloned()
    }

    /// What was done, in order, each event once: what was told under several identifiers
    /// counts as told under the first of them.
    pub(crate) fn told_once(&self, names: &Texts<'_>) -> Columns {
        let all = self.history.columns();
        if all.under.iter().all(|under| *under == NONE) {
            return all;
        }
        let mut known = HashSet::with_capacity(self.history.len());
        if all.rows().all(|row| known.insert(row.id)) {
            return all;
        }
        known.clear();
        let mut rows: Vec<Row> = all.rows().collect();
        rows.sort_by(|a, b| (a.at, names.get(a.under)).cmp(&(b.at, names.get(b.under))));
        rows.retain(|row| known.insert(row.id));
        rows.sort_unstable_by_key(|row| (row.at, row.id));
        Columns::from_iter(rows)
    }

    /// This whole record in two: what is left, and the logs of those who leave, who are kept
    /// under `home`. Choices stay on both sides; what was learned stays here.
    pub(crate) fn split(&self, leaving: &[Identifier], home: &Identifier) -> (Self, Self) {
        let leaves = |who: &Identifier| leaving.contains(who);
        let mut left = Self::stranger(self.customer.clone());
        left.membership = self.membership.clone();
        left.uses = self.uses.clone();
        left.identity.unsettled = self.identity.unsettled;
        left.take_logs(self, &|who| !leaves(who));
        let mut renaming = Renaming::new(&self.names, &mut left.names);
        let bought = self.learned.bought.iter();
        left.learned.bought = bought.map(|(item, d, n)| (renaming.of(*item), *d, *n)).collect();
        let answered = self.learned.answered.iter();
        left.learned.answered =
            answered.map(|(action, s, n)| (renaming.of(*action), *s, *n)).collect();
        let mut taken = Self::stranger(home.clone());
        taken.membership.rules = self.membership.rules;
        taken.take_logs(self, &leaves);
        left.keep_in_mind(self, &leaves);
        taken.keep_in_mind(self, &|who| !leaves(who));
        (left, taken)
    }

    /// Keeps in mind the contacts that were made under some identifiers of the record that
    /// this one comes from, so that no cap is exceeded by a parting.
    fn keep_in_mind(&mut self, from: &Self, whose: &dyn Fn(&Identifier) -> bool) {
        let texts = from.names.table();
        let by = |contact: &&Contact| match contact.under {
            NONE => whose(&from.customer),
            under => Identifier::from_text(texts.get(under)).is_some_and(|who| whose(&who)),
        };
        let made = from.contacts.made(Timestamp::MAX);
        let mut renaming = Renaming::new(&from.names, &mut self.names);
        for contact in made.iter().filter(by) {
            let contact = Contact { under: NONE, ..renaming.contact(contact) };
            self.elsewhere.add(contact);
        }
        self.forget_who_is_back();
    }

    /// What was told elsewhere is told here where its identifier is back.
    fn forget_who_is_back(&mut self) {
        let here: HashSet<u64> = self.contacts.told().map(|contact| contact.id).collect();
        let elsewhere = self.elsewhere.told().filter(|contact| !here.contains(&contact.id));
        self.elsewhere = elsewhere.copied().collect();
    }

    /// Takes in the logs of some identifiers of another whole record, as far as they are not
    /// here, and every choice.
    pub(crate) fn take_logs(&mut self, from: &Self, whose: &dyn Fn(&Identifier) -> bool) {
        from.identifiers().filter(|who| whose(who) && **who != self.customer).for_each(|who| {
            self.identity.welcome(who);
        });
        for tie in from.identity.ties.iter() {
            if !tie.ends().into_iter().any(|end| from.is(end) && whose(end)) {
                continue;
            }
            self.identity.ties.take_in(tie);
        }
        for note in from.prospect.iter().filter(|note| whose(&note.of)) {
            self.prospect.take_in(note);
        }
        for chosen in from.choices.iter() {
            let under = chosen.under.as_ref().unwrap_or(&from.customer);
            self.choices.add(Chosen { under: self.voice(under), ..chosen.clone() });
        }
        let texts = from.names.table();
        let mut taken: Vec<Option<bool>> = vec![None; texts.len().max(1)];
        let mut is_taken = |under: u32| {
            let known = taken.get_mut(under as usize);
            known.is_some_and(|known| {
                *known.get_or_insert_with(|| match under {
                    NONE => whose(&from.customer),
                    under => Identifier::from_text(texts.get(under)).is_some_and(|who| whose(&who)),
                })
            })
        };
        let mut rows: HashSet<(u64, u32)> =
            self.history.columns().rows().map(|row| (row.id, row.under)).collect();
        let properties: HashSet<(u64, u32)> =
            self.properties.iter().map(|property| (property.of, property.under)).collect();
        let facts: HashSet<(u64, u32, u32)> =
            self.attributes.iter().map(|fact| (fact.id, fact.under, fact.name)).collect();
        let contacts: HashSet<(u64, u32)> =
            self.contacts.told().map(|contact| (contact.id, contact.under)).collect();
        let mut renaming =
            Renaming::between((&from.names, &from.customer), (&mut self.names, &self.customer));
        for row in from.history.columns().rows().filter(|row| is_taken(row.under)) {
            let row = renaming.row(row);
            if rows.insert((row.id, row.under)) {
                self.history.insert(row);
            }
        }
        for property in from.properties.iter().filter(|property| is_taken(property.under)) {
            let property = renaming.property(property);
            if !properties.contains(&(property.of, property.under)) {
                self.properties.push(property);
            }
        }
        for fact in from.attributes.iter().filter(|fact| is_taken(fact.under)) {
            let fact = renaming.attribute(fact);
            if !facts.contains(&(fact.id, fact.under, fact.name)) {
                self.attributes.push(fact);
            }
        }
        let those = from.contacts.told().filter(|contact| is_taken(contact.under));
        let those = those.map(|contact| renaming.contact(contact));
        let new = those.filter(|contact| !contacts.contains(&(contact.id, contact.under)));
        self.contacts.extend(new.collect::<Vec<_>>().into_iter());
        for contact in from.elsewhere.told() {
            self.elsewhere.add(Contact { under: NONE, ..renaming.contact(contact) });
        }
        for (id, under) in from.retracted.iter().filter(|(_, under)| is_taken(*under)) {
            self.retracted.add(id, renaming.log(under));
        }
        self.membership.sweep = self.membership.sweep.min(from.membership.sweep);
        self.forget_who_is_back();
        self.history.pack();
        self.in_order();
    }

    /// Puts properties and attributes into their order.
    pub(crate) fn in_order(&mut self) {
        let names = self.names.table();
        let text = |number: u32| names.get(number);
        self.properties.sort_by_key(|property| property.of);
        self.attributes.sort_by(|a, b| {
            (a.at, a.id, text(a.name), text(a.under)).cmp(&(
                b.at,
                b.id,
                text(b.name),
                text(b.under),
            ))
        });
    }

    /// Says whose word each choice is, now that the identifiers are those that they are.
    /// `as_good` tells whether the first identifies at least as well as the second.
    pub(crate) fn hear(&mut self, as_good: &dyn Fn(&Identifier, &Identifier) -> bool) {
        let speakers = self.choices.speakers();
        if speakers.iter().all(Option::is_none) {
            self.choices.hear(Vec::new());
            return;
        }
        let named = |under: &Option<Identifier>| under.clone().unwrap_or(self.customer.clone());
        let joined = Joined::of(self);
        let voice = |under: &Option<Identifier>| {
            let who = named(under);
            let own = self.is(&who);
            let others = speakers.iter().filter(|other| *other != under);
            let heeds = others.filter_map(|other| {
                let by = named(other);
                let since = match own {
                    true if as_good(&by, &who) => joined.since(&by, &who),
                    true => None,
                    // Of somebody who went another way, what is said later is not heard.
                    false => self.is(&by).then(|| joined.last_word(&who)),
                };
                Some((other.clone(), since?))
            });
            Voice { under: under.clone(), own, heeds: heeds.collect() }
        };
        let voices = speakers.iter().map(voice).collect();
        self.choices.hear(voices);
    }
}

/// Since when identifiers of one record are known to be of one customer.
struct Joined<'a> {
    ties: &'a Ties,
    /// By when it was said first.
    own: Vec<(Timestamp, [&'a Identifier; 2])>,
}

impl<'a> Joined<'a> {
    fn of(profile: &'a Profile) -> Self {
        let ties = &profile.identity.ties;
        let own = ties.iter().filter(|tie| tie.ends().into_iter().all(|end| profile.is(end)));
        let mut own: Vec<_> = own.filter_map(|tie| Some((tie.since()?, tie.ends()))).collect();
        own.sort();
        Self { ties, own }
    }

    /// Since when a chain of links leads from one to the other.
    fn since(&self, a: &Identifier, b: &Identifier) -> Option<Timestamp> {
        let mut groups: Vec<HashSet<&Identifier>> = Vec::new();
        for (since, [one, other]) in &self.own {
            let mut joined = HashSet::from([*one, *other]);
            groups.retain(|group| {
                let apart = group.is_disjoint(&joined);
                if !apart {
                    joined.extend(group.iter().copied());
                }
                apart
            });
            if joined.contains(a) && joined.contains(b) {
                return Some(*since);
            }
            groups.push(joined);
        }
        None
    }

    /// When the last word was said of somebody's links.
    fn last_word(&self, who: &Identifier) -> Timestamp {
        self.ties.of(who).map(|(tie, _)| tie.last_word()).max().unwrap_or(Timestamp::MIN)
    }
}
