//! The single customer view, complete, with where each fact came from.

use serde::{Deserialize, Serialize};

use super::messages::Messages;
use super::said::said;
use crate::consent::{Chosen, PrivacyPolicy};
use crate::event::{Evidence, Kind, Origin, Origins, Value};
use crate::predict::Prediction;
use crate::profile::{Attribute, Contact, Lifetimes, Note, Profile, Row, Texts, What};
use crate::types::{
    ActionId, Basis, Channel, Currency, DataCategory, Identifier, Level, Money, Purpose, Timestamp,
    redacted,
};

/// Everything that is kept of one customer, for that customer: complete, whatever is
/// allowed to be used, but for what has been kept as long as it may be.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerReport {
    /// The identifier that the record is kept under.
    pub customer: Identifier,
    /// The others that lead to it.
    pub identifiers: Vec<Linked>,
    /// Where identifiers are known from that the host had heard of before it knew the
    /// customer, the latest first of each.
    pub known_from: Vec<KnownFrom>,
    /// Every choice that was made, by time.
    pub choices: Vec<ChoiceLine>,
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
    /// Each category of which there are data, with the last decision that read them: what
    /// is kept and never used is seen.
    pub uses: Vec<UseLine>,
    /// What is expected of this customer and not of just anybody.
    pub predictions: Vec<Prediction>,
    /// Whether anything was learned from this customer for the sake of others.
    pub taught_others: bool,
}

/// Another identifier of the customer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Linked {
    /// Which.
    pub identifier: Identifier,
    /// Since when, as far as known.
    pub since: Option<Timestamp>,
    /// Where it was said last.
    pub channel: Option<Channel>,
    /// How it is known: the latest proof, or what was said last if nothing proves it.
    pub evidence: Option<Evidence>,
}

/// That the host had heard of somebody; see [`Event::prospect`](crate::Event::prospect).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownFrom {
    /// Under which identifier.
    pub identifier: Identifier,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub channel: Option<Channel>,
    /// From whom.
    pub source: Option<String>,
    /// Why it may be kept.
    pub basis: Option<Basis>,
    /// When all of it goes, if no link makes it a customer's.
    pub until: Option<Timestamp>,
}

/// What was chosen at one time.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ChoiceLine {
    /// When.
    pub at: Timestamp,
    /// Under which identifier.
    pub told_under: Identifier,
    /// What was said, part by part, in words.
    pub said: Vec<String>,
}

/// Data of a category, and their last use.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct UseLine {
    /// The category.
    pub category: DataCategory,
    /// When a decision read them last, which action it chose, and on which channel; none if
    /// no decision ever did that was acted on.
    pub last: Option<(Timestamp, ActionId, Channel)>,
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
    /// The identifier under which it was told.
    pub told_under: Identifier,
}

/// One thing that the customer did.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// Whether the customer provided it, the host observed it, or it was worked out.
    pub origin: Origin,
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
    /// The identifier under which it was told.
    pub told_under: Identifier,
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
    /// The identifier under which it was told.
    pub told_under: Identifier,
}

impl CustomerReport {
    pub(crate) fn of(
        profile: &Profile,
        policy: &PrivacyPolicy,
        now: Timestamp,
        predictions: Vec<Prediction>,
        words: &Messages,
    ) -> Self {
        let names = profile.names.table();
        let lifetimes = Lifetimes::new(policy, &names);
        let say = Names { customer: &profile.customer, texts: &names, lifetimes, now, policy };
        let choices = &profile.choices;
        let allowed = policy
            .purposes()
            .filter(|(purpose, _)| choices.allows(policy, purpose, now))
            .map(|(purpose, _)| {
                (purpose.clone(), policy.names(choices.granted(policy, purpose, now)))
            });
        let line = |chosen: &Chosen| ChoiceLine {
            at: chosen.at,
            told_under: chosen.under.as_ref().unwrap_or(&profile.customer).clone(),
            said: said(&chosen.choice, words),
        };
        // The word of somebody who went another way is a bound, and not the customer's.
        let own = choices.iter().filter(|c| c.under.as_ref().is_none_or(|who| profile.is(who)));
        let mut facts: Vec<Fact> =
            say.stated(profile).filter_map(|attribute| say.fact(attribute, policy)).collect();
        facts.reverse();
        let history: Vec<HistoryLine> =
            profile.told_once(&names).rows().filter_map(|row| say.line(&row, profile)).collect();
        let mut held: Vec<DataCategory> =
            history.iter().map(|line| policy.name(policy.of_kind(&line.kind))).collect();
        held.extend(facts.iter().filter_map(|fact| fact.category.clone()));
        held.sort();
        held.dedup();
        let last = |category: &DataCategory| {
            let mut uses = profile.uses.iter();
            let (_, last) = uses.find(|(used, _)| used == category)?;
            Some((last.at, last.action.clone(), last.channel.clone()))
        };
        let uses = held.into_iter().map(|category| UseLine { last: last(&category), category });
        Self {
            customer: profile.customer.clone(),
            identifiers: identifiers(profile),
            known_from: profile.prospect.iter().map(known_from).collect(),
            choices: own.map(line).collect(),
            level: choices.level(now),
            allowed: allowed.collect(),
            facts,
            history,
            uses: uses.collect(),
            contacts: say.contacts(profile),
            predictions,
            taught_others: !profile.learned.is_empty(),
        }
    }
}

/// The other identifiers, each with what is known of its first link to the rest.
fn identifiers(profile: &Profile) -> Vec<Linked> {
    let others = profile.identity.others.iter();
    let linked = others.map(|other| {
        let ties = profile.identity.ties.of(other).filter(|(_, beyond)| profile.is(beyond));
        let first = ties.filter_map(|(tie, _)| Some((tie.since()?, tie))).min_by_key(|(at, _)| *at);
        let said = |proof: bool| {
            let mut standing = first.iter().flat_map(|(_, tie)| tie.standing());
            standing.find(|said| !proof || said.evidence.is_verified())
        };
        let last = said(false);
        Linked {
            identifier: other.clone(),
            since: first.map(|(at, _)| at),
            channel: last.and_then(|said| said.channel.clone()),
            evidence: said(true).or(last).map(|said| said.evidence),
        }
    });
    linked.collect()
}

fn known_from(note: &Note) -> KnownFrom {
    let Note { of, at, channel, origins: Origins { source, basis, until }, .. } = note;
    KnownFrom {
        identifier: of.clone(),
        at: *at,
        channel: channel.clone(),
        source: source.as_deref().map(str::to_owned),
        basis: *basis,
        until: *until,
    }
}

/// Turns numbers of a record back into texts; what is not kept any longer is not said.
struct Names<'a> {
    customer: &'a Identifier,
    texts: &'a Texts<'a>,
    lifetimes: Lifetimes<'a>,
    now: Timestamp,
    policy: &'a PrivacyPolicy,
}

impl Names<'_> {
    fn text(&self, number: u32) -> Option<String> {
        (number > 0).then(|| self.texts.get(number).to_owned())
    }

    fn channel(&self, number: u32) -> Option<Channel> {
        self.text(number).map(|name| Channel::from_name(&name))
    }

    /// The identifier of a log.
    fn told_under(&self, under: u32) -> Identifier {
        let other = self.text(under).and_then(|text| Identifier::from_text(&text));
        other.unwrap_or_else(|| self.customer.clone())
    }

    /// The values of attributes, what was stated under several identifiers once.
    fn stated<'p>(&self, profile: &'p Profile) -> impl Iterator<Item = &'p Attribute> {
        let facts = profile.attributes.chunk_by(|a, b| (a.id, a.name) == (b.id, b.name));
        facts.filter_map(<[Attribute]>::first)
    }

    fn fact(&self, attribute: &Attribute, policy: &PrivacyPolicy) -> Option<Fact> {
        if self.lifetimes.attribute(attribute) <= self.now {
            return None;
        }
        let name = self.text(attribute.name).unwrap_or_default();
        let category = policy.of_attribute(&name);
        Some(Fact {
            value: attribute.value.clone(),
            at: attribute.at,
            until: attribute.until,
            origin: match policy.inferences().has(category) {
                true => Origin::Inferred,
                false => attribute.origin,
            },
            source: self.text(attribute.source),
            channel: self.channel(attribute.channel),
            category: policy.categories().nth(category).map(|(category, _)| category.clone()),
            purpose: attribute.purpose.clone(),
            basis: attribute.basis,
            told_under: self.told_under(attribute.under),
            name,
        })
    }

    fn line(&self, row: &Row, profile: &Profile) -> Option<HistoryLine> {
        if self.lifetimes.row(row) <= self.now {
            return None;
        }
        let kind = Kind::of_stored(row.kind, |name| self.texts.get(name));
        let currency: Option<Currency> = self.text(row.currency).and_then(|text| text.parse().ok());
        let at = Timestamp::from_millis(row.at);
        let own = profile.properties.iter();
        let own = own.filter(|property| (property.of, property.under) == (row.id, row.under));
        let own = own.filter(|property| self.lifetimes.property(property, at) > self.now);
        Some(HistoryLine {
            at,
            origin: self.policy.origin_of(&kind),
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
            told_under: self.told_under(row.under),
        })
    }

    /// Each contact once; told under several identifiers, under the first of them.
    fn contacts(&self, profile: &Profile) -> Vec<ContactLine> {
        let line = |contact: &Contact| {
            let same = |told: &&Contact| {
                (told.id, told.at, told.what) == (contact.id, contact.at, contact.what)
            };
            let told = profile.contacts.told().filter(same).map(|told| self.told_under(told.under));
            ContactLine {
                told_under: told.min().unwrap_or(profile.customer.clone()),
                ..self.contact(contact)
            }
        };
        profile.contacts.iter().map(line).collect()
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
            told_under: self.told_under(contact.under),
        }
    }
}

redacted! {
    KnownFrom { at }
    CustomerReport { customer }
    Linked {}
    ChoiceLine { at }
    UseLine {}
    Fact {}
    HistoryLine {}
    ContactLine {}
}
