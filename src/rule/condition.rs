//! What can be asked of a customer.
//!
//! A condition is true, false or *unknown*. It is unknown where it asks for data that
//! the customer does not allow for the purpose at hand, and so is everything that
//! hinges on it, negations included (Kleene's strong logic). An unknown condition
//! counts as not met. So less consent can only turn an answer into "unknown": nobody
//! enters a segment or gets a contact by allowing less.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::event::{Kind, Kinds, Value};
use crate::types::{Channel, Currency, ItemId, Money, SegmentId, Timestamp, days};

/// A condition on a customer.
///
/// ```
/// use confidant::{Kind, all, attribute, count, days, last, not};
///
/// let drifting_regular = all([
///     count(Kind::Purchased).within(days(365)).at_least(10),
///     last(Kind::Purchased).longer_ago_than(days(60)),
///     not(attribute("employee").is(true)),
/// ]);
/// assert_eq!(
///     drifting_regular.to_string(),
///     "count(purchased, last 365 days) >= 10 and last(purchased) > 60 days ago \
///      and not employee = true",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Always true.
    Always,
    /// All of these; true if there are none.
    All(#[serde(deserialize_with = "nested")] Vec<Condition>),
    /// At least one of these; false if there are none.
    Any(#[serde(deserialize_with = "nested")] Vec<Condition>),
    /// The opposite. The opposite of unknown is unknown.
    Not(#[serde(deserialize_with = "nested")] Box<Condition>),
    /// About an attribute. A missing one makes every test false.
    Attribute(#[doc = "Its name."] Box<str>, #[doc = "What it must be."] Test),
    /// About the present visit. A missing value makes every test false.
    Session(#[doc = "Its name."] Box<str>, #[doc = "What it must be."] Test),
    /// About what the customer did.
    History(Box<History>),
    /// Whether the customer is in a segment.
    InSegment(SegmentId),
}

/// How deep a condition may be nested.
pub(super) const DEEPEST: usize = 64;

/// Reads what is nested in a condition, no deeper than one can be: bytes from anywhere must
/// not exhaust the stack. The formats tell no depth, so the thread keeps count.
fn nested<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }
    struct Below(usize);
    impl Drop for Below {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let above = Below(DEPTH.get());
    if above.0 >= DEEPEST {
        return Err(D::Error::custom(TooDeep));
    }
    DEPTH.set(above.0 + 1);
    T::deserialize(from)
}

/// What is wrong with a condition that is nested too deep.
pub(super) struct TooDeep;

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a condition is nested deeper than {DEEPEST} levels")
    }
}

/// A test of a value. Values of different types are never equal and never ordered. A set
/// is one of several texts if any of its own is among them; it has no order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// There is a value.
    Exists,
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is a number or an instant, and at least this.
    AtLeast(Value),
    /// It is a number or an instant, and at most this.
    AtMost(Value),
}

/// A question about what the customer did, in a rolling window that ends now. Every field
/// is written, for stored bytes do not name them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub(crate) measure: Measure,
    /// No kinds: any kind.
    pub(crate) kinds: Vec<Kind>,
    #[serde(default)]
    pub(crate) channel: Option<Channel>,
    #[serde(default)]
    pub(crate) item: Option<ItemId>,
    #[serde(default)]
    pub(crate) category: Vec<Box<str>>,
    /// Behaviours at instants later than `now - within`, up to `now`; all if none.
    #[serde(default)]
    pub(crate) within: Option<Duration>,
    pub(crate) test: Bound,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
}

/// A bound on what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtLeast(i64),
    AtMost(i64),
}

/// All of these.
#[must_use]
pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition::All(conditions.into_iter().collect())
}

/// At least one of these.
#[must_use]
pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition::Any(conditions.into_iter().collect())
}

/// The opposite of a condition; of an unknown one, unknown.
#[must_use]
pub fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// Whether the customer is in a segment.
#[must_use]
pub fn in_segment(segment: impl Into<SegmentId>) -> Condition {
    Condition::InSegment(segment.into())
}

/// About an attribute of the customer.
pub fn attribute(name: &str) -> Asked {
    Asked { name: name.into(), of: Condition::Attribute }
}

/// About a value of the present visit.
pub fn session(name: &str) -> Asked {
    Asked { name: name.into(), of: Condition::Session }
}

/// How often the customer did something.
pub fn count(kinds: impl Into<Kinds>) -> Counted {
    Counted(Question::new(Measure::Count, kinds))
}

/// In how many distinct orders the customer did something.
pub fn orders(kinds: impl Into<Kinds>) -> Counted {
    Counted(Question::new(Measure::Orders, kinds))
}

/// What it amounted to, in one currency; amounts in others do not count.
pub fn total(kinds: impl Into<Kinds>, currency: Currency) -> Summed {
    Summed(Question::new(Measure::Total(currency), kinds))
}

/// How long ago the customer last did something. Never is neither long ago nor
/// recent: both tests are false.
pub fn last(kinds: impl Into<Kinds>) -> Recency {
    Recency(Question::new(Measure::Since, kinds))
}

/// The customer did nothing at all in this time.
#[must_use]
pub fn not_seen_for(duration: Duration) -> Condition {
    count(Kinds::any()).within(duration).at_most(0)
}

/// A question about a named value, waiting for its test.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct Asked {
    name: Box<str>,
    of: fn(Box<str>, Test) -> Condition,
}

impl Asked {
    fn test(self, test: Test) -> Condition {
        (self.of)(self.name, test)
    }

    /// It is this; of a set, this text is in it.
    #[must_use]
    pub fn is(self, value: impl Into<Value>) -> Condition {
        self.test(Test::OneOf(vec![value.into()]))
    }

    /// It is one of these; of a set, any of these texts is in it.
    #[must_use]
    pub fn one_of<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        self.test(Test::OneOf(values.into_iter().map(Into::into).collect()))
    }

    /// It is at least this.
    #[must_use]
    pub fn at_least(self, value: impl Into<Value>) -> Condition {
        self.test(Test::AtLeast(value.into()))
    }

    /// It is at most this.
    #[must_use]
    pub fn at_most(self, value: impl Into<Value>) -> Condition {
        self.test(Test::AtMost(value.into()))
    }

    /// There is a value.
    #[must_use]
    pub fn exists(self) -> Condition {
        self.test(Test::Exists)
    }
}

#[derive(Debug, Clone)]
struct Question(History);

impl Question {
    fn new(measure: Measure, kinds: impl Into<Kinds>) -> Self {
        Self(History {
            measure,
            kinds: kinds.into().into_vec(),
            channel: None,
            item: None,
            category: Vec::new(),
            within: None,
            test: Bound::AtLeast(0),
        })
    }

    fn test(self, test: Bound) -> Condition {
        Condition::History(Box::new(History { test, ..self.0 }))
    }
}

macro_rules! filters {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        #[must_use = "a question is no condition until it is answered"]
        pub struct $name(Question);

        impl $name {
            /// On this channel alone.
            pub fn on(mut self, channel: Channel) -> Self {
                self.0.0.channel = Some(channel);
                self
            }

            /// With this item alone.
            pub fn item(mut self, item: impl Into<ItemId>) -> Self {
                self.0.0.item = Some(item.into());
                self
            }

            /// With items of this category and below it, named from the widest down.
            pub fn in_category<'a>(mut self, path: impl IntoIterator<Item = &'a str>) -> Self {
                self.0.0.category = path.into_iter().map(Into::into).collect();
                self
            }
        }
    )*};
}

filters! {
    /// A question of how many, waiting for its test.
    Counted
    /// A question of how much, waiting for its test.
    Summed
    /// A question of how long ago, waiting for its test.
    Recency
}

impl Counted {
    /// In this time up to now; what happened exactly that long ago is out.
    pub fn within(mut self, duration: Duration) -> Self {
        self.0.0.within = Some(duration);
        self
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
}

impl Summed {
    /// In this time up to now; what happened exactly that long ago is out.
    pub fn within(mut self, duration: Duration) -> Self {
        self.0.0.within = Some(duration);
        self
    }

    /// So much or more, in the question's currency.
    #[must_use]
    pub fn at_least(self, amount: f64) -> Condition {
        self.0.test(Bound::AtLeast(micros(amount)))
    }

    /// So much or less, nothing included, in the question's currency.
    #[must_use]
    pub fn at_most(self, amount: f64) -> Condition {
        self.0.test(Bound::AtMost(micros(amount)))
    }
}

impl Recency {
    /// The last time was more than this long ago.
    #[must_use]
    pub fn longer_ago_than(self, duration: Duration) -> Condition {
        self.0.test(Bound::AtLeast(millis(duration).saturating_add(1)))
    }

    /// The last time was at most this long ago.
    #[must_use]
    pub fn at_most_ago(self, duration: Duration) -> Condition {
        self.0.test(Bound::AtMost(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    (Timestamp::from_millis(0) + duration).as_millis()
}

/// In millionths; what is out of range is the farthest that is in it, and NaN is zero.
fn micros(amount: f64) -> i64 {
    (amount * 1e6).round() as i64
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::All(parts) => joined(f, parts, " and ", "always"),
            Self::Any(parts) => joined(f, parts, " or ", "never"),
            Self::Not(part) => match **part {
                Self::All(_) | Self::Any(_) => write!(f, "not ({part})"),
                _ => write!(f, "not {part}"),
            },
            Self::Attribute(name, test) => write!(f, "{name}{test}"),
            Self::Session(name, test) => write!(f, "session {name}{test}"),
            Self::History(history) => history.fmt(f),
            Self::InSegment(segment) => write!(f, "in segment {segment}"),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Condition], word: &str, empty: &str) -> fmt::Result {
    if parts.is_empty() {
        return f.write_str(empty);
    }
    for (n, part) in parts.iter().enumerate() {
        f.write_str(if n > 0 { word } else { "" })?;
        match part {
            Condition::All(_) | Condition::Any(_) if parts.len() > 1 => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str(" exists"),
            Self::AtLeast(value) => write!(f, " >= {value}"),
            Self::AtMost(value) => write!(f, " <= {value}"),
            Self::OneOf(values) => match values.as_slice() {
                [value] => write!(f, " = {value}"),
                values => {
                    let texts: Vec<String> = values.iter().map(Value::to_string).collect();
                    write!(f, " in ({})", texts.join(", "))
                }
            },
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.measure {
            Measure::Count => "count(",
            Measure::Orders => "orders(",
            Measure::Total(_) => "total(",
            Measure::Since => "last(",
        })?;
        let kinds: Vec<&str> = self.kinds.iter().map(Kind::name).collect();
        f.write_str(if kinds.is_empty() { "anything" } else { "" })?;
        f.write_str(&kinds.join(" or "))?;
        if let Some(channel) = &self.channel {
            write!(f, ", on {}", channel.name())?;
        }
        if let Some(item) = &self.item {
            write!(f, ", item {item}")?;
        }
        if !self.category.is_empty() {
            write!(f, ", in {}", self.category.join(" > "))?;
        }
        if let Some(within) = self.within {
            write!(f, ", last {}", Spoken(within))?;
        }
        f.write_str(")")?;
        self.show_test(f)
    }
}

impl History {
    fn show_test(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = |ms: i64| Spoken(Duration::from_millis(ms.unsigned_abs()));
        match (self.measure, self.test) {
            (Measure::Total(currency), Bound::AtLeast(n)) => {
                write!(f, " >= {}", Money::micros(n, currency))
            }
            (Measure::Total(currency), Bound::AtMost(n)) => {
                write!(f, " <= {}", Money::micros(n, currency))
            }
            (Measure::Since, Bound::AtLeast(ms)) => {
                write!(f, " > {} ago", since(ms.saturating_sub(1)))
            }
            (Measure::Since, Bound::AtMost(ms)) => write!(f, " <= {} ago", since(ms)),
            (_, Bound::AtLeast(n)) => write!(f, " >= {n}"),
            (_, Bound::AtMost(n)) => write!(f, " <= {n}"),
        }
    }
}

/// A duration in the largest unit that it is whole in.
struct Spoken(Duration);

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        let day = days(1).as_millis();
        match ms {
            ms if ms % day == 0 && ms > 0 => write!(f, "{} days", ms / day),
            ms if ms % 3_600_000 == 0 => write!(f, "{} hours", ms / 3_600_000),
            ms if ms % 60_000 == 0 => write!(f, "{} minutes", ms / 60_000),
            ms => write!(f, "{ms} ms"),
        }
    }
}
