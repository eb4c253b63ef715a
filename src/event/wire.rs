//! The flat form of an event that any producer can write: one object, one line.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::behaviour::{Act, CONSENT, Kind, LINKED, OUTCOME, PROSPECT, RETRACTED, UNLINKED};
use super::change::{Choice, Evidence, Grant, Reply};
use super::free::Free;
use super::{Detail, Event, Origin, Origins, Statement};
use crate::error::Error;
use crate::types::{
    ActionId, Basis, Channel, DataCategory, EventId, Identifier, IdentifierKind, ItemId,
    Jurisdiction, Level, Money, OrderId, Purpose, RecipientId, Timestamp, Topic,
};

type Values = BTreeMap<Arc<str>, Free>;

/// Every field that an event of any kind can have.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wire {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ItemId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    quantity: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<ActionId>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: Values,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties_of: BTreeMap<String, Values>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: Values,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<Basis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restrict: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    allow_only: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withdraw: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refuse: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    defer: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revoke: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invalidate: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    object_to: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lift_objection: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    soft_opt_in: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    share_with: Vec<RecipientId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sharing_with: Vec<RecipientId>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unsubscribe: BTreeMap<Topic, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    subscribe: BTreeMap<Topic, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<Jurisdiction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u8>,
    #[serde(skip_serializing_if = "is_false")]
    by_guardian: bool,
    #[serde(skip_serializing_if = "is_false")]
    explicit: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Reply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retracts: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<EventId>,
}

/// A number that is there: JSON writes one that is not finite as null, and that must not
/// come back as "not said".
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    f64::deserialize(deserializer).map(Some)
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A customer number, or `{"loyalty_card": "4711"}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Name {
    Number(Arc<str>),
    Other(BTreeMap<String, Arc<str>>),
}

fn missing(field: &'static str) -> Error {
    Error::input(field, format!("`{field}` is missing: expected it in every event of this kind"))
}

impl TryFrom<Wire> for Event {
    type Error = Error;

    fn try_from(mut wire: Wire) -> Result<Self, Error> {
        let name = wire.event.take().ok_or_else(|| missing("event"))?;
        let customer =
            wire.customer.take().ok_or_else(|| missing("customer"))?.named("customer")?;
        let at = wire.at.take().ok_or_else(|| missing("at"))?;
        let (id, channel) = (wire.id.take(), wire.channel.take());
        let detail = match name.as_str() {
            CONSENT => Detail::Consent(wire.take_choice()?),
            LINKED => Detail::Linked {
                other: wire.take_other()?,
                evidence: wire.evidence.take().unwrap_or_default(),
            },
            UNLINKED => Detail::Unlinked(wire.take_other()?),
            OUTCOME => wire.take_reply()?,
            PROSPECT => Detail::Prospect(Origins {
                source: wire.source.take(),
                basis: wire.basis.take(),
                until: wire.until.take(),
            }),
            RETRACTED => {
                Detail::Retracted(wire.retracts.take().ok_or_else(|| missing("retracts"))?)
            }
            name => match Origin::from_name(name) {
                Some(origin) => Detail::Stated(wire.take_statement(origin)),
                None => Detail::Behaviour(wire.take_act(Kind::from_name(name))),
            },
        };
        wire.refuse_the_rest()?;
        let channel = channel.as_deref().map(Channel::from_name);
        Ok(Self { id, customer, at, channel, detail })
    }
}

impl Wire {
    fn take_act(&mut self, kind: Kind) -> Act {
        let own = std::mem::take(&mut self.properties).into_iter().map(|(n, v)| ((None, n), v));
        let others = std::mem::take(&mut self.properties_of).into_iter().flat_map(|(c, values)| {
            let category = DataCategory::from_name(&c);
            values.into_iter().map(move |(n, v)| ((Some(category.clone()), n), v))
        });
        Act {
            item: self.item.take(),
            quantity: self.quantity.take().unwrap_or(1.0),
            amount: self.amount.take(),
            order: self.order.take(),
            place: self.place.take(),
            action: self.action.take(),
            properties: own.chain(others).map(|(key, value)| (key, value.0)).collect(),
            corrects: self.corrects.take(),
            ..Act::new(kind)
        }
    }

    fn take_other(&mut self) -> Result<Identifier, Error> {
        self.identifier.take().ok_or_else(|| missing("identifier"))?.named("identifier")
    }

    fn take_statement(&mut self, origin: Origin) -> Statement {
        let facts = std::mem::take(&mut self.attributes).into_iter();
        Statement {
            facts: facts.map(|(name, value)| (name, value.0)).collect(),
            source: self.source.take(),
            until: self.until.take(),
            purpose: self.purpose.take().map(|purpose| Purpose::from_name(&purpose)),
            basis: self.basis.take(),
            ..Statement::new(origin)
        }
    }

    fn take_choice(&mut self) -> Result<Choice, Error> {
        let named = |names: &mut Vec<String>| std::mem::take(names).into_iter();
        let mut choice = Choice {
            level: self.level.take(),
            notice: self.notice.take(),
            restricted: self.restrict.take(),
            jurisdiction: self.jurisdiction.take(),
            age: self.age.take(),
            guardian: std::mem::take(&mut self.by_guardian),
            explicit: std::mem::take(&mut self.explicit),
            language: self.language.take(),
            ..Choice::default()
        };
        self.take_recipients(&mut choice)?;
        self.take_topics(&mut choice)?;
        let mut said = Vec::new();
        let mut say = |names: &mut Vec<String>, grant: Grant| {
            said.extend(named(names).map(|purpose| (purpose, grant.clone())));
        };
        say(&mut self.allow, Grant::Allowed);
        say(&mut self.withdraw, Grant::Withdrawn);
        say(&mut self.refuse, Grant::Refused);
        say(&mut self.asked, Grant::Asked);
        say(&mut self.defer, Grant::Deferred);
        say(&mut self.revoke, Grant::Revoked);
        say(&mut self.invalidate, Grant::Invalidated);
        say(&mut self.soft_opt_in, Grant::SoftOptIn);
        let only = std::mem::take(&mut self.allow_only).into_iter().map(|(purpose, names)| {
            (purpose, Grant::Only(names.iter().map(|n| DataCategory::from_name(n)).collect()))
        });
        for (purpose, grant) in said.into_iter().chain(only) {
            if choice.purposes.insert(Purpose::from_name(&purpose), grant).is_some() {
                return Err(Error::input("allow", "a purpose is named twice: expected once"));
            }
        }
        let objected = named(&mut self.object_to).map(|c| (c, true));
        let lifted = named(&mut self.lift_objection).map(|c| (c, false));
        for (channel, objects) in lifted.chain(objected) {
            if choice.channels.insert(Channel::from_name(&channel), objects).is_some() {
                return Err(Error::input(
                    "object_to",
                    "a channel is named twice in `object_to` and `lift_objection`: expected once",
                ));
            }
        }
        Ok(choice)
    }

    fn take_recipients(&mut self, choice: &mut Choice) -> Result<(), Error> {
        let yes = std::mem::take(&mut self.share_with).into_iter().map(|whom| (whom, true));
        let no = std::mem::take(&mut self.stop_sharing_with).into_iter().map(|whom| (whom, false));
        for (whom, shared) in yes.chain(no) {
            if choice.recipients.insert(whom, shared).is_some() {
                let message = "a recipient is named twice: expected once";
                return Err(Error::input("share_with", message));
            }
        }
        Ok(())
    }

    fn take_topics(&mut self, choice: &mut Choice) -> Result<(), Error> {
        let yes = std::mem::take(&mut self.subscribe).into_iter().map(|of| (of, true));
        let no = std::mem::take(&mut self.unsubscribe).into_iter().map(|of| (of, false));
        for ((topic, channels), wanted) in yes.chain(no) {
            if channels.is_empty() {
                let message = "a topic names no channel: expected one at least";
                return Err(Error::input("unsubscribe", message));
            }
            for channel in channels {
                let known = choice.topics.entry(topic.clone()).or_default();
                if known.insert(Channel::from_name(&channel), wanted).is_some() {
                    let message = "a channel is named twice for a topic: expected once";
                    return Err(Error::input("unsubscribe", message));
                }
            }
        }
        Ok(())
    }

    fn take_reply(&mut self) -> Result<Detail, Error> {
        let action = self.action.take().ok_or_else(|| missing("action"))?;
        let reply = self.reply.take().ok_or_else(|| missing("reply"))?;
        Ok(replied(action, reply))
    }

    /// A field that the event has no use for is a mistake, not something to drop.
    fn refuse_the_rest(&self) -> Result<(), Error> {
        let rest = [
            ("item", self.item.is_some()),
            ("quantity", self.quantity.is_some()),
            ("amount", self.amount.is_some()),
            ("order", self.order.is_some()),
            ("place", self.place.is_some()),
            ("action", self.action.is_some()),
            ("properties", !self.properties.is_empty()),
            ("properties_of", !self.properties_of.is_empty()),
            ("attributes", !self.attributes.is_empty()),
            ("source", self.source.is_some()),
            ("until", self.until.is_some()),
            ("purpose", self.purpose.is_some()),
            ("basis", self.basis.is_some()),
            ("level", self.level.is_some()),
            ("notice", self.notice.is_some()),
            ("restrict", self.restrict.is_some()),
            ("allow", !self.allow.is_empty()),
            ("allow_only", !self.allow_only.is_empty()),
            ("withdraw", !self.withdraw.is_empty()),
            ("refuse", !self.refuse.is_empty()),
            ("asked", !self.asked.is_empty()),
            ("defer", !self.defer.is_empty()),
            ("revoke", !self.revoke.is_empty()),
            ("invalidate", !self.invalidate.is_empty()),
            ("object_to", !self.object_to.is_empty()),
            ("lift_objection", !self.lift_objection.is_empty()),
            ("soft_opt_in", !self.soft_opt_in.is_empty()),
            ("share_with", !self.share_with.is_empty()),
            ("stop_sharing_with", !self.stop_sharing_with.is_empty()),
            ("unsubscribe", !self.unsubscribe.is_empty()),
            ("subscribe", !self.subscribe.is_empty()),
            ("jurisdiction", self.jurisdiction.is_some()),
            ("age", self.age.is_some()),
            ("by_guardian", self.by_guardian),
            ("explicit", self.explicit),
            ("language", self.language.is_some()),
            ("identifier", self.identifier.is_some()),
            ("evidence", self.evidence.is_some()),
            ("reply", self.reply.is_some()),
            ("retracts", self.retracts.is_some()),
            ("corrects", self.corrects.is_some()),
        ];
        match rest.iter().find(|(_, there)| *there) {
            Some((field, _)) => Err(Error::input(
                field,
                format!(
                    "`{field}` does not belong to this kind of event: expected an event without it"
                ),
            )),
            None => Ok(()),
        }
    }
}

/// An acceptance is behaviour; the other replies are essential facts.
pub(super) fn replied(action: ActionId, reply: Reply) -> Detail {
    match reply {
        Reply::Accepted => {
            Detail::Behaviour(Act { action: Some(action), ..Act::new(Kind::Accepted) })
        }
        reply => Detail::Replied { action, reply },
    }
}

impl From<Event> for Wire {
    fn from(event: Event) -> Self {
        let mut wire = Self {
            customer: Some(event.customer.into()),
            at: Some(event.at),
            id: event.id,
            channel: event.channel.map(|c| c.name().to_owned()),
            ..Self::default()
        };
        let name = match event.detail {
            Detail::Behaviour(act) => wire.put_act(act),
            Detail::Stated(statement) => wire.put_statement(statement),
            Detail::Consent(choice) => wire.put_choice(choice),
            Detail::Linked { other, evidence } => {
                wire.identifier = Some(other.into());
                wire.evidence = Some(evidence).filter(|evidence| *evidence != Evidence::default());
                LINKED.to_owned()
            }
            Detail::Unlinked(other) => {
                wire.identifier = Some(other.into());
                UNLINKED.to_owned()
            }
            Detail::Replied { action, reply } => {
                (wire.action, wire.reply) = (Some(action), Some(reply));
                OUTCOME.to_owned()
            }
            Detail::Retracted(other) => {
                wire.retracts = Some(other);
                RETRACTED.to_owned()
            }
            Detail::Prospect(Origins { source, basis, until }) => {
                (wire.source, wire.basis, wire.until) = (source, basis, until);
                PROSPECT.to_owned()
            }
        };
        Self { event: Some(name), ..wire }
    }
}

impl Wire {
    fn put_act(&mut self, act: Act) -> String {
        let name = act.kind.name().to_owned();
        self.item = act.item;
        self.quantity = (act.quantity != 1.0).then_some(act.quantity);
        self.amount = act.amount;
        self.order = act.order;
        self.place = act.place;
        self.action = act.action;
        self.corrects = act.corrects;
        for ((category, name), value) in act.properties {
            let values = match category {
                None => &mut self.properties,
                Some(category) => self.properties_of.entry(category.name().to_owned()).or_default(),
            };
            values.insert(name, Free(value));
        }
        name
    }

    fn put_statement(&mut self, statement: Statement) -> String {
        let facts = statement.facts.into_iter();
        self.attributes = facts.map(|(name, value)| (name, Free(value))).collect();
        self.source = statement.source;
        self.until = statement.until;
        self.purpose = statement.purpose.map(|purpose| purpose.name().to_owned());
        self.basis = statement.basis;
        statement.origin.name().to_owned()
    }

    fn put_choice(&mut self, choice: Choice) -> String {
        (self.level, self.notice) = (choice.level, choice.notice);
        self.restrict = choice.restricted;
        (self.jurisdiction, self.age) = (choice.jurisdiction, choice.age);
        (self.by_guardian, self.explicit) = (choice.guardian, choice.explicit);
        self.language = choice.language;
        for (purpose, grant) in choice.purposes {
            let purpose = purpose.name().to_owned();
            match grant {
                Grant::Withdrawn => self.withdraw.push(purpose),
                Grant::Allowed => self.allow.push(purpose),
                Grant::Refused => self.refuse.push(purpose),
                Grant::Asked => self.asked.push(purpose),
                Grant::Deferred => self.defer.push(purpose),
                Grant::Revoked => self.revoke.push(purpose),
                Grant::Invalidated => self.invalidate.push(purpose),
                Grant::SoftOptIn => self.soft_opt_in.push(purpose),
                Grant::Only(categories) => {
                    let names = categories.iter().map(|c| c.name().to_owned()).collect();
                    self.allow_only.insert(purpose, names);
                }
            }
        }
        for (channel, objects) in choice.channels {
            let names = if objects { &mut self.object_to } else { &mut self.lift_objection };
            names.push(channel.name().to_owned());
        }
        for (whom, shared) in choice.recipients {
            let names = if shared { &mut self.share_with } else { &mut self.stop_sharing_with };
            names.push(whom);
        }
        for (topic, channels) in choice.topics {
            for (channel, wanted) in channels {
                let topics = if wanted { &mut self.subscribe } else { &mut self.unsubscribe };
                topics.entry(topic.clone()).or_default().push(channel.name().to_owned());
            }
        }
        CONSENT.to_owned()
    }
}

impl Name {
    /// The identifier that stands in a field.
    fn named(self, field: &'static str) -> Result<Identifier, Error> {
        let others = match self {
            Self::Number(number) => return Ok(Identifier::from(number)),
            Self::Other(others) => others,
        };
        let mut others = others.into_iter();
        match (others.next(), others.next()) {
            (Some((kind, value)), None) => {
                Ok(Identifier::new(IdentifierKind::from_name(&kind), value))
            }
            _ => Err(Error::input(
                field,
                format!(
                    "`{field}` has not one kind and one value: expected it as in \
                     `{{\"loyalty_card\": \"4711\"}}`"
                ),
            )),
        }
    }
}

impl From<Identifier> for Name {
    fn from(identifier: Identifier) -> Self {
        match identifier.kind() {
            IdentifierKind::Customer => Self::Number(identifier.value().into()),
            kind => Self::Other([(kind.name().to_owned(), identifier.value().into())].into()),
        }
    }
}
