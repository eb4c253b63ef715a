//! Which behaviours a question is about, and of what time.

use serde::{Deserialize, Serialize};

use super::span::{Day, Span};
use super::test::Test;
use crate::event::{Kind, Kinds};
use crate::types::{CalendarUnit, Channel, Currency, DataCategory, ItemId, Money};

/// Which behaviours: of these kinds, and of those that pass every filter. Of a filter that
/// names several, one is enough.
///
/// ```
/// use confidant::{Channel, Kind, behaviours};
///
/// let coffee_at_the_till =
///     behaviours(Kind::Purchased).on(Channel::Store).in_category(["food", "coffee"]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "it says which behaviours, and asks nothing of them"]
pub struct Behaviours {
    /// No kinds: any kind.
    pub(crate) kinds: Vec<Kind>,
    #[serde(default)]
    pub(crate) channels: Vec<Channel>,
    #[serde(default)]
    pub(crate) items: Vec<ItemId>,
    /// Each from the widest down.
    #[serde(default)]
    pub(crate) categories: Vec<Vec<Box<str>>>,
    /// Of the line.
    #[serde(default)]
    pub(crate) amounts: Vec<Priced>,
    /// Of one piece.
    #[serde(default)]
    pub(crate) prices: Vec<Priced>,
    #[serde(default)]
    pub(crate) properties: Vec<Property>,
}

/// A range of amounts of a currency, in millionths, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Priced {
    pub(crate) currency: Currency,
    pub(crate) range: Bound,
}

/// What a property of a behaviour must be. One of a data category of its own is another
/// one than that of the same name without.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Property {
    #[serde(default)]
    pub(crate) category: Option<DataCategory>,
    pub(crate) name: Box<str>,
    pub(crate) test: Test,
}

/// A bound on a whole number, its ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtLeast(i64),
    AtMost(i64),
    Between(i64, i64),
}

impl Bound {
    /// The smallest and the largest number within.
    pub(crate) fn range(self) -> (i64, i64) {
        match self {
            Self::AtLeast(least) => (least, i64::MAX),
            Self::AtMost(most) => (i64::MIN, most),
            Self::Between(least, most) => (least, most),
        }
    }
}

/// Of what time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// Up to now.
    #[default]
    Ever,
    /// Later than so long ago, up to now.
    Last(Span),
    /// Later than the first length of time ago, up to the second ago.
    Ago(Span, Span),
    /// The day, week, month, quarter or year of now, as the customer's clock shows it, up
    /// to now.
    This(CalendarUnit),
    /// So many whole ones before that.
    Previous(u32, CalendarUnit),
    /// From the first of these local days to the last, both included.
    Days(Day, Day),
}

/// The behaviours of these kinds.
pub fn behaviours(kinds: impl Into<Kinds>) -> Behaviours {
    Behaviours {
        kinds: kinds.into().into_vec(),
        channels: Vec::new(),
        items: Vec::new(),
        categories: Vec::new(),
        amounts: Vec::new(),
        prices: Vec::new(),
        properties: Vec::new(),
    }
}

impl<K: Into<Kinds>> From<K> for Behaviours {
    fn from(kinds: K) -> Self {
        behaviours(kinds)
    }
}

/// The filters, for everything that has some [`Behaviours`].
macro_rules! filters {
    ($name:ident) => {
        impl $name {
            /// On this channel; named several times, on any of those.
            pub fn on(mut self, channel: $crate::types::Channel) -> Self {
                self.behaviours().channels.push(channel);
                self
            }

            /// With this item; named several times, with any of those.
            pub fn item(mut self, item: impl Into<$crate::types::ItemId>) -> Self {
                self.behaviours().items.push(item.into());
                self
            }

            /// With items of this category and below it, named from the widest down; named
            /// several times, of any of those.
            pub fn in_category<'a>(mut self, path: impl IntoIterator<Item = &'a str>) -> Self {
                let path: Vec<Box<str>> = path.into_iter().map(Into::into).collect();
                if !path.is_empty() {
                    self.behaviours().categories.push(path);
                }
                self
            }

            /// Whose line amounts to at least this, and is in its currency.
            pub fn amount_at_least(mut self, least: $crate::types::Money) -> Self {
                self.behaviours().amounts.push($crate::rule::behaviours::at_least(least));
                self
            }

            /// Whose line amounts to at most this, and is in its currency.
            pub fn amount_at_most(mut self, most: $crate::types::Money) -> Self {
                self.behaviours().amounts.push($crate::rule::behaviours::at_most(most));
                self
            }

            /// Of which one piece, the amount over the quantity rounded down to the
            /// millionth, costs at least this, in its currency.
            pub fn price_at_least(mut self, least: $crate::types::Money) -> Self {
                self.behaviours().prices.push($crate::rule::behaviours::at_least(least));
                self
            }

            /// Of which one piece costs at most this, in its currency.
            pub fn price_at_most(mut self, most: $crate::types::Money) -> Self {
                self.behaviours().prices.push($crate::rule::behaviours::at_most(most));
                self
            }

            /// With a property of the behaviour's own data category that meets a test.
            pub fn property(mut self, name: &str, test: $crate::rule::Test) -> Self {
                let property =
                    $crate::rule::behaviours::Property { category: None, name: name.into(), test };
                self.behaviours().properties.push(property);
                self
            }

            /// With a property of a data category of its own that meets a test. The answer
            /// is unknown where that category is not allowed.
            pub fn property_of(
                mut self,
                category: $crate::types::DataCategory,
                name: &str,
                test: $crate::rule::Test,
            ) -> Self {
                let category = Some(category);
                let property =
                    $crate::rule::behaviours::Property { category, name: name.into(), test };
                self.behaviours().properties.push(property);
                self
            }
        }
    };
}
pub(super) use filters;

/// Whatever says of what time, for everything that has a [`When`].
macro_rules! windows {
    ($name:ident) => {
        impl $name {
            /// In this time up to now; what happened exactly that long ago is out.
            pub fn within(mut self, duration: std::time::Duration) -> Self {
                *self.when() = $crate::rule::behaviours::When::Last(duration.into());
                self
            }

            /// Between so long ago, which is out, and so long ago, which is in.
            pub fn between(mut self, from: std::time::Duration, to: std::time::Duration) -> Self {
                *self.when() = $crate::rule::behaviours::When::Ago(from.into(), to.into());
                self
            }

            /// In the present day, week, month, quarter or year, by the clock of the
            /// customer's own time zone: that of the attribute `time_zone` or, without one,
            /// the [host's](crate::EngineBuilder::time_zone). Unknown where that attribute
            /// may not be seen.
            pub fn this(mut self, unit: $crate::types::CalendarUnit) -> Self {
                *self.when() = $crate::rule::behaviours::When::This(unit);
                self
            }

            /// In the so many whole ones before the present one, by the same clock.
            pub fn previous(mut self, units: u32, unit: $crate::types::CalendarUnit) -> Self {
                *self.when() = $crate::rule::behaviours::When::Previous(units, unit);
                self
            }
        }
    };
}
pub(super) use windows;

impl Behaviours {
    fn behaviours(&mut self) -> &mut Self {
        self
    }
}

filters!(Behaviours);

pub(super) fn at_least(least: Money) -> Priced {
    Priced { currency: least.currency(), range: Bound::AtLeast(least.as_micros()) }
}

pub(super) fn at_most(most: Money) -> Priced {
    Priced { currency: most.currency(), range: Bound::AtMost(most.as_micros()) }
}
