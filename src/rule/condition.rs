//! What can be asked of a customer.
//!
//! A condition is true, false or *unknown*. It is unknown where it asks for data that
//! the customer does not allow for the purpose at hand, and so is everything that
//! hinges on it, negations included (Kleene's strong logic). An unknown condition
//! counts as not met. So less consent can only turn an answer into "unknown": nobody
//! enters a segment or gets a contact by allowing less.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::behaviours::Bound;
use super::clustering::InCluster;
use super::lifecycle::Stage;
use super::metric::{History, Ratio};
use super::pick::Pick;
use super::ranking::Ranked;
use super::sequence::Sequence;
use super::test::{Asked, Test};
use crate::types::SegmentId;

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
///
/// # In words
///
/// A condition is written as a text and read from one; what is written is read as the same
/// condition again.
///
/// ```
/// use confidant::Condition;
///
/// let drifting: Condition =
///     "count(purchase, last 90 days) >= 3 and not seen for 30 days".parse()?;
/// assert_eq!(
///     drifting.to_string(),
///     "count(purchased, last 90 days) >= 3 and count(anything, last 30 days) <= 0",
/// );
///
/// let wrong = "count(purchased, lst 90 days) >= 3".parse::<Condition>().unwrap_err();
/// assert!(wrong.to_string().starts_with("at 1:18: `lst` is unknown here: "));
/// assert!(wrong.to_string().contains("did you mean `last`?"));
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// | conditions | |
/// |---|---|
/// | `a and b`, `a or b`, `not a`, `(a or b) and c` | `and` binds closer than `or` |
/// | `always`, `never`, `all(a, b)`, `any(a, b)` | |
/// | `city = Porto`, `!= Porto`, `in (Porto, Lisboa)`, `not in (...)` | a text, a number, `true`, a date |
/// | `age >= 18`, `<=`, `>`, `<` | a number or a date |
/// | `name contains "x"`, `starts with`, `ends with`, `matches "regex"` | |
/// | `city exists` | |
/// | `interests has all of (tea, coffee)`, `interests size >= 3` | a set |
/// | `joined > 30 days ago`, `<= 30 days ago`, `between 7 days and 30 days ago` | a date |
/// | `renewal in the next 7 days` | a date |
/// | `birthday anniversary in the next 7 days`, `birthday anniversary today` | a date |
/// | `plan unchanged for 30 days` | |
/// | `home within 5000 m of (38.7, -9.1)` | a location; `km` too |
/// | `vehicles has one with (make = Audi and year >= 2020)` | a list of objects |
/// | `session weather = rain` | the same tests of the present visit |
/// | `count(...) >= 3`, `orders`, `items`, `channels`, `categories` | `>=`, `<=`, `=`, `between 1 and 3` |
/// | `total(...) >= 12.50 EUR`, `average`, `smallest`, `largest` | amounts of lines |
/// | `average basket(...) >= 40 EUR` | the mean amount of an order |
/// | `quantity(...) >= 2.5` | |
/// | `average of stars(...) >= 4.5`, `sum of`, `smallest of`, `largest of` | a property, or `quantity` |
/// | `average of stars as opinions(...)` | a property of a data category of its own |
/// | `last(...) > 60 days ago`, `<= 60 days ago`, `first(...)`, `days since(...) >= 3` | |
/// | `not seen for 30 days` | nothing was done |
/// | `ratio(count(...), count(...)) <= 0.5` | amounts as `total in EUR(...)` |
/// | `first channel(...) = store`, `last item(...) in (a, b)`, `most frequent category 2(...) = coffee` | |
/// | `sequence([viewed], [purchased] within 7 days without [complained])` | `or` between several `[...]` without |
/// | `sequence([purchased], no [returned] for 14 days, last 90 days)` | |
/// | `stage = at_risk`, `stage in (lapsed, won_back)` | |
/// | `in segment vip` | |
/// | `rank(spend) in part 5 of 5`, `in parts 4 to 5 of 5`, `in first 100` | |
/// | `rank(spend) in top 40% of total`, `above 150% of mean`, `below 100% of mean` | |
/// | `cluster(style) = 2` | |
/// | `bucket(draw, 0 to 1000)` | ten-thousandths |
/// | `points(10 if a, -5 if b) >= 20` | |
///
/// | within `(...)` and `[...]` | |
/// |---|---|
/// | `purchased`, `purchased or returned`, `anything` | what was done; plain words too, as `purchase` |
/// | `, on web or store` | |
/// | `, item espresso or mug` | |
/// | `, in food > coffee or house` | categories, from the widest down |
/// | `, amount >= 10.00 EUR`, `, price <= 5.00 EUR` | of a line, of one piece |
/// | `, where stars >= 4`, `, where stars as opinions >= 4` | a property, with any test of a value |
/// | `, last 90 days`, `, 60 days to 30 days ago` | of what time; not within `[...]` |
/// | `, this month`, `, previous month`, `, previous 3 months` | `day`, `week`, `quarter`, `year` |
/// | `, from 2026-01-01 to 2026-01-31` | local days, both included |
///
/// Lengths of time are in `days`, `hours`, `minutes`, `seconds` and `ms`; weeks are read as
/// days. Months and years have no fixed length and stand for themselves alone: `this month`.
///
/// A name or a text is bare if it is one word: letters, digits and `_`, with `-` and `.`
/// between them. Otherwise, or if it is a word of the language, a text stands in
/// `"double quotes"`, a name in `` `backticks` ``; in quotes, `\` goes before a quote or
/// another `\`, and `\n`, `\t`, `\r` and `\u{2014}` are characters that cannot be seen. Kinds of
/// behaviour, channels and data categories are ours when they are bare; the host's own are
/// always in backticks, so that a slip of the pen is none of
/// them. Capitals do not matter in words of the language, and do in names and texts. A text is
/// at most 1 MiB long, and nested at most 64 levels deep.
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
    /// About one figure as a part of another.
    Ratio(Box<Ratio>),
    /// About the first, the last or the most frequent of something.
    Pick(Box<Pick>),
    /// Whether one thing followed another.
    Sequence(Box<Sequence>),
    /// In one of these stages of the host's [`Lifecycle`](crate::Lifecycle).
    Stage(Vec<Stage>),
    /// About the place among others.
    Ranked(Ranked),
    /// Whether the customer is in a cluster.
    InCluster(InCluster),
    /// In a share of everybody that was drawn by lot: see [`bucket`](crate::bucket).
    Bucket(Bucket),
    /// About points for what is true.
    Points(Points),
}

/// A share of everybody, drawn by lot under a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bucket {
    pub(crate) draw: Arc<str>,
    /// In ten-thousandths, the end not included.
    pub(crate) from: u16,
    pub(crate) to: u16,
}

/// Points for each condition that is true, and how many it must be. Of one that is unknown
/// it is not known whether it counts, so the answer may be unknown too; a range is met where
/// both of its ends are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Points {
    #[serde(deserialize_with = "nested")]
    pub(crate) parts: Vec<(Condition, i32)>,
    pub(crate) test: Bound,
}

/// How deep a condition may be nested.
pub(super) const DEEPEST: usize = 64;

/// Reads what is nested in a condition, no deeper than one can be: bytes from anywhere must
/// not exhaust the stack. The formats tell no depth, so the thread keeps count.
pub(super) fn nested<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
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

/// In one of these stages of the host's [`Lifecycle`](crate::Lifecycle).
#[must_use]
pub fn stage(stages: impl IntoIterator<Item = Stage>) -> Condition {
    Condition::Stage(stages.into_iter().collect())
}

/// In a share of everybody that is drawn by lot: from one to another of ten thousand equal
/// parts, the end not included. The same name draws the same lots for ever, another name
/// others that have nothing to do with them. A customer's lot hangs on the identifier under
/// which the record is kept.
///
/// ```
/// use confidant::bucket;
///
/// let (tenth, another) = (bucket("new menu", 0, 1_000), bucket("new menu", 1_000, 2_000));
/// ```
#[must_use]
pub fn bucket(draw: &str, from: u16, to: u16) -> Condition {
    Condition::Bucket(Bucket { draw: draw.into(), from, to })
}

/// Points for each condition that is true, added up.
///
/// ```
/// use confidant::{Kind, attribute, count, days, points};
///
/// let keen = points([
///     (count(Kind::Viewed).within(days(7)).at_least(3), 10),
///     (count(Kind::Complained).within(days(30)).at_least(1), -20),
///     (attribute("newsletter").is(true), 5),
/// ])
/// .at_least(10);
/// ```
pub fn points(parts: impl IntoIterator<Item = (Condition, i32)>) -> Scored {
    Scored(parts.into_iter().collect())
}

/// Points, waiting for how many it must be.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct Scored(Vec<(Condition, i32)>);

impl Scored {
    /// So many or more.
    #[must_use]
    pub fn at_least(self, points: i32) -> Condition {
        Condition::Points(Points { parts: self.0, test: Bound::AtLeast(points.into()) })
    }

    /// So many or fewer.
    #[must_use]
    pub fn at_most(self, points: i32) -> Condition {
        Condition::Points(Points { parts: self.0, test: Bound::AtMost(points.into()) })
    }
}
