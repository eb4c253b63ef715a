//! What rules read: one slot per distinct question, however many rules ask it.

use std::sync::Arc;

use super::condition::Measure;
use crate::consent::Categories;
use crate::view::Filter;

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
    pub(super) filter: Filter,
    /// Milliseconds.
    pub(super) window: Option<i64>,
}

/// How a free value becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
