//! A rolling aggregate: a figure over the behaviours of a window that ends now.

use std::time::Duration;

use super::filter::Which;
use crate::event::Kinds;
use crate::types::{Channel, Currency, ItemId, Money, Timestamp, redacted};

/// A figure over what a customer did, asked of views by an engine's
/// [`aggregates`](crate::Engine::aggregates).
///
/// ```
/// use confidant::{Aggregate, Kind, days};
///
/// let visits = Aggregate::count(Kind::VisitedStore).within(days(90));
/// let spent = Aggregate::sum(Kind::Purchased, "EUR".parse()?).in_category(["food"]);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an aggregate is nothing until it is asked"]
pub struct Aggregate {
    pub(super) measure: Measure,
    kinds: Kinds,
    channels: Vec<Channel>,
    items: Vec<ItemId>,
    categories: Vec<Vec<Box<str>>>,
    pub(super) within: Option<Duration>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Count,
    Orders,
    Items,
    Sum(Currency),
    Average(Currency),
    Minimum(Currency),
    Maximum(Currency),
    First,
    Last,
}

macro_rules! measures {
    ($($(#[$doc:meta])* $name:ident $measure:ident $(($currency:ident))?)*) => {$(
        $(#[$doc])*
        pub fn $name(kinds: impl Into<Kinds> $(, $currency: Currency)?) -> Self {
            Self::new(Measure::$measure $(($currency))?, kinds.into())
        }
    )*};
}

impl Aggregate {
    measures! {
        /// How many behaviours there were.
        count Count
        /// In how many distinct orders.
        orders Orders
        /// With how many distinct items.
        items Items
        /// What the amounts in a currency add up to, from nothing; what is given back is a
        /// kind of its own and is not taken off.
        sum Sum(currency)
        /// The mean amount in a currency of those that have one, rounded to the millionth.
        average Average(currency)
        /// The smallest amount in a currency.
        minimum Minimum(currency)
        /// The largest amount in a currency.
        maximum Maximum(currency)
        /// When it was the first time.
        first First
        /// When it was the last time.
        last Last
    }

    fn new(measure: Measure, kinds: Kinds) -> Self {
        let (channels, items, categories) = (Vec::new(), Vec::new(), Vec::new());
        Self { measure, kinds, channels, items, categories, within: None }
    }

    /// On this channel; named several times, on any of those.
    pub fn on(mut self, channel: Channel) -> Self {
        self.channels.push(channel);
        self
    }

    /// With this item; named several times, with any of those.
    pub fn item(mut self, item: impl Into<ItemId>) -> Self {
        self.items.push(item.into());
        self
    }

    /// With items of this category and below it, named from the widest down; named several
    /// times, of any of those.
    pub fn in_category<'a>(mut self, path: impl IntoIterator<Item = &'a str>) -> Self {
        let path: Vec<Box<str>> = path.into_iter().map(Into::into).collect();
        self.categories.extend((!path.is_empty()).then_some(path));
        self
    }

    /// In this time up to now; what happened exactly that long ago is out. Without it,
    /// ever.
    pub fn within(self, duration: Duration) -> Self {
        Self { within: Some(duration), ..self }
    }

    pub(super) fn which(&self) -> Which<'_> {
        Which {
            kinds: self.kinds.as_slice(),
            channels: &self.channels,
            items: &self.items,
            categories: &self.categories,
        }
    }
}

/// The answer to an [`Aggregate`], and until when it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Aggregated {
    /// The figure.
    pub figure: Figure,
    /// The first instant at which time alone can make it another; until then it holds,
    /// unless something new is told.
    pub until: Timestamp,
}

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// It cannot be known from what the customer allows.
    Unknown,
    /// There is none: no amount to be the mean, the smallest or the largest, no first and
    /// no last time.
    Nothing,
    /// So many.
    Count(u64),
    /// So much.
    Amount(Money),
    /// Then.
    At(Timestamp),
}

redacted! {
    Aggregated { until }
}
