//! How an event becomes part of a profile. Every table is ordered by time and event id
//! and holds each id once, so the order of arrival leaves no trace.

use super::{Contact, Note, Profile, Property, Row, Said, Tie, What, fact_id, told_id};
use crate::consent::{Chosen, PrivacyPolicy};
use crate::event::{Act, Detail, Event, Evidence, Reply, Statement, Value, named};
use crate::types::{Channel, DataCategory, Identifier, Purpose, Timestamp};

/// What became of an event at the door.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Admission {
    /// It is part of the profile now, but for what is of these categories, which the
    /// customer does not allow to be kept.
    Accepted(Vec<DataCategory>),
    /// It was already.
    Duplicate,
    /// Nothing of it may be kept; it was never an event, and may be sent again.
    NotAllowed(Refused),
}

impl Admission {
    /// All of it is part of the profile now.
    pub(crate) const ALL: Self = Self::Accepted(Vec::new());

    fn but_for(mut left_out: Vec<DataCategory>) -> Self {
        left_out.sort();
        left_out.dedup();
        Self::Accepted(left_out)
    }

    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

/// Why it may not be kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refused {
    Category(DataCategory),
    Purpose(Purpose),
    Expired(DataCategory),
    /// No prospect: somebody who dealt with the host before.
    Known,
    /// It was before somebody was erased.
    Erased,
}

impl Profile {
    /// Takes an event in, as far as what the customer allowed at the event's own time
    /// lets it be kept. `sealed` says which ids lie behind the head.
    pub(crate) fn admit(
        &mut self,
        event: &Event,
        policy: &PrivacyPolicy,
        now: Timestamp,
        sealed: &dyn Fn(u64) -> bool,
    ) -> Admission {
        let id = event.fingerprint();
        let facts = matches!(event.detail, Detail::Stated(_));
        if let Detail::Behaviour(act) = &event.detail
            && let category = policy.of_kind(&act.kind)
            && policy.expires(category, event.at) <= now
        {
            return Admission::NotAllowed(Refused::Expired(policy.name(category)));
        }
        if self.knows(id, event) || !facts && sealed(self.sealed_id(id, &event.customer)) {
            return Admission::Duplicate;
        }
        let new = match &event.detail {
            Detail::Behaviour(act) => return self.admit_act(event, id, act, policy, now),
            Detail::Stated(statement) => {
                return self.admit_facts(event, id, statement, policy, now, sealed);
            }
            Detail::Retracted(other) => self.take_back(named(other), &event.customer),
            Detail::Consent(choice) => {
                let under = self.voice(&event.customer);
                let (at, channel) = (event.at, event.channel.clone());
                self.choices.add(Chosen { at, id, under, channel, choice: choice.clone() })
            }
            Detail::Prospect(origins) => {
                let (of, channel) = (event.customer.clone(), event.channel.clone());
                let origins = origins.clone();
                self.prospect.take_in(&Note { of, at: event.at, id, channel, origins })
            }
            Detail::Linked { other, evidence } => {
                if let Some(purpose) = self.forbids(event, *evidence, policy) {
                    return Admission::NotAllowed(Refused::Purpose(purpose));
                }
                let channel = event.channel.clone();
                let said = Said { at: event.at, id, channel, evidence: *evidence };
                self.hear_of(&Tie::link(&event.customer, other, said))
            }
            Detail::Unlinked(other) => {
                self.hear_of(&Tie::parting(&event.customer, other, event.at, id))
            }
            Detail::Replied { action, reply } => {
                let what = match reply {
                    Reply::Bounced => What::Bounced,
                    Reply::NotSent => What::NotSent,
                    Reply::Declined | Reply::Accepted => What::Declined,
                };
                let action = self.names.intern(action.as_str());
                let channel = self.channel(event);
                let under = self.log(&event.customer);
                let at = event.at.as_millis();
                self.contacts.add(Contact { at, id, channel, action, what, under })
            }
        };
        if new { Admission::ALL } else { Admission::Duplicate }
    }

    /// The purpose for want of which a link may not be made.
    fn forbids(
        &self,
        event: &Event,
        evidence: Evidence,
        policy: &PrivacyPolicy,
    ) -> Option<Purpose> {
        let till = evidence == Evidence::CardScanned || event.channel == Some(Channel::Store);
        let needed = std::iter::once(Purpose::IdentityLinking);
        let mut needed = needed.chain(till.then_some(Purpose::OfflineMatch));
        needed.find(|purpose| !self.choices.allows(policy, purpose, event.at))
    }

    /// Takes a word on a link in; what follows from it is settled later.
    fn hear_of(&mut self, tie: &Tie) -> bool {
        let new = self.identity.ties.take_in(tie);
        self.identity.unsettled |= new;
        new
    }

    /// Whether an event of this id was taken in under its identifier. The facts of one
    /// declaration are taken in one by one, for some may not have been allowed the first
    /// time; and whether a word on a link is new, the tie tells.
    fn knows(&self, id: u64, event: &Event) -> bool {
        let Some(under) = self.known_log(&event.customer) else { return false };
        let voice = self.voice(&event.customer);
        let stated = matches!(event.detail, Detail::Stated(_));
        stated && self.retracted.has(id, under)
            || self.history.has(id, under)
            || self.choices.has(id, voice.as_ref())
            || self.contacts.has(id, under)
            || !stated && self.attributes.iter().any(|fact| fact.id == id && fact.under == under)
    }

    /// What stands in the index of sealed ids for an id that was told under an identifier.
    fn sealed_id(&self, id: u64, of: &Identifier) -> u64 {
        let other = (*of != self.customer).then(|| of.as_text());
        told_id(id, other.as_deref())
    }

    fn admit_act(
        &mut self,
        event: &Event,
        id: u64,
        act: &Act,
        policy: &PrivacyPolicy,
        now: Timestamp,
    ) -> Admission {
        let consented = self.choices.consented(policy, event.at);
        let kept = self.choices.kept(policy, event.at);
        let category = policy.of_kind(&act.kind);
        if !kept.has(category) {
            return Admission::NotAllowed(Refused::Category(policy.name(category)));
        }
        let corrects = act.corrects.as_ref().map(named);
        let took_back = corrects.is_some_and(|other| self.take_back(other, &event.customer));
        // What it corrects is taken back, whatever became of itself.
        if self.known_log(&event.customer).is_some_and(|under| self.retracted.has(id, under)) {
            return if took_back { Admission::ALL } else { Admission::Duplicate };
        }
        if policy.reduced().without(consented).has(category) {
            let row = self.row(event, id, &act.necessary());
            self.history.insert(row);
            self.history.pack_most();
            return Admission::Accepted(vec![policy.name(category)]);
        }
        let row = self.row(event, id, act);
        self.history.insert(row);
        self.history.pack_most();
        let mut left_out = Vec::new();
        for ((category, name), value) in &act.properties {
            let number = category.as_ref().map(|c| policy.number(c).unwrap_or(64));
            // What is kept by contract is the event, not what else was said of it.
            if number.is_some_and(|number| !kept.has(number)) {
                left_out.extend(category.clone());
            } else if number.is_none_or(|number| policy.expires(number, event.at) > now) {
                self.property(id, row.under, category.clone(), name, value.clone());
            }
        }
        Admission::but_for(left_out)
    }

    /// Keeps a free property of the behaviour of an id.
    fn property(
        &mut self,
        of: u64,
        under: u32,
        category: Option<DataCategory>,
        name: &str,
        value: Value,
    ) {
        let name = self.names.intern(name);
        let property = Property { of, category, name, value, under };
        let place = self.properties.partition_point(|p| p.of < of);
        let same = self.properties.iter().skip(place).take_while(|p| p.of == of).count();
        self.properties.insert(place + same, property);
    }

    pub(super) fn channel(&mut self, event: &Event) -> u32 {
        self.names.intern_some(event.channel.as_ref().map(Channel::name))
    }

    fn row(&mut self, event: &Event, id: u64, act: &Act) -> Row {
        let kind = act.kind.stored(|name| self.names.intern(name));
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
            under: self.log(&event.customer),
        }
    }

    fn admit_facts(
        &mut self,
        event: &Event,
        id: u64,
        statement: &Statement,
        policy: &PrivacyPolicy,
        now: Timestamp,
        sealed: &dyn Fn(u64) -> bool,
    ) -> Admission {
        let kept = self.may_keep(statement, policy, event.at);
        let under = self.log(&event.customer);
        let (mut new, mut refused, mut left_out) = (false, None, Vec::new());
        for (name, value) in &statement.facts {
            let category = policy.of_attribute(name);
            if policy.expires(category, event.at) <= now {
                refused = Some(Refused::Expired(policy.name(category)));
                continue;
            }
            let known = self.names.number(name);
            let here = self
                .attributes
                .iter()
                .any(|f| f.id == id && Some(f.name) == known && f.under == under);
            if here || sealed(self.sealed_id(fact_id(id, name), &event.customer)) {
                continue;
            }
            if !kept.has(category) {
                refused = Some(Refused::Category(policy.name(category)));
                left_out.push(policy.name(category));
                continue;
            }
            let fact = self.attribute(event, id, statement, name, value);
            let names = self.names.table();
            let text = |number: u32| names.get(number);
            let place = self.attributes.partition_point(|known| {
                let before = (known.at, known.id, text(known.name), text(known.under));
                before < (event.at, id, &**name, text(under))
            });
            self.attributes.insert(place, fact);
            new = true;
        }
        match (refused, &statement.purpose) {
            _ if new => Admission::but_for(left_out),
            (None, _) => Admission::Duplicate,
            (Some(Refused::Category(_)), Some(purpose)) => {
                Admission::NotAllowed(Refused::Purpose(purpose.clone()))
            }
            (Some(refused), _) => Admission::NotAllowed(refused),
        }
    }
}
