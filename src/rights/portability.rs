//! What a customer takes along (GDPR 20): everything that was told of them, in a form that
//! machines read, and that another engine takes in as it was.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::consent::{Chosen, PrivacyPolicy};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Kind, Origin, Value};
use crate::profile::{Attribute, Contact, NONE, Note, Profile, Property, Row, Texts, Tie, What};
use crate::types::{
    Basis, Currency, DataCategory, Identifier, Money, Purpose, Timestamp, redacted,
};

/// The form that this crate writes.
const FORM: u32 = 1;

/// Everything that was told of one customer, under the identifiers that are proven to be
/// theirs. What was worked out from it (segments, what others learned) follows again where
/// it is taken in.
///
/// ```
/// use confidant::{Engine, Event, Timestamp};
///
/// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
/// let (here, there) = (Engine::builder().build()?, Engine::builder().build()?);
/// here.record(now, Event::purchased("ana", now))?;
///
/// let export = here.export("ana", now)?.expect("she is known");
/// let text = serde_json::to_string(&export).unwrap();
/// there.import(now, serde_json::from_str(&text).unwrap())?;
/// assert_eq!(there.export("ana", now)?, Some(export));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerExport {
    form: u32,
    customer: Identifier,
    identifiers: Vec<Identifier>,
    links: Vec<Tie>,
    known_from: Vec<Note>,
    choices: Vec<Chosen>,
    history: Vec<Told<Deed>>,
    facts: Vec<Told<Stated>>,
    contacts: Vec<Told<Touch>>,
    taken_back: Vec<Told<()>>,
}

/// Something that was told, by its fingerprint and the identifier that it was told under.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told<T> {
    id: u64,
    under: Identifier,
    what: T,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    at: Timestamp,
    kind: Kind,
    /// Whether it was provided, observed or worked out: for who reads it. Where it is taken
    /// in, that is worked out anew.
    origin: Origin,
    channel: Option<Arc<str>>,
    item: Option<Arc<str>>,
    order: Option<Arc<str>>,
    place: Option<Arc<str>>,
    action: Option<Arc<str>>,
    /// In thousandths.
    quantity: i64,
    amount: Option<Money>,
    properties: Vec<(Option<DataCategory>, Arc<str>, Value)>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: Arc<str>,
    value: Value,
    at: Timestamp,
    channel: Option<Arc<str>>,
    origin: Origin,
    source: Option<Arc<str>>,
    until: Option<Timestamp>,
    purpose: Option<Purpose>,
    basis: Option<Basis>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Touch {
    at: Timestamp,
    channel: Option<Arc<str>>,
    action: Arc<str>,
    what: What,
}

/// Reads the numbers of a record as texts.
struct Reader<'a> {
    texts: Texts<'a>,
    customer: &'a Identifier,
    policy: &'a PrivacyPolicy,
}

impl Reader<'_> {
    fn text(&self, number: u32) -> Option<Arc<str>> {
        (number != NONE).then(|| self.texts.get(number).into())
    }

    fn told<T>(&self, id: u64, under: u32, what: T) -> Told<T> {
        let other = Identifier::from_text(self.texts.get(under));
        Told { id, under: other.unwrap_or_else(|| self.customer.clone()), what }
    }

    fn deed(&self, row: &Row, properties: &[Property]) -> Told<Deed> {
        let kind = Kind::of_stored(row.kind, |name| self.texts.get(name));
        let currency: Option<Currency> = self.texts.get(row.currency).parse().ok();
        let own = properties.iter().filter(|p| (p.of, p.under) == (row.id, row.under));
        let own = own.map(|p| (p.category.clone(), self.texts.get(p.name).into(), p.value.clone()));
        let deed = Deed {
            at: Timestamp::from_millis(row.at),
            origin: self.policy.origin_of(&kind),
            kind,
            channel: self.text(row.channel),
            item: self.text(row.item),
            order: self.text(row.order),
            place: self.text(row.place),
            action: self.text(row.action),
            quantity: row.quantity,
            amount: currency.map(|currency| Money::micros(row.amount, currency)),
            properties: own.collect(),
        };
        self.told(row.id, row.under, deed)
    }

    fn stated(&self, fact: &Attribute) -> Told<Stated> {
        let stated = Stated {
            name: self.texts.get(fact.name).into(),
            value: fact.value.clone(),
            at: fact.at,
            channel: self.text(fact.channel),
            origin: fact.origin,
            source: self.text(fact.source),
            until: fact.until,
            purpose: fact.purpose.clone(),
            basis: fact.basis,
        };
        self.told(fact.id, fact.under, stated)
    }

    fn touch(&self, contact: &Contact) -> Told<Touch> {
        let touch = Touch {
            at: Timestamp::from_millis(contact.at),
            channel: self.text(contact.channel),
            action: self.texts.get(contact.action).into(),
            what: contact.what,
        };
        self.told(contact.id, contact.under, touch)
    }
}

impl CustomerExport {
    /// Of a whole record.
    pub(crate) fn of(profile: &Profile, policy: &PrivacyPolicy) -> Self {
        let (texts, customer) = (profile.names.table(), &profile.customer);
        let read = Reader { texts, customer, policy };
        let rows = profile.history.columns();
        let ties = profile.identity.ties.iter();
        let ties = ties.filter(|tie| tie.ends().into_iter().all(|end| profile.is(end)));
        let own = |chosen: &&Chosen| chosen.under.as_ref().is_none_or(|who| profile.is(who));
        Self {
            form: FORM,
            customer: profile.customer.clone(),
            identifiers: profile.identity.others.clone(),
            links: ties.cloned().collect(),
            known_from: profile.prospect.iter().cloned().collect(),
            choices: profile.choices.iter().filter(own).cloned().collect(),
            history: rows.rows().map(|row| read.deed(&row, &profile.properties)).collect(),
            facts: profile.attributes.iter().map(|fact| read.stated(fact)).collect(),
            contacts: profile.contacts.told().map(|contact| read.touch(contact)).collect(),
            taken_back: profile
                .retracted
                .iter()
                .map(|(id, under)| read.told(id, under, ()))
                .collect(),
        }
        .in_order()
    }

    /// The same whatever the numbers of a record's texts are.
    fn in_order(mut self) -> Self {
        self.history.sort_by(|a, b| (a.what.at, a.id, &a.under).cmp(&(b.what.at, b.id, &b.under)));
        self.contacts.sort_by(|a, b| {
            let key = |told: &Told<Touch>| (told.what.at, told.what.what, told.id);
            (key(a), &a.under).cmp(&(key(b), &b.under))
        });
        self.taken_back.sort_by(|a, b| (a.id, &a.under).cmp(&(b.id, &b.under)));
        self
    }

    /// Whose it is.
    #[must_use]
    pub fn customer(&self) -> &Identifier {
        &self.customer
    }

    /// The identifiers under which anything was told, the customer's own first.
    pub fn identifiers(&self) -> impl Iterator<Item = &Identifier> {
        std::iter::once(&self.customer).chain(&self.identifiers)
    }

    /// The record that it tells of.
    pub(crate) fn into_profile(self) -> Result<Profile> {
        if self.form != FORM {
            return Err(Error::new(
                ErrorKind::Incompatible,
                "an export was written by a newer version of this crate: use that one",
            ));
        }
        self.check()?;
        let mut profile = Profile::stranger(self.customer);
        self.identifiers.iter().for_each(|who| profile.identity.welcome(who));
        for tie in &self.links {
            profile.identity.ties.take_in(tie);
        }
        for note in &self.known_from {
            profile.prospect.take_in(note);
        }
        for chosen in self.choices {
            profile.choices.add(chosen);
        }
        self.history.into_iter().for_each(|told| profile.put_deed(told));
        self.facts.into_iter().for_each(|told| profile.put_fact(told));
        self.contacts.into_iter().for_each(|told| profile.put_touch(told));
        for Told { id, under, .. } in self.taken_back {
            let under = profile.log(&under);
            profile.retracted.add(id, under);
        }
        profile.history.pack();
        profile.in_order();
        Ok(profile)
    }

    /// Refuses what cannot have been exported.
    fn check(&self) -> Result<()> {
        let own = |who: &Identifier| self.identifiers().any(|own| own == who);
        let told = self.history.iter().map(|told| &told.under);
        let told = told.chain(self.facts.iter().map(|told| &told.under));
        let told = told.chain(self.contacts.iter().map(|told| &told.under));
        let told = told.chain(self.taken_back.iter().map(|told| &told.under));
        let told = told.chain(self.choices.iter().filter_map(|chosen| chosen.under.as_ref()));
        let told = told.chain(self.known_from.iter().map(|note| &note.of));
        let mut told = told.chain(self.links.iter().flat_map(|tie| tie.ends()));
        if !told.all(own) {
            return Err(Error::input(
                "export",
                "the export tells of identifiers that are not the customer's: expected only theirs",
            ));
        }
        self.identifiers().try_for_each(|who| who.check("export"))?;
        self.known_from.iter().try_for_each(|note| note.origins.check(note.at))?;
        self.facts.iter().try_for_each(|fact| fact.what.value.check("export"))?;
        let properties = self.history.iter().flat_map(|deed| &deed.what.properties);
        properties.into_iter().try_for_each(|(_, _, value)| value.check("export"))
    }
}

impl Profile {
    fn put_deed(&mut self, Told { id, under, what }: Told<Deed>) {
        let under = self.log(&under);
        let kind = what.kind.stored(|name| self.names.intern(name));
        let names = &mut self.names;
        let currency = what.amount.map(|amount| amount.currency());
        let row = Row {
            at: what.at.as_millis(),
            id,
            kind,
            channel: names.intern_some(what.channel.as_deref()),
            item: names.intern_some(what.item.as_deref()),
            order: names.intern_some(what.order.as_deref()),
            place: names.intern_some(what.place.as_deref()),
            action: names.intern_some(what.action.as_deref()),
            quantity: what.quantity,
            amount: what.amount.map_or(0, |amount| amount.as_micros()),
            currency: names.intern_some(currency.as_ref().map(|c| c.as_str())),
            under,
        };
        self.history.insert(row);
        for (category, name, value) in what.properties {
            let name = self.names.intern(&name);
            self.properties.push(Property { of: id, category, name, value, under });
        }
    }

    fn put_fact(&mut self, Told { id, under, what }: Told<Stated>) {
        let under = self.log(&under);
        let fact = Attribute {
            name: self.names.intern(&what.name),
            value: what.value,
            at: what.at,
            id,
            channel: self.names.intern_some(what.channel.as_deref()),
            origin: what.origin,
            source: self.names.intern_some(what.source.as_deref()),
            until: what.until,
            purpose: what.purpose,
            basis: what.basis,
            under,
        };
        self.attributes.push(fact);
    }

    fn put_touch(&mut self, Told { id, under, what }: Told<Touch>) {
        let contact = Contact {
            at: what.at.as_millis(),
            id,
            channel: self.names.intern_some(what.channel.as_deref()),
            action: self.names.intern(&what.action),
            what: what.what,
            under: self.log(&under),
        };
        self.contacts.add(contact);
    }
}

redacted! {
    CustomerExport { customer }
}
