//! A record is one log for each identifier of the customer, read together. Here logs move
//! from record to record, when customers turn out to be one, or not to be.

use hashbrown::HashSet;

use super::sealed::Renaming;
use super::{
    Attribute, Columns, Contact, Dictionary, NONE, Profile, Property, Row, Texts, Tie, Ties,
};
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
        left.learned = self.learned.clone();
        left.learned.texts_mut().for_each(|text| *text = renaming.of(*text));
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
        let mut meant = Meant::of(from, whose);
        let made = from.contacts.made(Timestamp::MAX);
        let mut renaming = Renaming::new(&from.names, &mut self.names);
        for contact in made.iter().filter(|contact| meant.has(contact.under)) {
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
        self.take_identity(from, whose);
        for chosen in from.choices.iter() {
            let under = chosen.under.as_ref().unwrap_or(&from.customer);
            self.choices.add(Chosen { under: self.voice(under), ..chosen.clone() });
        }
        let mut meant = Meant::of(from, whose);
        self.take_tables(from, &mut meant);
        self.take_contacts(from, &mut meant);
        let mut renaming = Renaming::between(from.home(), (&mut self.names, &self.customer));
        for (id, under) in from.retracted.iter().filter(|(_, under)| meant.has(*under)) {
            self.retracted.add(id, renaming.log(under));
        }
        self.membership.sweep = self.membership.sweep.min(from.membership.sweep);
        self.history.pack();
        self.in_order();
    }

    /// Takes in who some identifiers are: themselves, their links, where they are known from.
    fn take_identity(&mut self, from: &Self, whose: &dyn Fn(&Identifier) -> bool) {
        from.identifiers().filter(|who| whose(who) && **who != self.customer).for_each(|who| {
            self.identity.welcome(who);
        });
        let of_theirs = |tie: &&Tie| tie.ends().into_iter().any(|end| from.is(end) && whose(end));
        for tie in from.identity.ties.iter().filter(of_theirs) {
            self.identity.ties.take_in(tie);
        }
        for note in from.prospect.iter().filter(|note| whose(&note.of)) {
            self.prospect.take_in(note);
        }
    }

    /// Takes in what was done, with all that was said of it, and what was stated.
    fn take_tables(&mut self, from: &Self, meant: &mut Meant<'_>) {
        let row = |row: &Row| (row.id, row.under);
        let property = |property: &Property| (property.of, property.under);
        let fact = |fact: &Attribute| (fact.id, fact.under, fact.name);
        let rows: HashSet<_> = self.history.columns().rows().map(|known| row(&known)).collect();
        let properties: HashSet<_> = self.properties.iter().map(property).collect();
        let facts: HashSet<_> = self.attributes.iter().map(fact).collect();
        let mut renaming = Renaming::between(from.home(), (&mut self.names, &self.customer));
        let told = from.history.columns();
        let told = told.rows().filter(|row| meant.has(row.under)).map(|row| renaming.row(row));
        told.filter(|new| !rows.contains(&row(new))).for_each(|new| self.history.insert(new));
        let told = from.properties.iter().filter(|property| meant.has(property.under));
        let told = told.map(|property| renaming.property(property));
        self.properties.extend(told.filter(|new| !properties.contains(&property(new))));
        let told = from.attributes.iter().filter(|fact| meant.has(fact.under));
        let told = told.map(|fact| renaming.attribute(fact));
        self.attributes.extend(told.filter(|new| !facts.contains(&fact(new))));
    }

    /// Takes in contacts, and every one that was made elsewhere.
    fn take_contacts(&mut self, from: &Self, meant: &mut Meant<'_>) {
        let contact = |contact: &Contact| (contact.id, contact.under);
        let contacts: HashSet<_> = self.contacts.told().map(contact).collect();
        let mut renaming = Renaming::between(from.home(), (&mut self.names, &self.customer));
        let told = from.contacts.told().filter(|contact| meant.has(contact.under));
        let told = told.map(|contact| renaming.contact(contact));
        self.contacts.extend(told.filter(|new| !contacts.contains(&contact(new))));
        for contact in from.elsewhere.told() {
            self.elsewhere.add(Contact { under: NONE, ..renaming.contact(contact) });
        }
        self.forget_who_is_back();
    }

    /// What the numbers of this record mean.
    fn home(&self) -> (&Dictionary, &Identifier) {
        (&self.names, &self.customer)
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

/// Which logs of a record are meant, by their numbers; each is asked about once.
struct Meant<'a> {
    of: &'a Profile,
    texts: Texts<'a>,
    whose: &'a dyn Fn(&Identifier) -> bool,
    known: Vec<Option<bool>>,
}

impl<'a> Meant<'a> {
    fn of(of: &'a Profile, whose: &'a dyn Fn(&Identifier) -> bool) -> Self {
        let texts = of.names.table();
        let known = vec![None; texts.len().max(1)];
        Self { of, texts, whose, known }
    }

    fn has(&mut self, log: u32) -> bool {
        let Some(known) = self.known.get_mut(log as usize) else { return false };
        *known.get_or_insert_with(|| match log {
            NONE => (self.whose)(&self.of.customer),
            _ => Identifier::from_text(self.texts.get(log)).is_some_and(|who| (self.whose)(&who)),
        })
    }
}

/// Since when identifiers of one record are known to be of one customer.
struct Joined<'a> {
    ties: &'a Ties,
    /// By when it was said first.
    own: Vec<(Timestamp, [&'a Identifier; 2])>,
    /// When the last word was said of a link that leads to somebody else: of those that were
    /// parted, if there are any.
    out: Option<Timestamp>,
}

impl<'a> Joined<'a> {
    fn of(profile: &'a Profile) -> Self {
        let ties = &profile.identity.ties;
        let own = ties.iter().filter(|tie| tie.ends().into_iter().all(|end| profile.is(end)));
        let mut own: Vec<_> = own.filter_map(|tie| Some((tie.since()?, tie.ends()))).collect();
        own.sort();
        let leads_out =
            |tie: &&Tie| tie.ends().into_iter().filter(|end| profile.is(end)).count() == 1;
        let out = ties.iter().filter(leads_out);
        let out = out.map(|tie| (tie.latest().is_none(), tie.last_word())).max();
        Self { ties, own, out: out.map(|(_, at)| at) }
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

    /// When the last word was said of somebody's links; of somebody to whom none leads from
    /// here, but one of somebody else's who went along, of those that lead out at all.
    fn last_word(&self, who: &Identifier) -> Timestamp {
        let of = self.ties.of(who).map(|(tie, _)| tie.last_word()).max();
        of.or(self.out).unwrap_or(Timestamp::MIN)
    }
}
