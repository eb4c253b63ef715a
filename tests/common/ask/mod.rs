//! What can be asked of a customer, in the tests' own plain words.

mod built;
mod edges;
mod json;
mod pattern;
mod random;
mod values;

use chrono::NaiveDate;
use confidant::{CalendarUnit, Channel, DataCategory, Kind, Stage, Value};

pub use edges::Edges;
pub use pattern::{Glyph, Often, Pattern};
#[allow(unused_imports, reason = "each test uses a part")]
pub use random::{plain_past, random};

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a few of them, for a moment")]
pub enum Ask {
    Always,
    All(Vec<Ask>),
    Any(Vec<Ask>),
    Not(Box<Ask>),
    Attribute(String, Be),
    Session(String, Be),
    Past(Past),
    Ratio(Figure, Figure, Bound),
    Pick(Pick),
    Sequence(Chain),
    Points(Vec<(Ask, i32)>, Bound),
    Stage(Vec<Stage>),
    /// A draw, and from which to which ten-thousandth.
    Bucket(String, u16, u16),
    InSegment(String),
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Be {
    There,
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    AllOf(Vec<String>),
    AtLeast(Value),
    AtMost(Value),
    MoreThan(Value),
    LessThan(Value),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    Matches(Pattern),
    Ago(Ago),
    /// At most so many local days away.
    Anniversary(u32),
    /// For so many milliseconds.
    Unchanged(i64),
    Size(Bound),
    /// Latitude and longitude in degrees, and at most so many metres from there.
    Near(f64, f64, u64),
    /// One object of a list meets this, in which an attribute is a field.
    Some(Box<Ask>),
}

/// How long ago, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ago {
    MoreThan(i64),
    AtMost(i64),
    Between(i64, i64),
    WithinNext(i64),
}

/// A question about what was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    pub figure: Figure,
    pub bound: Bound,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub measure: Measure,
    pub of: Deeds,
    pub when: When,
}

/// Which things done. Of a list one is enough; an empty one is no filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deeds {
    /// None: any.
    pub kinds: Vec<Kind>,
    pub channels: Vec<Channel>,
    pub items: Vec<String>,
    pub categories: Vec<Vec<String>>,
    /// Millionths of a currency; all of these.
    pub amounts: Vec<(String, Bound)>,
    /// The same of one piece.
    pub prices: Vec<(String, Bound)>,
    /// All of these.
    pub properties: Vec<Property>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    pub category: Option<DataCategory>,
    pub name: String,
    pub be: Be,
}

/// Of what time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    Ever,
    Last(i64),
    Ago(i64, i64),
    This(CalendarUnit),
    Previous(u32, CalendarUnit),
    Days(NaiveDate, NaiveDate),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    Count,
    Orders,
    Items,
    Channels,
    Categories,
    /// In millionths of a currency.
    Total(String),
    /// The mean of an order, in the same; what has no order is one of its own.
    Basket(String),
    /// Milliseconds since the last one.
    Since,
    /// Milliseconds since the first one.
    SinceFirst,
    /// Days of 24 hours.
    DaysSince,
    Average(Numbers),
    Minimum(Numbers),
    Maximum(Numbers),
    Sum(Numbers),
}

/// All in millionths.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    Amount(String),
    Quantity,
    Property(Option<DataCategory>, String),
}

/// On a whole number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    AtLeast(i64),
    AtMost(i64),
    Between(i64, i64),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    pub which: Which,
    pub what: What,
    pub of: Deeds,
    pub when: When,
    pub is: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Which {
    First,
    Last,
    MostFrequent,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    Item,
    Channel,
    Category(u8),
}

/// One thing after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub steps: Vec<Step>,
    /// Nothing of these for so long after the last.
    pub quiet: Option<(Deeds, i64)>,
    pub when: When,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub of: Deeds,
    pub within: Option<i64>,
    pub without: Vec<Deeds>,
}

impl Bound {
    pub fn holds(self, number: i64) -> bool {
        match self {
            Self::AtLeast(least) => number >= least,
            Self::AtMost(most) => number <= most,
            Self::Between(least, most) => least <= number && number <= most,
        }
    }
}

impl Deeds {
    pub fn of(kinds: Vec<Kind>) -> Self {
        Self { kinds, ..Self::default() }
    }
}
