//! What rules read: one slot per distinct question, however many rules ask it.

use std::sync::Arc;

use super::matcher::Matcher;
use super::matching::Matching;
use super::metric::Measure;
use super::pick::Which;
use super::ranking::Standing;
use super::window::Window;
use crate::consent::Categories;

/// The value of a slot of which nothing may be known.
pub(super) const UNKNOWN: i64 = i64::MIN;
/// The value of a slot that may be read and holds nothing.
pub(super) const MISSING: i64 = i64::MIN + 1;

/// A question that a view can answer by a number. One that builds on others names their
/// slots, which come before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    Metric(Aggregate),
    /// In millionths.
    Ratio(u32, u32),
    Pick(Choosing),
    /// One if it happened.
    Sequence(Following),
    Attribute(Arc<str>, Reading, Categories),
    Session(Arc<str>, Reading, Categories),
    /// The place of a stage.
    Stage(Categories),
    /// One if the customer has the place.
    Rank(Placed),
    /// The number of a cluster.
    Cluster(Arc<str>, Vec<u32>),
    /// In ten-thousandths.
    Bucket(Arc<str>),
    /// Whether the customer is in a segment: written while segments are evaluated.
    Segment,
}

/// A measure over the behaviours that match in a window.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Aggregate {
    pub(super) measure: Measure,
    /// The number of the category of the property that is measured, if it has its own.
    pub(super) category: Option<usize>,
    pub(super) of: Matching,
    pub(super) window: Window,
    pub(super) needs: Categories,
}

/// The first, last or most frequent of something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Choosing {
    pub(super) which: Which,
    pub(super) what: Chosen,
    pub(super) of: Matching,
    pub(super) window: Window,
    pub(super) needs: Categories,
}

/// Of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Chosen {
    Item,
    Channel,
    /// The names of categories at a depth, by the number of their table.
    Category(u32),
}

/// Steps, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Following {
    pub(super) steps: Vec<Stride>,
    pub(super) quiet: Option<(Matching, i64)>,
    pub(super) window: Window,
    pub(super) needs: Categories,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stride {
    pub(super) of: Matching,
    /// In milliseconds.
    pub(super) within: Option<i64>,
    pub(super) without: Vec<Matching>,
}

/// A place in a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Placed {
    pub(super) ranking: Arc<str>,
    pub(super) standing: Standing,
    /// Whether the smallest figure is the best.
    pub(super) smallest_first: bool,
    /// The slot of the figure.
    pub(super) figure: u32,
    pub(super) per: Option<Group>,
}

/// What tells the groups of a ranking apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Group {
    Attribute(Arc<str>, Categories),
    /// The slot of the cluster.
    Cluster(u32),
}

/// How a free value becomes a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Reading {
    /// One if there is any.
    Exists,
    /// The place of a text among those that rules ask for; others are -1. A set is below
    /// that: see [`set_at`].
    Text,
    /// A number, in an order-preserving form.
    Number,
    /// Zero or one.
    Flag,
    /// Milliseconds.
    Instant,
    /// Milliseconds from an instant to now.
    Since,
    /// Local days to the next anniversary.
    Anniversary,
    /// Milliseconds for which it has been what it is.
    Held,
    /// How many it holds.
    Size,
    /// One if it meets a test.
    Meets(Arc<Matcher>),
}

/// The value of a slot that holds a set, which stands at a place behind the slots.
pub(super) fn set_at(place: usize) -> i64 {
    -2 - place as i64
}

/// The set that a slot's value leads to; nothing for a single text, or none.
pub(super) fn set_of(value: i64, slots: &[i64]) -> Option<&[i64]> {
    let place = usize::try_from((-2i64).checked_sub(value)?).ok()?;
    let (length, texts) = slots.get(place..)?.split_first()?;
    texts.get(..usize::try_from(*length).ok()?)
}

/// A number as an integer of the same order (IEEE 754 total order).
pub(super) fn ordered(number: f64) -> i64 {
    // Negative zero equals zero.
    let bits = (number + 0.0).to_bits() as i64;
    let ordered = bits ^ (((bits >> 63) as u64) >> 1) as i64;
    ordered.max(MISSING + 1)
}
