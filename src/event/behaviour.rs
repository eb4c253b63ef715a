//! What a customer did.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Detail, Event, Origin, Value, known, value};
use crate::error::{Error, Result};
use crate::types::{
    ActionId, DataCategory, EventId, Identifier, ItemId, Money, OrderId, Timestamp, check_own,
    check_text, named, redacted,
};

/// What kind of behaviour it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Looked at something.
    Viewed,
    /// Searched.
    Searched,
    /// Put something into the basket.
    AddedToBasket,
    /// Bought something.
    Purchased,
    /// Gave something back.
    Returned,
    /// Came to a store.
    VisitedStore,
    /// Asked for help.
    ContactedSupport,
    /// Complained.
    Complained,
    /// Rated something.
    Rated,
    /// Shared something.
    Shared,
    /// Opened a message.
    Opened,
    /// Clicked.
    Clicked,
    /// Took what was offered.
    Accepted,
    /// Closed what was shown.
    Dismissed,
    /// Called off something bought before it came.
    Cancelled,
    /// Received what was bought.
    Delivered,
    /// A delivery failed.
    DeliveryFailed,
    /// Paid.
    Paid,
    /// A payment failed.
    PaymentFailed,
    /// A complaint, or another request, was settled.
    Resolved,
    /// Registered something as owned.
    Registered,
    /// Does not own something any more: sold, given away, thrown away.
    Disposed,
    /// A meter was read, or use was counted.
    Metered,
    /// Wrote a post or a review.
    Posted,
    /// A smart device of the customer's reported, as the host sums it up.
    Sensed,
    /// Was shown something, wherever it was: an impression.
    Shown,
    /// A kind of the host's own.
    Custom(Arc<str>),
}

named!(Kind);

impl Kind {
    /// The kinds that this crate knows by itself. The order is part of the stored format.
    pub const BASE: [Self; 26] = [
        Self::Viewed,
        Self::Searched,
        Self::AddedToBasket,
        Self::Purchased,
        Self::Returned,
        Self::VisitedStore,
        Self::ContactedSupport,
        Self::Complained,
        Self::Rated,
        Self::Shared,
        Self::Opened,
        Self::Clicked,
        Self::Accepted,
        Self::Dismissed,
        Self::Cancelled,
        Self::Delivered,
        Self::DeliveryFailed,
        Self::Paid,
        Self::PaymentFailed,
        Self::Resolved,
        Self::Registered,
        Self::Disposed,
        Self::Metered,
        Self::Posted,
        Self::Sensed,
        Self::Shown,
    ];

    /// How many of them a record keeps by their place. Those that came later, and the host's
    /// own, it keeps by name, so what was kept once stays what it was.
    pub(crate) const BY_PLACE: u32 = 25;

    /// A kind of the host's own.
    #[must_use]
    pub fn custom(name: impl Into<Arc<str>>) -> Self {
        Self::from_name(&name.into())
    }

    /// The stable name of this kind.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Viewed => "viewed",
            Self::Searched => "searched",
            Self::AddedToBasket => "added_to_basket",
            Self::Purchased => "purchased",
            Self::Returned => "returned",
            Self::VisitedStore => "visited_store",
            Self::ContactedSupport => "contacted_support",
            Self::Complained => "complained",
            Self::Rated => "rated",
            Self::Shared => "shared",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Accepted => "accepted",
            Self::Dismissed => "dismissed",
            Self::Cancelled => "cancelled",
            Self::Delivered => "delivered",
            Self::DeliveryFailed => "delivery_failed",
            Self::Paid => "paid",
            Self::PaymentFailed => "payment_failed",
            Self::Resolved => "resolved",
            Self::Registered => "registered",
            Self::Disposed => "disposed",
            Self::Metered => "metered",
            Self::Posted => "posted",
            Self::Sensed => "sensed",
            Self::Shown => "shown",
            Self::Custom(name) => name,
        }
    }

    /// The kind of a stable name; a name that is none of ours is the host's own.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::BASE
            .into_iter()
            .find(|k| k.name() == name)
            .unwrap_or_else(|| Self::Custom(name.into()))
    }

    /// Whether it is a dealing with the host, and so meant by "anything".
    pub(crate) fn is_dealing(&self) -> bool {
        !matches!(self, Self::Posted | Self::Sensed | Self::Shown)
    }

    /// The number by which a record keeps it: its place, or behind those that of its name
    /// among the record's texts.
    pub(crate) fn stored(&self, text: impl FnOnce(&str) -> u32) -> u32 {
        match self.code() {
            place if place < Self::BY_PLACE => place,
            _ => Self::BY_PLACE + text(self.name()),
        }
    }

    /// The kind that a record keeps by a number.
    pub(crate) fn of_stored<'a>(stored: u32, text: impl FnOnce(u32) -> &'a str) -> Self {
        match stored.checked_sub(Self::BY_PLACE) {
            Some(name) => Self::from_name(text(name)),
            None => Self::BASE.get(stored as usize).cloned().unwrap_or(Self::Viewed),
        }
    }

    /// A number for columns: the place in [`Kind::BASE`], or a hash of the name.
    pub(crate) fn code(&self) -> u32 {
        match self {
            Self::Custom(name) => crate::numeric::short_hash(name),
            base => Self::BASE.iter().position(|k| k == base).unwrap_or_default() as u32,
        }
    }

    /// A bit for each kind of our own, the highest for all of the host's.
    pub(crate) fn bit(&self) -> u32 {
        match self {
            Self::Custom(_) => 1 << 31,
            base => 1 << base.code(),
        }
    }
}

/// The sentence of a behaviour; see [`Event`].
#[derive(Clone, PartialEq)]
#[must_use = "a behaviour is nothing until it is recorded"]
pub struct Behaviour {
    pub(super) event: Event,
}

/// What was done, with what.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Act {
    pub(crate) kind: Kind,
    pub(crate) item: Option<ItemId>,
    pub(crate) quantity: f64,
    pub(crate) amount: Option<Money>,
    pub(crate) order: Option<OrderId>,
    pub(crate) place: Option<Arc<str>>,
    pub(crate) action: Option<ActionId>,
    pub(crate) properties: BTreeMap<PropertyKey, Value>,
    /// The event in whose place this one stands.
    pub(crate) corrects: Option<EventId>,
}

/// What a free property is called, and its category where that is not the event's.
pub(crate) type PropertyKey = (Option<DataCategory>, Arc<str>);

/// The names of the events that are neither behaviour nor statements.
pub(super) const CONSENT: &str = "consent";
pub(super) const LINKED: &str = "linked";
pub(super) const UNLINKED: &str = "unlinked";
pub(super) const OUTCOME: &str = "outcome";
pub(super) const RETRACTED: &str = "retracted";
pub(super) const PROSPECT: &str = "prospect";

const OTHERS: [&str; 6] = [CONSENT, LINKED, UNLINKED, OUTCOME, RETRACTED, PROSPECT];

impl Act {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            item: None,
            quantity: 1.0,
            amount: None,
            order: None,
            place: None,
            action: None,
            properties: BTreeMap::new(),
            corrects: None,
        }
    }

    /// What of it is strictly necessary: what was done with what, in which order, how much.
    pub(crate) fn necessary(&self) -> Self {
        let (item, order) = (self.item.clone(), self.order.clone());
        let (quantity, amount) = (self.quantity, self.amount);
        Self { item, order, quantity, amount, ..Self::new(self.kind.clone()) }
    }

    pub(super) fn check(&self) -> Result<()> {
        if let Kind::Custom(name) = &self.kind {
            check_text("event", name)?;
            let ours = OTHERS.contains(&&**name) || Origin::from_name(name).is_some();
            check_own("event", !ours && self.kind == Kind::from_name(name))?;
        }
        let texts = [
            ("item", self.item.as_ref().map(ItemId::as_str)),
            ("order", self.order.as_ref().map(OrderId::as_str)),
            ("place", self.place.as_deref()),
            ("action", self.action.as_ref().map(ActionId::as_str)),
            ("corrects", self.corrects.as_ref().map(EventId::as_str)),
        ];
        for (field, text) in texts {
            text.map_or(Ok(()), |text| check_text(field, text))?;
        }
        // The bound keeps a quantity in thousandths exact.
        if !(0.0..=1e12).contains(&self.quantity) {
            return Err(Error::input(
                "quantity",
                "`quantity` is not usable: expected a number from 0 to 1,000,000,000,000",
            ));
        }
        if self.amount.is_some_and(|amount| amount.as_micros() < 0) {
            return Err(Error::input(
                "amount",
                "`amount` is negative: expected zero or more; what is given back is a `returned` event",
            ));
        }
        for ((category, name), value) in &self.properties {
            category.as_ref().map_or(Ok(()), DataCategory::check)?;
            known::check(name, value)?;
        }
        value::check_all(
            "properties",
            self.properties.iter().map(|((_, name), value)| (name, value)),
        )
    }
}

impl Behaviour {
    pub(super) fn new(customer: Identifier, at: Timestamp, kind: Kind) -> Self {
        Self { event: Event::new(customer, at, Detail::Behaviour(Act::new(kind))) }
    }

    fn with(mut self, change: impl FnOnce(&mut Act)) -> Self {
        if let Detail::Behaviour(act) = &mut self.event.detail {
            change(act);
        }
        self
    }

    /// The item; it must be in the catalogue.
    pub fn item(self, item: impl Into<ItemId>) -> Self {
        self.with(|act| act.item = Some(item.into()))
    }

    /// How many, or how much. One, if not said; kept to the thousandth.
    pub fn quantity(self, quantity: f64) -> Self {
        self.with(|act| act.quantity = quantity)
    }

    /// The amount of the whole line, zero or more.
    pub fn amount(self, amount: Money) -> Self {
        self.with(|act| act.amount = Some(amount))
    }

    /// The order or basket that it belongs to.
    pub fn order(self, order: impl Into<OrderId>) -> Self {
        self.with(|act| act.order = Some(order.into()))
    }

    /// Where: a store, a page, a city.
    pub fn place(self, place: impl Into<Arc<str>>) -> Self {
        self.with(|act| act.place = Some(place.into()))
    }

    /// The action that it answers.
    pub fn action(self, action: impl Into<ActionId>) -> Self {
        self.with(|act| act.action = Some(action.into()))
    }

    /// A free property, of the same data category as the event.
    pub fn property(self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.with(|act| _ = act.properties.insert((None, name.into()), value.into().settled()))
    }

    /// A free property of a data category of its own: seen only where both the
    /// event's category and this one are allowed.
    pub fn property_of(
        self,
        category: DataCategory,
        name: impl Into<Arc<str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.with(|act| {
            _ = act.properties.insert((Some(category), name.into()), value.into().settled())
        })
    }

    /// This stands in the place of the event of that id, told under the same customer,
    /// which is taken back: see [`Event::retracted`]. What is taken back does not come
    /// back, not even when the correction is taken back too.
    pub fn corrects(self, event: impl Into<EventId>) -> Self {
        self.with(|act| act.corrects = Some(event.into()))
    }
}

redacted! {
    Behaviour {}
}
