//! What is kept of a customer, and what of it a purpose sees.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{Channel, DataCategory, Kind, Purpose, Reply, Value};

use super::choice::{Categories, Choices};
use crate::common::told::{Did, Told, What};
use crate::common::world::Privacy;

/// What became of something that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    Accepted,
    Duplicate,
    NotAllowed,
}

/// Something done, as it is kept.
#[derive(Debug, Clone)]
pub struct Row {
    pub at: i64,
    pub channel: Option<Channel>,
    pub did: Did,
}

/// A contact, or an answer to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Touch {
    pub at: i64,
    pub channel: Option<Channel>,
    pub action: String,
    pub what: Touched,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    Made,
    Declined,
    Bounced,
    NotSent,
}

#[derive(Debug, Clone, Default)]
pub struct Person {
    pub choices: Choices,
    pub rows: Vec<Row>,
    /// Name, since when, value.
    pub facts: Vec<(String, i64, Value)>,
    pub touches: Vec<Touch>,
    known: BTreeSet<String>,
    known_facts: BTreeSet<(String, String)>,
}

/// Everybody, by every name they are known under.
#[derive(Debug, Clone, Default)]
pub struct People {
    pub persons: BTreeMap<String, Person>,
    pub names: BTreeMap<String, String>,
}

impl People {
    pub fn hear(&mut self, told: &Told, privacy: &Privacy) -> Became {
        let who = self.names.get(&told.who).unwrap_or(&told.who).clone();
        let mut person = self.persons.get(&who).cloned().unwrap_or_default();
        let became = person.hear(told, privacy);
        if became == Became::Accepted {
            if let What::Linked(other) = &told.what {
                self.names.insert(other.clone(), who.clone());
            }
            self.persons.insert(who, person);
        }
        became
    }

    /// Everybody as after all that is told, in this order, of which only the choices
    /// have to come in time.
    pub fn of(told: &[Told], privacy: &Privacy) -> Self {
        let mut people = Self::default();
        told.iter().for_each(|told| _ = people.hear(told, privacy));
        people
    }

    pub fn person(&self, who: &str) -> Person {
        let who = self.names.get(who).map_or(who, String::as_str);
        self.persons.get(who).cloned().unwrap_or_default()
    }
}

impl Person {
    /// Takes in what is told, if what was allowed when it happened, as known by now,
    /// lets it be kept.
    pub fn hear(&mut self, told: &Told, privacy: &Privacy) -> Became {
        let said = matches!(told.what, What::Said(_));
        if !said && self.known.contains(&told.id) {
            return Became::Duplicate;
        }
        let kept = self.choices.kept(privacy, told.at);
        let touch = |what, action: &str| Touch {
            at: told.at,
            channel: told.channel.clone(),
            action: action.to_owned(),
            what,
        };
        match &told.what {
            What::Did(did) => {
                if !kept.contains(&of_kind(&did.kind, privacy)) {
                    return Became::NotAllowed;
                }
                let (at, channel, mut did) = (told.at, told.channel.clone(), did.clone());
                did.properties.retain(|(of, ..)| of.as_ref().is_none_or(|of| kept.contains(of)));
                self.rows.push(Row { at, channel, did });
            }
            What::Said(facts) => return self.hear_facts(told, facts, &kept, privacy),
            What::Chose(choice) => self.choices.0.push((told.at, choice.clone())),
            What::Linked(_) => {
                if !self.choices.allows(privacy, &Purpose::IdentityLinking, told.at) {
                    return Became::NotAllowed;
                }
            }
            What::Answered(action, reply) => self.touches.push(match reply {
                Reply::Declined => touch(Touched::Declined, action),
                Reply::Bounced => touch(Touched::Bounced, action),
                Reply::NotSent => touch(Touched::NotSent, action),
                Reply::Accepted => panic!("an acceptance is something done"),
            }),
        }
        self.known.insert(told.id.clone());
        Became::Accepted
    }

    /// Each fact stands for itself.
    fn hear_facts(
        &mut self,
        told: &Told,
        facts: &BTreeMap<String, Value>,
        kept: &Categories,
        privacy: &Privacy,
    ) -> Became {
        let (mut new, mut refused) = (false, false);
        for (name, value) in facts {
            let key = (told.id.clone(), name.clone());
            if self.known_facts.contains(&key) {
                continue;
            }
            if kept.contains(&of_attribute(name, privacy)) {
                self.known_facts.insert(key);
                self.facts.push((name.clone(), told.at, value.clone()));
                new = true;
            } else {
                refused = true;
            }
        }
        match (new, refused) {
            (true, _) => Became::Accepted,
            (false, true) => Became::NotAllowed,
            (false, false) => Became::Duplicate,
        }
    }

    /// The value of an attribute that counts, and since when it was stated.
    pub fn stated(&self, name: &str, now: i64) -> Option<(i64, &Value)> {
        let known = self.facts.iter().filter(|(known, at, _)| known == name && *at <= now);
        known.max_by_key(|(_, at, _)| *at).map(|(_, at, value)| (*at, value))
    }

    /// Since when an attribute has been what it is, restated or not.
    pub fn held(&self, name: &str, now: i64) -> Option<i64> {
        let (mut since, value) = self.stated(name, now)?;
        while let Some((before, same)) = self.stated(name, since - 1)
            && same == value
        {
            since = before;
        }
        Some(since)
    }

    /// The contacts that were made and stand: one that was not sent takes back the
    /// latest before it of its action, on its channel if it names one.
    pub fn contacts(&self, now: i64) -> Vec<&Touch> {
        let mut touches: Vec<&Touch> = self.touches.iter().filter(|t| t.at <= now).collect();
        // What happens at one instant: contacts are made before they are taken back.
        touches.sort_by_key(|touch| (touch.at, touch.what));
        let mut made: Vec<&Touch> = Vec::new();
        for touch in touches {
            match touch.what {
                Touched::Made => made.push(touch),
                Touched::NotSent => {
                    let fits = |made: &&Touch| {
                        made.action == touch.action
                            && (touch.channel.is_none() || made.channel == touch.channel)
                    };
                    if let Some(last) = made.iter().rposition(fits) {
                        made.remove(last);
                    }
                }
                Touched::Declined | Touched::Bounced => {}
            }
        }
        made
    }
}

pub fn of_kind(kind: &Kind, privacy: &Privacy) -> DataCategory {
    match kind {
        Kind::Purchased
        | Kind::Returned
        | Kind::Cancelled
        | Kind::Delivered
        | Kind::DeliveryFailed
        | Kind::Paid
        | Kind::PaymentFailed => DataCategory::Purchases,
        Kind::Viewed | Kind::AddedToBasket | Kind::Shared => DataCategory::Browsing,
        Kind::Searched => DataCategory::Searches,
        Kind::VisitedStore => DataCategory::Visits,
        Kind::ContactedSupport | Kind::Complained | Kind::Resolved => DataCategory::Service,
        Kind::Rated => DataCategory::Opinions,
        Kind::Registered | Kind::Disposed => DataCategory::Ownership,
        Kind::Metered => DataCategory::Usage,
        Kind::Posted => DataCategory::Posts,
        Kind::Sensed => DataCategory::Readings,
        Kind::Opened | Kind::Clicked | Kind::Accepted | Kind::Dismissed | Kind::Shown => {
            DataCategory::Responses
        }
        Kind::Custom(name) => privacy.kinds.get(&**name).cloned().unwrap_or(DataCategory::Other),
    }
}

pub fn of_attribute(name: &str, privacy: &Privacy) -> DataCategory {
    privacy.attributes.get(name).cloned().unwrap_or(DataCategory::Declared)
}
