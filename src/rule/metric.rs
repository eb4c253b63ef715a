//! Figures over what a customer did, and bounds on them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::behaviours::{Behaviours, Bound, When, filters, windows};
use super::condition::Condition;
use crate::types::{Currency, DataCategory, millis};

/// A figure over what a customer did in some time.
///
/// The questions [`count`](crate::count), [`total`](crate::total) and so on become one where
/// one is wanted: for a ratio, a ranking, a feature of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    pub(crate) measure: Measure,
    pub(crate) of: Behaviours,
    #[serde(default)]
    pub(crate) when: When,
}

/// A question about what the customer did. Every field is written, for stored bytes do not
/// name them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub(crate) measure: Measure,
    pub(crate) of: Behaviours,
    #[serde(default)]
    pub(crate) when: When,
    pub(crate) test: Bound,
}

/// One figure over another, each in its own unit (pieces, days, units of a currency), in
/// millionths rounded down; nothing if the other is zero or is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    pub(crate) part: Metric,
    pub(crate) whole: Metric,
    pub(crate) test: Bound,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// How many behaviours.
    Count,
    /// How many distinct orders.
    Orders,
    /// The sum of the amounts in a currency, in millionths.
    Total(Currency),
    /// Milliseconds since the latest one; nothing if there is none.
    Since,
    /// How many distinct items.
    Items,
    /// How many distinct channels; none is one.
    Channels,
    /// How many distinct categories of items, each with all above it.
    Categories,
    /// Milliseconds since the first one; nothing if there is none.
    SinceFirst,
    /// Whole days of 24 hours since the latest one, rounded down; nothing if there is none.
    DaysSince,
    /// The mean, the smallest, the largest of some numbers, in millionths, the mean rounded
    /// down; nothing if there is none.
    Average(Numbers),
    Minimum(Numbers),
    Maximum(Numbers),
    /// The sum of some numbers, in millionths.
    Sum(Numbers),
    /// The sum of the amounts in a currency for each distinct order that has any, in
    /// millionths, rounded down; a line without an order is one of its own; nothing if there
    /// is none.
    Basket(Currency),
}

/// Which numbers of behaviours, all in millionths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Numbers {
    /// The amounts of lines, in a currency.
    Amount(Currency),
    /// Quantities.
    Quantity,
    /// A property that is a number, of the behaviour's own category or of one of its own.
    Property(Box<str>, Option<DataCategory>),
}

/// How often the customer did something.
pub fn count(of: impl Into<Behaviours>) -> Counted {
    Counted(Metric::new(Measure::Count, of))
}

/// In how many distinct orders the customer did something.
pub fn orders(of: impl Into<Behaviours>) -> Counted {
    Counted(Metric::new(Measure::Orders, of))
}

/// With how many distinct items the customer did something.
pub fn items(of: impl Into<Behaviours>) -> Counted {
    Counted(Metric::new(Measure::Items, of))
}

/// On how many distinct channels the customer did something.
pub fn channels(of: impl Into<Behaviours>) -> Counted {
    Counted(Metric::new(Measure::Channels, of))
}

/// With items of how many distinct categories the customer did something.
pub fn categories(of: impl Into<Behaviours>) -> Counted {
    Counted(Metric::new(Measure::Categories, of))
}

/// What it amounted to, in one currency; amounts in others do not count.
pub fn total(of: impl Into<Behaviours>, currency: Currency) -> Summed {
    Summed(Metric::new(Measure::Total(currency), of))
}

/// What an order came to on average, in one currency, of orders that have an amount in it. A
/// line without an order is one of its own.
pub fn basket(of: impl Into<Behaviours>, currency: Currency) -> Summed {
    Summed(Metric::new(Measure::Basket(currency), of))
}

/// The mean amount of a line in one currency, of lines that have one.
pub fn average(of: impl Into<Behaviours>, currency: Currency) -> Summed {
    Summed(Metric::new(Measure::Average(Numbers::Amount(currency)), of))
}

/// The smallest amount of a line in one currency.
pub fn smallest(of: impl Into<Behaviours>, currency: Currency) -> Summed {
    Summed(Metric::new(Measure::Minimum(Numbers::Amount(currency)), of))
}

/// The largest amount of a line in one currency.
pub fn largest(of: impl Into<Behaviours>, currency: Currency) -> Summed {
    Summed(Metric::new(Measure::Maximum(Numbers::Amount(currency)), of))
}

/// How many, or how much, the quantities come to.
pub fn quantity(of: impl Into<Behaviours>) -> Summed {
    Summed(Metric::new(Measure::Sum(Numbers::Quantity), of))
}

/// A property of behaviours, waiting for what is to be done with its numbers.
///
/// ```
/// use confidant::{Kind, days, numbers};
///
/// let content = numbers("stars").average(Kind::Rated).within(days(365)).at_least(4.0);
/// ```
pub fn numbers(property: &str) -> NumbersOf {
    NumbersOf(Numbers::Property(property.into(), None))
}

/// The same of a property of a data category of its own.
pub fn numbers_of(category: DataCategory, property: &str) -> NumbersOf {
    NumbersOf(Numbers::Property(property.into(), Some(category)))
}

/// How long ago the customer last did something. Never is neither long ago nor
/// recent: every test is false.
pub fn last(of: impl Into<Behaviours>) -> Recency {
    Recency(Metric::new(Measure::Since, of))
}

/// How long ago the customer first did something.
pub fn first(of: impl Into<Behaviours>) -> Recency {
    Recency(Metric::new(Measure::SinceFirst, of))
}

/// How many whole days of 24 hours ago the customer last did something; every test is false
/// if never.
pub fn days_since(of: impl Into<Behaviours>) -> Counted {
    Counted(Metric::new(Measure::DaysSince, of))
}

/// The customer did nothing at all in this time.
#[must_use]
pub fn not_seen_for(duration: Duration) -> Condition {
    count(crate::event::Kinds::any()).within(duration).at_most(0)
}

/// A figure as a part of another one, each in its own unit: pieces, days, units of a currency.
/// It is none if the other is zero or none.
///
/// ```
/// use confidant::{Kind, count, days, ratio};
///
/// let half_as_often = ratio(
///     count(Kind::Purchased).within(days(30)),
///     count(Kind::Purchased).between(days(60), days(30)),
/// )
/// .at_most(0.5);
/// ```
pub fn ratio(part: impl Into<Metric>, whole: impl Into<Metric>) -> Rate {
    Rate { part: part.into(), whole: whole.into() }
}

/// How a figure of this time compares with that of the same length of time before.
pub fn trend(of: impl Into<Metric>, over: Duration) -> Rate {
    let (now, before) = (of.into(), over.saturating_mul(2));
    let part = Metric { when: When::Last(over.into()), ..now.clone() };
    let whole = Metric { when: When::Ago(before.into(), over.into()), ..now };
    Rate { part, whole }
}

/// The numbers of a property, waiting for what is to be done with them.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct NumbersOf(Numbers);

impl NumbersOf {
    /// Their sum.
    pub fn sum(self, of: impl Into<Behaviours>) -> Summed {
        Summed(Metric::new(Measure::Sum(self.0), of))
    }

    /// Their mean.
    pub fn average(self, of: impl Into<Behaviours>) -> Summed {
        Summed(Metric::new(Measure::Average(self.0), of))
    }

    /// The smallest.
    pub fn smallest(self, of: impl Into<Behaviours>) -> Summed {
        Summed(Metric::new(Measure::Minimum(self.0), of))
    }

    /// The largest.
    pub fn largest(self, of: impl Into<Behaviours>) -> Summed {
        Summed(Metric::new(Measure::Maximum(self.0), of))
    }
}

/// A ratio, waiting for its test.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct Rate {
    part: Metric,
    whole: Metric,
}

impl Rate {
    /// So many times the other, or more; to the millionth, rounded down.
    #[must_use]
    pub fn at_least(self, times: f64) -> Condition {
        self.test(Bound::AtLeast(micros(times)))
    }

    /// So many times the other, or less; to the millionth, rounded down.
    #[must_use]
    pub fn at_most(self, times: f64) -> Condition {
        self.test(Bound::AtMost(micros(times)))
    }

    fn test(self, test: Bound) -> Condition {
        Condition::Ratio(Box::new(Ratio { part: self.part, whole: self.whole, test }))
    }
}

impl Metric {
    fn new(measure: Measure, of: impl Into<Behaviours>) -> Self {
        Self { measure, of: of.into(), when: When::Ever }
    }

    fn test(self, test: Bound) -> Condition {
        let Self { measure, of, when } = self;
        Condition::History(Box::new(History { measure, of, when, test }))
    }
}

impl History {
    /// What is measured, without its test.
    pub(crate) fn metric(&self) -> Metric {
        Metric { measure: self.measure.clone(), of: self.of.clone(), when: self.when }
    }
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        #[must_use = "a question is no condition until it is answered"]
        pub struct $name(Metric);

        impl $name {
            fn behaviours(&mut self) -> &mut Behaviours {
                &mut self.0.of
            }
        }

        filters!($name);

        impl From<$name> for Metric {
            fn from(question: $name) -> Self {
                question.0
            }
        }
    )*};
}

questions! {
    /// A question of how many, waiting for its test.
    Counted
    /// A question of how much, waiting for its test.
    Summed
    /// A question of how long ago, waiting for its test.
    Recency
}

impl Counted {
    fn when(&mut self) -> &mut When {
        &mut self.0.when
    }

    /// So many or more.
    #[must_use]
    pub fn at_least(self, number: u32) -> Condition {
        self.0.test(Bound::AtLeast(number.into()))
    }

    /// So many or fewer, none included.
    #[must_use]
    pub fn at_most(self, number: u32) -> Condition {
        self.0.test(Bound::AtMost(number.into()))
    }

    /// Exactly so many.
    #[must_use]
    pub fn exactly(self, number: u32) -> Condition {
        self.0.test(Bound::Between(number.into(), number.into()))
    }
}

impl Summed {
    fn when(&mut self) -> &mut When {
        &mut self.0.when
    }

    /// So much or more; of amounts, in the question's currency.
    #[must_use]
    pub fn at_least(self, amount: f64) -> Condition {
        self.0.test(Bound::AtLeast(micros(amount)))
    }

    /// So much or less, nothing included; of amounts, in the question's currency.
    #[must_use]
    pub fn at_most(self, amount: f64) -> Condition {
        self.0.test(Bound::AtMost(micros(amount)))
    }
}

windows!(Counted);
windows!(Summed);

impl Recency {
    /// It was more than this long ago.
    #[must_use]
    pub fn longer_ago_than(self, duration: Duration) -> Condition {
        self.0.test(Bound::AtLeast(millis(duration).saturating_add(1)))
    }

    /// It was at most this long ago.
    #[must_use]
    pub fn at_most_ago(self, duration: Duration) -> Condition {
        self.0.test(Bound::AtMost(millis(duration)))
    }
}

/// In millionths; what is out of range is the farthest that is in it, and NaN is zero.
pub(super) fn micros(amount: f64) -> i64 {
    (amount * 1e6).round() as i64
}
