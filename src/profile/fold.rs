//! How an event becomes part of a profile. Every table is ordered by time and event id
//! and holds each id once, so the order of arrival leaves no trace.

use super::{Attribute, Contact, Linked, Profile, Property, Row, What, fact_id};
use crate::consent::{Categories, PrivacyPolicy};
use crate::event::{Act, Detail, Event, Kind, Reply};
use crate::types::{Channel, DataCategory, Purpose};

/// What became of an event at the door.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Admission {
    /// It is part of the profile now.
    Accepted,
    /// It was already.
    Duplicate,
    /// Nothing of it may be kept; it was never an event, and may be sent again.
    NotAllowed(Refused),
}

/// What the customer did not allow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refused {
    Category(DataCategory),
    Purpose(Purpose),
}

impl Profile {
    /// Takes an event in, as far as what the customer allowed at the event's own time
    /// lets it be kept. `sealed` says which ids lie behind the head.
    pub(crate) fn admit(
        &mut self,
        event: &Event,
        policy: &PrivacyPolicy,
        sealed: &dyn Fn(u64) -> bool,
    ) -> Admission {
        let id = event.fingerprint();
        let facts = matches!(event.detail, Detail::Declared(_));
        if self.knows(id, &event.detail) || !facts && sealed(id) {
            return Admission::Duplicate;
        }
        let kept = self.choices.kept(policy, event.at);
        let new = match &event.detail {
            Detail::Behaviour(act) => return self.admit_act(event, id, act, kept, policy),
            Detail::Declared(_) => {
                return self.admit_facts(event, id, kept, policy, sealed);
            }
            Detail::Consent(choice) => self.choices.add(event.at, id, choice.clone()),
            Detail::Linked(other) => {
                if !self.choices.allows(policy, &Purpose::IdentityLinking, event.at) {
                    return Admission::NotAllowed(Refused::Purpose(Purpose::IdentityLinking));
                }
                let channel = self.channel(event);
                let linked = Linked { identifier: other.clone(), at: event.at, id, channel };
                let place = self.links.partition_point(|l| (l.at, l.id) < (linked.at, linked.id));
                self.links.insert(place, linked);
                true
            }
            Detail::Replied { action, reply } => {
                let what = match reply {
                    Reply::Bounced => What::Bounced,
                    Reply::NotSent => What::NotSent,
                    Reply::Declined | Reply::Accepted => What::Declined,
                };
                let action = self.names.intern(action.as_str());
                let channel = self.channel(event);
                self.contacts.add(Contact { at: event.at.as_millis(), id, channel, action, what })
            }
        };
        if new { Admission::Accepted } else { Admission::Duplicate }
    }

    /// Whether an event of this id was taken in. The facts of one declaration are taken
    /// in one by one, for some may not have been allowed the first time.
    fn knows(&self, id: u64, detail: &Detail) -> bool {
        self.history.has(id)
            || self.choices.iter().any(|chosen| chosen.id == id)
            || self.links.iter().any(|link| link.id == id)
            || self.contacts.iter().any(|contact| contact.id == id)
            || !matches!(detail, Detail::Declared(_))
                && self.attributes.iter().any(|fact| fact.id == id)
    }

    fn admit_act(
        &mut self,
        event: &Event,
        id: u64,
        act: &Act,
        kept: Categories,
        policy: &PrivacyPolicy,
    ) -> Admission {
        let category = policy.of_kind(&act.kind);
        if !kept.has(category) {
            let category = policy.names(Categories::one(category)).pop();
            let category = category.unwrap_or(DataCategory::Other);
            return Admission::NotAllowed(Refused::Category(category));
        }
        let row = self.row(event, id, act);
        self.history.insert(row);
        self.history.pack_much();
        for ((category, name), value) in &act.properties {
            let number = category.as_ref().map(|c| policy.number(c).unwrap_or(64));
            // What is kept by contract is the event, not what else was said of it.
            if number.is_none_or(|number| kept.has(number)) {
                let name = self.names.intern(name);
                let (category, value) = (category.clone(), value.clone());
                let property = Property { of: id, category, name, value };
                let place = self.properties.partition_point(|p| p.of < id);
                let same = self.properties.iter().skip(place).take_while(|p| p.of == id).count();
                self.properties.insert(place + same, property);
            }
        }
        Admission::Accepted
    }

    fn channel(&mut self, event: &Event) -> u32 {
        self.names.intern_some(event.channel.as_ref().map(Channel::name))
    }

    fn row(&mut self, event: &Event, id: u64, act: &Act) -> Row {
        let kind = match &act.kind {
            Kind::Custom(name) => Kind::BASE.len() as u32 + self.names.intern(name),
            base => base.code(),
        };
        let currency = act.amount.map(|amount| amount.currency());
        Row {
            at: event.at.as_millis(),
            id,
            kind,
            channel: self.channel(event),
            item: self.names.intern_some(act.item.as_ref().map(|i| i.as_str())),
            order: self.names.intern_some(act.order.as_ref().map(|o| o.as_str())),
            place: self.names.intern_some(act.place.as_deref()),
            action: self.names.intern_some(act.action.as_ref().map(|a| a.as_str())),
            // Checked at the door to be finite and at most 1e12, so the cast is exact.
            quantity: (act.quantity * 1000.0).round() as i64,
            amount: act.amount.map_or(0, |amount| amount.as_micros()),
            currency: self.names.intern_some(currency.as_ref().map(|c| c.as_str())),
        }
    }

    fn admit_facts(
        &mut self,
        event: &Event,
        id: u64,
        kept: Categories,
        policy: &PrivacyPolicy,
        sealed: &dyn Fn(u64) -> bool,
    ) -> Admission {
        let Detail::Declared(facts) = &event.detail else {
            return Admission::Duplicate;
        };
        let (mut new, mut refused) = (false, None);
        for (name, value) in facts {
            let known = self.names.number(name);
            let here = self.attributes.iter().any(|f| f.id == id && Some(f.name) == known);
            if here || sealed(fact_id(id, name)) {
                continue;
            }
            let category = policy.of_attribute(name);
            if !kept.has(category) {
                refused = policy.names(Categories::one(category)).pop();
                continue;
            }
            let (number, channel) = (self.names.intern(name), self.channel(event));
            let names = self.names.table();
            let text = |number: u32| names.get(number as usize).copied().unwrap_or_default();
            let place = self.attributes.partition_point(|known| {
                (known.at, known.id, text(known.name)) < (event.at, id, name)
            });
            let value = value.clone();
            self.attributes
                .insert(place, Attribute { name: number, value, at: event.at, id, channel });
            new = true;
        }
        match refused {
            Some(category) if !new => Admission::NotAllowed(Refused::Category(category)),
            _ if new => Admission::Accepted,
            _ => Admission::Duplicate,
        }
    }
}
