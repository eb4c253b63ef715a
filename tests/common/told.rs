//! What is told of a customer, in the tests' own plain words, and the crate's event
//! that says the same.

use std::collections::BTreeMap;

use confidant::{
    Channel, DataCategory, Event, Identifier, IdentifierKind, Kind, Level, Money, Purpose, Reply,
    Timestamp, Value,
};

/// One thing that is told of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: String,
    pub who: String,
    pub at: i64,
    pub channel: Option<Channel>,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Did(Did),
    Said(BTreeMap<String, Value>),
    Chose(Chose),
    /// Also known as this.
    Linked(String),
    /// How an action was answered; never an acceptance, which is something done.
    Answered(String, Reply),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Did {
    pub kind: Kind,
    pub item: Option<String>,
    /// In millionths, with the currency.
    pub amount: Option<(i64, String)>,
    pub order: Option<String>,
    pub action: Option<String>,
    pub quantity: Option<f64>,
    /// Each of its own category or of that of the whole.
    pub properties: Vec<(Option<DataCategory>, String, Value)>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chose {
    pub level: Option<Level>,
    pub purposes: BTreeMap<Purpose, Word>,
    /// Whether the customer objects to being reached there.
    pub channels: BTreeMap<Channel, bool>,
    /// Whether data are to be kept and not used.
    pub restricted: Option<bool>,
}

/// A customer's word on a purpose.
#[derive(Debug, Clone, PartialEq)]
pub enum Word {
    Yes,
    Only(Vec<DataCategory>),
    No,
}

/// A text is a customer number; `cookie:x` is a cookie.
pub fn known_as(who: &str) -> Identifier {
    match who.strip_prefix("cookie:") {
        Some(cookie) => Identifier::new(IdentifierKind::Cookie, cookie),
        None => Identifier::from(who),
    }
}

impl Did {
    pub fn new(kind: Kind) -> Self {
        let (item, amount, order, action, quantity) = (None, None, None, None, None);
        Self { kind, item, amount, order, action, quantity, properties: Vec::new() }
    }
}

impl Told {
    /// The event that tells it.
    pub fn event(&self) -> Event {
        let (who, at) = (known_as(&self.who), Timestamp::from_millis(self.at));
        // The channel is said by each sentence itself: no two have a type in common.
        macro_rules! end {
            ($sentence:expr) => {{
                let sentence = $sentence.id(self.id.as_str());
                match self.channel.clone() {
                    Some(channel) => sentence.on(channel).into(),
                    None => sentence.into(),
                }
            }};
        }
        match &self.what {
            What::Did(did) => end!(did.sentence(who, at)),
            What::Said(facts) => {
                let declared = Event::declared(who, at);
                let name = |name: &String| name.as_str().to_owned();
                end!(facts.iter().fold(declared, |d, (n, v)| d.attribute(name(n), v.clone())))
            }
            What::Chose(choice) => end!(choice.sentence(who, at)),
            What::Linked(other) => end!(Event::linked(who, at, known_as(other))),
            What::Answered(action, reply) => {
                end!(Event::outcome(who, at, action.as_str(), *reply))
            }
        }
    }
}

impl Did {
    fn sentence(&self, who: Identifier, at: Timestamp) -> confidant::Behaviour {
        let mut did = Event::did(who, at, self.kind.clone());
        if let Some(item) = &self.item {
            did = did.item(item.as_str());
        }
        if let Some((micros, currency)) = &self.amount {
            did = did.amount(Money::micros(*micros, currency.parse().unwrap()));
        }
        if let Some(order) = &self.order {
            did = did.order(order.as_str());
        }
        if let Some(action) = &self.action {
            did = did.action(action.as_str());
        }
        if let Some(quantity) = self.quantity {
            did = did.quantity(quantity);
        }
        self.properties.iter().fold(did, |did, (of, name, value)| match of {
            None => did.property(name.as_str(), value.clone()),
            Some(of) => did.property_of(of.clone(), name.as_str(), value.clone()),
        })
    }
}

impl Chose {
    fn sentence(&self, who: Identifier, at: Timestamp) -> confidant::ConsentChange {
        let mut chosen = Event::consent(who, at);
        if let Some(level) = self.level {
            chosen = chosen.level(level);
        }
        for (purpose, word) in &self.purposes {
            chosen = match word {
                Word::Yes => chosen.allow(purpose.clone()),
                Word::Only(these) => chosen.allow_only(purpose.clone(), these.clone()),
                Word::No => chosen.withdraw(purpose.clone()),
            };
        }
        for (channel, objects) in &self.channels {
            chosen = match objects {
                true => chosen.object_to(channel.clone()),
                false => chosen.lift_objection(channel.clone()),
            };
        }
        chosen = match self.restricted {
            Some(true) => chosen.restrict(),
            Some(false) => chosen.lift_restriction(),
            None => chosen,
        };
        chosen
    }
}
