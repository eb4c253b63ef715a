//! What happened: the only way in. An [`Event`] is one fact about one customer at
//! one instant; everything that this crate knows of anybody is a fold of them.

mod attributes;
mod behaviour;
mod change;
mod free;
#[cfg(feature = "json")]
mod json;
mod kinds;
pub(crate) mod known;
mod prospect;
mod record;
mod statement;
mod value;
mod wire;

pub(crate) use attributes::Merge;
pub use attributes::{AttributeRule, Attributes};
pub(crate) use behaviour::Act;
pub use behaviour::{Behaviour, Kind};
pub(crate) use change::{Choice, Grant};
pub use change::{ConsentChange, Evidence, Link, Outcome, Parting, Reply, Retraction};
pub use kinds::Kinds;
pub(crate) use prospect::Origins;
pub use prospect::Prospect;
pub use record::Record;
pub(crate) use statement::Statement;
pub use statement::{Declaration, Origin};
pub use value::Value;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numeric;
use crate::types::{
    ActionId, Channel, EventId, Identifier, Timestamp, check_instant, check_text, redacted,
};

/// One thing that happened to one customer, or that one customer said.
///
/// Built by sentences that start here and end with the event's own words:
///
/// ```
/// use confidant::{Channel, Event, Level, Money, Purpose, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
/// let bought = Event::purchased("ana", monday)
///     .item("espresso")
///     .amount(Money::cents(1290, "EUR")?)
///     .on(Channel::Web)
///     .id("order 1, line 1");
/// let allowed = Event::consent("ana", monday)
///     .level(Level::OwnHistory)
///     .allow(Purpose::Personalisation);
/// let events: [Event; 2] = [bought.into(), allowed.into()];
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// An event with an id is recorded once, however often it is sent. Without an id,
/// equal content is the same event.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "wire::Wire", try_from = "wire::Wire")]
pub struct Event {
    pub(crate) id: Option<EventId>,
    pub(crate) customer: Identifier,
    pub(crate) at: Timestamp,
    pub(crate) channel: Option<Channel>,
    pub(crate) detail: Detail,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) enum Detail {
    Behaviour(behaviour::Act),
    Stated(Statement),
    Consent(change::Choice),
    Linked { other: Identifier, evidence: Evidence },
    Unlinked(Identifier),
    Replied { action: ActionId, reply: Reply },
    Retracted(EventId),
    Prospect(Origins),
}

/// The two words that every sentence can hold, and its end.
macro_rules! sentence {
    ($($name:ident)*) => {$(
        impl $name {
            /// The event's id, so that sending it twice changes nothing.
            pub fn id(mut self, id: impl Into<EventId>) -> Self {
                self.event.id = Some(id.into());
                self
            }

            /// The channel on which it happened.
            pub fn on(mut self, channel: Channel) -> Self {
                self.event.channel = Some(channel);
                self
            }
        }

        impl From<$name> for Event {
            fn from(sentence: $name) -> Self {
                sentence.event
            }
        }
    )*};
}

sentence!(Behaviour Declaration ConsentChange Link Parting Outcome Retraction Prospect);

macro_rules! behaviours {
    ($($(#[$doc:meta])* $verb:ident $kind:ident)*) => {
        impl Event {$(
            $(#[$doc])*
            pub fn $verb(customer: impl Into<Identifier>, at: Timestamp) -> Behaviour {
                Behaviour::new(customer.into(), at, Kind::$kind)
            }
        )*}
    };
}

behaviours! {
    /// The customer looked at something.
    viewed Viewed
    /// The customer searched.
    searched Searched
    /// The customer put something into the basket.
    added_to_basket AddedToBasket
    /// The customer bought something: one line of an order.
    purchased Purchased
    /// The customer gave something back.
    returned Returned
    /// The customer came to a store.
    visited_store VisitedStore
    /// The customer asked for help.
    contacted_support ContactedSupport
    /// The customer complained.
    complained Complained
    /// The customer rated something.
    rated Rated
    /// The customer shared something.
    shared Shared
    /// The customer opened a message.
    opened Opened
    /// The customer clicked.
    clicked Clicked
    /// The customer took what was offered.
    accepted Accepted
    /// The customer closed what was shown.
    dismissed Dismissed
    /// The customer called off something bought before it came.
    cancelled Cancelled
    /// What was bought came.
    delivered Delivered
    /// A delivery failed.
    delivery_failed DeliveryFailed
    /// The customer paid.
    paid Paid
    /// A payment failed.
    payment_failed PaymentFailed
    /// A complaint, or another request, was settled.
    resolved Resolved
    /// The customer registered something as owned.
    registered Registered
    /// The customer does not own something any more.
    disposed Disposed
    /// A meter was read, or use was counted.
    metered Metered
    /// The customer wrote a post or a review.
    posted Posted
    /// A smart device of the customer's reported, as the host sums it up.
    sensed Sensed
    /// The customer was shown something, wherever it was: an impression, with its item.
    shown Shown
}

impl Event {
    /// The bit of its kind, if it is a behaviour and nothing else; else all bits.
    pub(crate) fn kind_bits(&self) -> u32 {
        match &self.detail {
            Detail::Behaviour(act) if act.corrects.is_none() => act.kind.bit(),
            _ => u32::MAX,
        }
    }

    /// Behaviour of a kind that is only known when the program runs.
    pub fn did(customer: impl Into<Identifier>, at: Timestamp, kind: Kind) -> Behaviour {
        Behaviour::new(customer.into(), at, kind)
    }

    /// Something of the host's own kind.
    pub fn custom(
        customer: impl Into<Identifier>,
        at: Timestamp,
        kind: impl Into<Arc<str>>,
    ) -> Behaviour {
        Behaviour::new(customer.into(), at, Kind::custom(kind))
    }

    /// The customer states facts about themselves.
    pub fn declared(customer: impl Into<Identifier>, at: Timestamp) -> Declaration {
        Self::stated(customer.into(), at, Origin::Declared)
    }

    /// A system states what it saw or knows of the customer. Rows of a customer
    /// relationship system come in so, many at a time:
    ///
    /// ```
    /// use confidant::{Basis, Engine, Event, Timestamp};
    ///
    /// let engine = Engine::builder().build()?;
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let rows = [("ana", "Lisbon", "2025-11-03"), ("bob", "Porto", "2026-01-20")];
    /// let import = |(customer, city, changed): (&str, &str, &str)| {
    ///     let known = Event::observed(customer, changed.parse()?).source("crm");
    ///     Ok(known.basis(Basis::Contract).attribute("city", city).into())
    /// };
    /// let rows: Vec<Event> = rows.into_iter().map(import).collect::<confidant::Result<_>>()?;
    ///
    /// let report = engine.record_all(monday, rows.clone());
    /// assert_eq!((report.accepted, report.refused.len()), (2, 0));
    /// // The same rows once more change nothing.
    /// assert_eq!(engine.record_all(monday, rows).duplicates, 2);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn observed(customer: impl Into<Identifier>, at: Timestamp) -> Declaration {
        Self::stated(customer.into(), at, Origin::Observed)
    }

    /// The customer is on a list of the host's own, as a system of the host's knows: an
    /// observed fact, the attribute `list:` and the name of the list, which
    /// [`listed`](crate::listed) asks for.
    ///
    /// ```
    /// use confidant::{Engine, Event, Level, Purpose, Segment, Timestamp, listed};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let tasters = Segment::new("tasters", listed("tasting panel"));
    /// let engine = Engine::builder().segment(tasters).build()?;
    /// let yes = Event::consent("ana", now).level(Level::OwnHistory);
    /// engine.record(now, yes.allow(Purpose::Personalisation))?;
    /// engine.record(now, Event::listed("ana", now, "tasting panel"))?;
    /// assert_eq!(engine.segments_of("ana", now)?.len(), 1);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn listed(customer: impl Into<Identifier>, at: Timestamp, list: &str) -> Declaration {
        Self::observed(customer, at).attribute(on_list(list), true)
    }

    /// The customer is not on a list of the host's own, or not any more.
    pub fn unlisted(customer: impl Into<Identifier>, at: Timestamp, list: &str) -> Declaration {
        Self::observed(customer, at).attribute(on_list(list), false)
    }

    /// Facts about the customer that were worked out from others.
    pub fn inferred(customer: impl Into<Identifier>, at: Timestamp) -> Declaration {
        Self::stated(customer.into(), at, Origin::Inferred)
    }

    fn stated(customer: Identifier, at: Timestamp, origin: Origin) -> Declaration {
        Declaration { event: Self::new(customer, at, Detail::Stated(Statement::new(origin))) }
    }

    /// The customer chooses what is allowed.
    pub fn consent(customer: impl Into<Identifier>, at: Timestamp) -> ConsentChange {
        let choice = Detail::Consent(change::Choice::default());
        ConsentChange { event: Self::new(customer.into(), at, choice) }
    }

    /// The customer is also known as `other`: from now on what is told of either is told of
    /// one customer, as far as the host's [`IdentityPolicy`](crate::IdentityPolicy) lets two
    /// be one.
    pub fn linked(
        customer: impl Into<Identifier>,
        at: Timestamp,
        other: impl Into<Identifier>,
    ) -> Link {
        let detail = Detail::Linked { other: other.into(), evidence: Evidence::default() };
        Link { event: Self::new(customer.into(), at, detail) }
    }

    /// The customer is not known as `other`, or not any more. If nothing else links the two,
    /// each has its own history again, as if they had never been one; but neither is allowed
    /// more than both were.
    pub fn unlinked(
        customer: impl Into<Identifier>,
        at: Timestamp,
        other: impl Into<Identifier>,
    ) -> Parting {
        Parting { event: Self::new(customer.into(), at, Detail::Unlinked(other.into())) }
    }

    /// The host heard of somebody who is no customer: from a list, a partner, a fair. The
    /// sentence needs a source, a basis and an expiry.
    ///
    /// A prospect is kept and not treated: no segment, no statistic and no decision sees
    /// anything of one. Only a link makes a prospect a customer; then all of it is the
    /// customer's, and the source stays as the place that it came from. Who never becomes
    /// one is forgotten wholly by the first [`advance`](crate::Engine::advance) after the
    /// expiry, whatever else was told of them; of several expiries the last counts.
    /// Somebody who dealt with the host under the identifier before is no prospect:
    /// [`NotAllowed::Known`](crate::NotAllowed::Known).
    ///
    /// ```
    /// use confidant::{Basis, Engine, Event, Identifier, IdentifierKind, Timestamp, days};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let mail = Identifier::new(IdentifierKind::Email, "ana@home.example");
    /// let engine = Engine::builder().build()?;
    /// let heard = Event::prospect(&mail, now).source("spring fair").basis(Basis::Consent);
    /// engine.record(now, heard.until(now + days(30)))?;
    /// assert!(engine.customer_report(&mail, now)?.is_some());
    /// engine.advance(now + days(30))?;
    /// assert!(engine.customer_report(&mail, now + days(30))?.is_none());
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn prospect(identifier: impl Into<Identifier>, at: Timestamp) -> Prospect {
        let detail = Detail::Prospect(Origins::default());
        Prospect { event: Self::new(identifier.into(), at, detail) }
    }

    /// What became of an action that was decided.
    pub fn outcome(
        customer: impl Into<Identifier>,
        at: Timestamp,
        action: impl Into<ActionId>,
        reply: Reply,
    ) -> Outcome {
        let detail = wire::replied(action.into(), reply);
        Outcome { event: Self::new(customer.into(), at, detail) }
    }

    /// The event of an id, told under the same customer, is taken back, as if it had never
    /// been, whether it came already or comes later. It needs no consent, for it only takes
    /// away.
    ///
    /// Behaviour and declared facts are taken back so. A choice is changed by another
    /// choice, and a contact taken back by [`Reply::NotSent`]: for those, for links and
    /// for prospects, a retraction does nothing.
    ///
    /// ```
    /// use confidant::{Catalog, Engine, Event, Item, Timestamp};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let catalog = Catalog::new([Item::new("espresso")])?;
    /// let engine = Engine::builder().catalog(catalog).build()?;
    /// engine.record(now, Event::purchased("ana", now).item("espresso").id("line 1"))?;
    /// engine.record(now, Event::retracted("ana", now, "line 1"))?;
    /// assert!(engine.customer_report("ana", now)?.is_some_and(|report| report.history.is_empty()));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn retracted(
        customer: impl Into<Identifier>,
        at: Timestamp,
        event: impl Into<EventId>,
    ) -> Retraction {
        let detail = Detail::Retracted(event.into());
        Retraction { event: Self::new(customer.into(), at, detail) }
    }

    fn new(customer: Identifier, at: Timestamp, detail: Detail) -> Self {
        Self { id: None, customer, at, channel: None, detail }
    }

    /// Whom it is about.
    #[must_use]
    pub fn customer(&self) -> &Identifier {
        &self.customer
    }

    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The id that its producer gave it.
    #[must_use]
    pub fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// The kind of behaviour, if it is one.
    #[must_use]
    pub fn kind(&self) -> Option<&Kind> {
        match &self.detail {
            Detail::Behaviour(act) => Some(&act.kind),
            _ => None,
        }
    }

    /// 64 bits that stand for this event's id or, without one, for its content.
    pub(crate) fn fingerprint(&self) -> u64 {
        match &self.id {
            Some(id) => named(id),
            None => {
                let content = (&self.customer, self.at, &self.channel, &self.detail);
                numeric::fingerprint(2, &postcard::to_allocvec(&content).unwrap_or_default())
            }
        }
    }

    /// The fingerprint of the event that this one takes back.
    pub(crate) fn takes_back(&self) -> Option<u64> {
        match &self.detail {
            Detail::Behaviour(act) => act.corrects.as_ref().map(named),
            Detail::Retracted(id) => Some(named(id)),
            _ => None,
        }
    }

    /// Refuses what can't be true or can't be kept: names the field and what would
    /// be right.
    pub(crate) fn check(&self) -> Result<()> {
        self.customer.check("customer")?;
        if let Some(id) = &self.id {
            check_text("id", id.as_str())?;
        }
        self.channel.as_ref().map_or(Ok(()), Channel::check)?;
        check_instant("at", self.at)?;
        match &self.detail {
            Detail::Behaviour(act) => act.check(),
            Detail::Stated(statement) => statement.check(self.at),
            Detail::Consent(choice) => choice.check(),
            Detail::Linked { other, .. } | Detail::Unlinked(other) => other.check("identifier"),
            Detail::Replied { action, .. } => check_text("action", action.as_str()),
            Detail::Retracted(id) => check_text("retracts", id.as_str()),
            Detail::Prospect(origins) => origins.check(self.at),
        }?;
        match self.takes_back() {
            Some(other) if other == self.fingerprint() => Err(Error::input(
                "corrects",
                "an event cannot take itself back: expected the id of another one",
            )),
            _ => Ok(()),
        }
    }
}

/// The fingerprint of the event of an id.
pub(crate) fn named(id: &EventId) -> u64 {
    numeric::fingerprint(1, id.as_str().as_bytes())
}

redacted! {
    Event { at, channel }
}

/// The attribute that says whether somebody is on a list.
pub(crate) fn on_list(list: &str) -> String {
    format!("list:{list}")
}
