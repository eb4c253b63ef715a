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
