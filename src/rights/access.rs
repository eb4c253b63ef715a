//! The single customer view on one page, with where each fact came from.

use serde::{Deserialize, Serialize};

use crate::consent::PrivacyPolicy;
use crate::event::{Kind, Origin, Value};
use crate::profile::{Contact, Lifetimes, Profile, Row, Texts, What};
use crate::types::{
    Basis, Channel, Currency, DataCategory, Identifier, Level, Money, Purpose, Timestamp, redacted,
};

/// Everything that is kept of one customer, for that customer: complete, whatever is
/// allowed to be used, but for what has been kept as long as it may be.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerReport {
    /// The identifier that the record is kept under.
    pub customer: Identifier,
    /// The others that lead to it, with when and where they were linked.
    pub identifiers: Vec<(Identifier, Timestamp, Option<Channel>)>,
    /// The level in force.
    pub level: Level,
    /// The purposes that are allowed, with the data categories that each may use.
    pub allowed: Vec<(Purpose, Vec<DataCategory>)>,
    /// Every value of every attribute, the latest first.
    pub facts: Vec<Fact>,
    /// What the customer did, by time.
    pub history: Vec<HistoryLine>,
    /// Contacts and the answers to them, by time.
    pub contacts: Vec<ContactLine>,
    /// Whether anything was learned from this customer for the sake of others.
    pub taught_others: bool,
}

/// One value of an attribute, with where it came from.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The attribute.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Since when.
    pub at: Timestamp,
    /// From when on it does not count any more.
    pub until: Option<Timestamp>,
    /// Who says so.
    pub origin: Origin,
    /// Which system knows it.
    pub source: Option<String>,
    /// Where it was said.
    pub channel: Option<Channel>,
    /// What it is about.
    pub category: Option<DataCategory>,
    /// The only purpose that may use it; none if it is for any that is allowed.
    pub purpose: Option<Purpose>,
    /// Why it is kept, where that is not what the privacy policy says of its category.
    pub basis: Option<Basis>,
}

/// One thing that the customer did.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// Where.
    pub channel: Option<Channel>,
    /// With which item.
    pub item: Option<String>,
    /// In which order.
    pub order: Option<String>,
    /// At which place.
    pub place: Option<String>,
    /// In answer to which action.
    pub action: Option<String>,
    /// How many, or how much.
    pub quantity: f64,
    /// For how much.
    pub amount: Option<Money>,
    /// Free properties, with their own data category where they have one.
    pub properties: Vec<(Option<DataCategory>, String, Value)>,
}

/// One contact, or one answer to it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactLine {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub channel: Option<Channel>,
    /// Which action.
    pub action: String,
    /// `contacted`, `not sent`, `declined` or `bounced`.
    pub what: String,
}

impl CustomerReport {
    pub(crate) fn of(profile: &Profile, policy: &PrivacyPolicy, now: Timestamp) -> Self {
        let names = profile.names.table();
        let say = Names { texts: &names, lifetimes: Lifetimes::new(policy, &names), now };
        let choices = &profile.choices;
        let allowed = policy
            .purposes()
            .filter(|(purpose, _)| choices.allows(policy, purpose, now))
            .map(|(purpose, _)| {
                (purpose.clone(), policy.names(choices.granted(policy, purpose, now)))
            });
        let mut facts: Vec<Fact> =
            profile.attributes.iter().filter_map(|attribute| say.fact(attribute, policy)).collect();
        facts.reverse();
        let history = profile.told_once(&names);
        Self {
            customer: profile.customer.clone(),
            identifiers: identifiers(profile),
            level: choices.level(now),
            allowed: allowed.collect(),
            facts,
            history: history.rows().filter_map(|row| say.line(&row, profile)).collect(),
            contacts: profile.contacts.iter().map(|contact| say.contact(contact)).collect(),
            taught_others: !(profile.learned.bought.is_empty()
                && profile.learned.answered.is_empty()),
        }
    }
}

/// The other identifiers, each with when and where it was linked first, as far as known.
fn identifiers(profile: &Profile) -> Vec<(Identifier, Timestamp, Option<Channel>)> {
    let others = profile.identity.others.iter();
    let linked = others.map(|other| {
        let ties = profile.identity.ties.of(other).filter(|(_, beyond)| profile.is(beyond));
        let first = ties.filter_map(|(tie, _)| Some((tie.since()?, tie))).min_by_key(|(at, _)| *at);
        let channel = first.and_then(|(_, tie)| tie.standing().last()?.channel.clone());
        (other.clone(), first.map_or(Timestamp::MIN, |(at, _)| at), channel)
    });
    linked.collect()
}

/// Turns numbers of a record back into texts; what is not kept any longer is not said.
struct Names<'a> {
    texts: &'a Texts<'a>,
    lifetimes: Lifetimes<'a>,
    now: Timestamp,
}

impl Names<'_> {
    fn text(&self, number: u32) -> Option<String> {
        (number > 0).then(|| self.texts.get(number).to_owned())
    }

    fn channel(&self, number: u32) -> Option<Channel> {
        self.text(number).map(|name| Channel::from_name(&name))
    }

    fn fact(&self, attribute: &crate::profile::Attribute, policy: &PrivacyPolicy) -> Option<Fact> {
        if self.lifetimes.attribute(attribute) <= self.now {
            return None;
        }
        let name = self.text(attribute.name).unwrap_or_default();
        let category = policy.of_attribute(&name);
        Some(Fact {
            value: attribute.value.clone(),
            at: attribute.at,
            until: attribute.until,
            origin: attribute.origin,
            source: self.text(attribute.source),
            channel: self.channel(attribute.channel),
            category: policy.categories().nth(category).map(|(category, _)| category.clone()),
            purpose: attribute.purpose.clone(),
            basis: attribute.basis,
            name,
        })
    }

    fn line(&self, row: &Row, profile: &Profile) -> Option<HistoryLine> {
        if self.lifetimes.row(row) <= self.now {
            return None;
        }
        let kind = match Kind::BASE.get(row.kind as usize) {
            Some(kind) => kind.clone(),
            None => {
                let own = row.kind - Kind::BASE.len() as u32;
                Kind::custom(self.text(own).unwrap_or_default())
            }
        };
        let currency: Option<Currency> = self.text(row.currency).and_then(|text| text.parse().ok());
        let at = Timestamp::from_millis(row.at);
        let own = profile.properties.iter();
        let own = own.filter(|property| (property.of, property.under) == (row.id, row.under));
        let own = own.filter(|property| self.lifetimes.property(property, at) > self.now);
        Some(HistoryLine {
            at,
            kind,
            channel: self.channel(row.channel),
            item: self.text(row.item),
            order: self.text(row.order),
            place: self.text(row.place),
            action: self.text(row.action),
            quantity: row.quantity as f64 / 1000.0,
            amount: currency.map(|currency| Money::micros(row.amount, currency)),
            properties: own
                .map(|p| {
                    (p.category.clone(), self.text(p.name).unwrap_or_default(), p.value.clone())
                })
                .collect(),
        })
    }

    fn contact(&self, contact: &Contact) -> ContactLine {
        ContactLine {
            at: Timestamp::from_millis(contact.at),
            channel: self.channel(contact.channel),
            action: self.text(contact.action).unwrap_or_default(),
            what: match contact.what {
                What::Made => "contacted",
                What::NotSent => "not sent",
                What::Declined => "declined",
                What::Bounced => "bounced",
            }
            .to_owned(),
        }
    }
}

redacted! {
    CustomerReport { customer }
    Fact {}
    HistoryLine {}
    ContactLine {}
}
