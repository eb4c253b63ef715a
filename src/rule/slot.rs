//! What rules read: one slot per distinct question, however many rules ask it.

use std::sync::Arc;

use super::condition::Measure;
use crate::consent::Categories;

/// The value of a slot of which nothing may be known.
pub(super) const UNKNOWN: i64 = i64::MIN;
/// The value of a slot that may be read and holds nothing.
pub(super) const MISSING: i64 = i64::MIN + 1;

/// A question that a view can answer by a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    History(Aggregate),
    Attribute(Arc<str>, Reading, Categories),
    Session(Arc<str>, Reading),
    /// Whether the customer is in a segment: written while segments are evaluated.
    Segment,
}

/// A measure over the behaviours that pass a filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Aggregate {
    pub(super) measure: Measure,
    /// A bit per kind of our own, the highest for any of the host's.
    pub(super) kind_bits: u32,
    /// Kinds of the host's, when not any; ascending.
    pub(super) own_kinds: Vec<u32>,
    pub(super) channel: Option<u32>,
    pub(super) item: Option<u32>,
    /// Places in the walk of the catalogue's tree, without the end.
    pub(super) places: Option<(u32, u32)>,
    /// Milliseconds.
    pub(super) window: Option<i64>,
    pub(super) needs: Categories,
}

/// How a free value becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reading {
    /// One if there is any.
    Exists,
    /// The place of a text among those that rules ask for; others are -1.
    Text,
    /// A number, in an order-preserving form.
    Number,
    /// Zero or one.
    Flag,
    /// Milliseconds.
    Instant,
}

/// A number as an integer of the same order (IEEE 754 total order).
pub(super) fn ordered(number: f64) -> i64 {
    // Negative zero equals zero.
    let bits = (number + 0.0).to_bits() as i64;
    let ordered = bits ^ (((bits >> 63) as u64) >> 1) as i64;
    ordered.max(MISSING + 1)
}
