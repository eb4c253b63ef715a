//! What the races are run with: a shop, what its threads do to one customer, and, in the
//! tests' own plain words, what each of that must come to.
#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod stage;
pub(crate) mod truth;

use confidant::*;

pub(crate) fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// An instant of a story.
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(noon().as_millis() + ms)
}

/// After everything.
pub(crate) fn end() -> Timestamp {
    noon() + days(1)
}

/// A shop: on the web there is more for who is known to have bought, by mail whatever the
/// customer is known for.
pub(crate) fn shop(store: impl Store, cap: usize) -> EngineBuilder {
    let bought = count(Kind::Purchased).at_least(1);
    let web = Treatment::on(Channel::Web);
    Engine::builder()
        .store(store)
        .catalog(Catalog::new([Item::new("tea")]).unwrap())
        .contact(ContactPolicy::new().cap(cap as u32, days(90)))
        .segment(Segment::new("buyer", bought.clone()))
        .action(Action::new("anybody").value(1.0).treatment(web.clone()))
        .action(Action::new("buyers").value(9.0).when(bought).treatment(web))
        .action(Action::new("mail").value(1.0).treatment(Treatment::on(Channel::Email)))
}

/// Something done to a customer, at so many milliseconds of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    /// Everything is allowed.
    Give(i64),
    /// Nothing is, any more.
    Withdraw(i64),
    /// A purchase, kept under the contract.
    Buy(i64),
    /// A look, kept only where it is allowed.
    View(i64),
    /// What is shown on the web?
    Web(i64),
    /// Is a mail written?
    Mail(i64),
    /// The same, asked for many at once.
    MailAll(i64),
    Erase,
    Advance(i64),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Recorded(Recorded),
    Decided(Box<Decision>),
    Erased(bool),
    Advanced,
}

/// An answer as far as the truth knows it: a million of them fit into memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    Recorded(Recorded),
    /// On how many choices, whether any of the customer's data were read, and what for.
    Decided {
        epoch: u64,
        used: bool,
        action: Option<ActionId>,
    },
    Erased(bool),
    Advanced,
}

impl Answer {
    /// Whether it is the same, but for which models are late: who asks while something is taken
    /// back has models from before or from after it.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let timely = |decision: &Decision| {
            let mut json = serde_json::to_value(decision).unwrap();
            let late = json["receipt"].as_object_mut().unwrap().remove("late_models");
            (late.is_some(), json)
        };
        match (self, other) {
            _ if self == other => true,
            (Self::Decided(one), Self::Decided(other)) => timely(one) == timely(other),
            _ => false,
        }
    }

    pub(crate) fn heard(&self) -> Heard {
        match self {
            Self::Recorded(recorded) => Heard::Recorded(recorded.clone()),
            Self::Decided(decision) => Heard::Decided {
                epoch: decision.receipt().consent_epoch(),
                used: !decision.receipt().used().is_empty(),
                action: decision.action().cloned(),
            },
            Self::Erased(known) => Heard::Erased(*known),
            Self::Advanced => Heard::Advanced,
        }
    }
}

impl Op {
    pub(crate) fn act(self, engine: &Engine, who: &str) -> Answer {
        let record =
            |ms: i64, event: Event| Answer::Recorded(engine.record(at(ms), event).unwrap());
        let ask = |channel, ms| Request::new(who, channel, at(ms));
        match self {
            Self::Give(ms) => record(ms, give(who, ms).into()),
            Self::Withdraw(ms) => record(ms, withdraw(who, ms).into()),
            Self::Buy(ms) => {
                record(ms, Event::purchased(who, at(ms)).item("tea").id(format!("b{ms}")).into())
            }
            Self::View(ms) => {
                record(ms, Event::viewed(who, at(ms)).item("tea").id(format!("v{ms}")).into())
            }
            Self::Web(ms) => {
                Answer::Decided(Box::new(engine.decide(&ask(Channel::Web, ms)).unwrap()))
            }
            Self::Mail(ms) => {
                Answer::Decided(Box::new(engine.decide(&ask(Channel::Email, ms)).unwrap()))
            }
            Self::MailAll(ms) => {
                let mut all = engine.decide_all(&[ask(Channel::Email, ms)]).unwrap();
                Answer::Decided(Box::new(all.remove(0).unwrap()))
            }
            Self::Erase => Answer::Erased(engine.erase(who).unwrap()),
            Self::Advance(ms) => {
                engine.advance(at(ms)).unwrap();
                Answer::Advanced
            }
        }
    }
}

pub(crate) fn give(who: impl Into<Identifier>, ms: i64) -> ConsentChange {
    let all = Event::consent(who, at(ms)).id(format!("g{ms}")).level(Level::Collaborative);
    Purpose::BASE.into_iter().fold(all, ConsentChange::allow)
}

fn withdraw(who: &str, ms: i64) -> ConsentChange {
    let none = Event::consent(who, at(ms)).id(format!("w{ms}"));
    Purpose::BASE.into_iter().fold(none, ConsentChange::withdraw)
}
