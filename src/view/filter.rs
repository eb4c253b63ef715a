//! Which behaviours a question is about, compiled: what it names, as numbers in the
//! columns of a view.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::{OWN_KIND, Rows};
use crate::catalog::{Catalog, NO_ITEM};
use crate::consent::{Categories, PrivacyPolicy};
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::numeric::short_hash;
use crate::types::{Channel, ItemId, Timestamp, check_text, millis};

/// The behaviours that a question is about, in words. Of a list, one is enough; an empty one
/// is no filter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which<'a> {
    pub(crate) kinds: &'a [Kind],
    pub(crate) channels: &'a [Channel],
    pub(crate) items: &'a [ItemId],
    /// Each from the widest down.
    pub(crate) categories: &'a [Vec<Box<str>>],
}

/// The same in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    /// A bit per kind of our own, the highest for any of the host's.
    kind_bits: u32,
    /// Kinds of the host's, when not any; ascending.
    own_kinds: Vec<u32>,
    channels: Vec<u32>,
    items: Vec<u32>,
    /// Places in the walk of the catalogue's tree, without the end.
    places: Vec<(u32, u32)>,
    needs: Categories,
}

impl Filter {
    /// # Errors
    /// An item is not in the catalogue.
    pub(crate) fn compile(
        which: Which<'_>,
        catalog: &Catalog,
        policy: &PrivacyPolicy,
    ) -> Result<Self> {
        let number = |item: &ItemId| {
            check_text("item", item.as_str())?;
            match catalog.number(item.as_str()) {
                NO_ITEM => {
                    Err(Error::configuration(format!("item `{item}` is not in the catalogue")))
                }
                number => Ok(number),
            }
        };
        let range = |path: &Vec<Box<str>>| {
            let path: Vec<Arc<str>> = path.iter().map(|name| Arc::from(&**name)).collect();
            catalog.range(&path)
        };
        let (kind_bits, own_kinds) = bits(which.kinds);
        Ok(Self {
            kind_bits,
            own_kinds,
            channels: which.channels.iter().map(|on| short_hash(on.name())).collect(),
            items: which.items.iter().map(number).collect::<Result<_>>()?,
            places: which.categories.iter().map(range).collect(),
            needs: needed(which.kinds, policy),
        })
    }

    /// The data categories that must be allowed for the answer to be known.
    pub(crate) fn needs(&self) -> Categories {
        self.needs
    }

    /// The same filter, if it is for one kind of our own, by its place.
    pub(crate) fn only_kind(&self) -> Option<u32> {
        let one = self.kind_bits.is_power_of_two() && self.kind_bits != OWN_KIND;
        (one && self.own_kinds.is_empty()).then(|| self.kind_bits.trailing_zeros())
    }

    /// Whether nothing but the kind is asked.
    pub(crate) fn is_plain(&self) -> bool {
        self.items.is_empty() && self.places.is_empty() && self.channels.is_empty()
    }

    /// The places of categories, where these and the kind are all that is asked.
    #[inline]
    pub(crate) fn only_places(&self) -> Option<&[(u32, u32)]> {
        let only = self.items.is_empty() && self.channels.is_empty() && !self.places.is_empty();
        only.then_some(&self.places)
    }

    /// The kinds that could match, by their bits; the highest for any of the host's.
    pub(crate) fn kinds(&self) -> u32 {
        self.kind_bits | if self.own_kinds.is_empty() { 0 } else { OWN_KIND }
    }

    #[inline]
    pub(crate) fn matches(&self, rows: &Rows, row: usize) -> bool {
        let bit = rows.kind_bit[row];
        (self.kind_bits & bit != 0 || bit == OWN_KIND && self.own_kinds.contains(&rows.kind[row]))
            && self.narrows(rows, row)
    }

    /// Whether a row of a kind that matches passes the other filters.
    #[inline]
    pub(crate) fn narrows(&self, rows: &Rows, row: usize) -> bool {
        (self.items.is_empty() || self.items.contains(&rows.item[row]))
            && (self.places.is_empty()
                || self.places.iter().any(|(from, to)| (*from..*to).contains(&rows.place[row])))
            && (self.channels.is_empty() || self.channels.contains(&rows.channel[row]))
    }
}

/// The categories of these kinds; any kind needs every category that a dealing can have.
fn needed(kinds: &[Kind], policy: &PrivacyPolicy) -> Categories {
    if kinds.is_empty() {
        return policy.of_behaviour();
    }
    let categories = kinds.iter().map(|kind| Categories::one(policy.of_kind(kind)));
    categories.fold(Categories::NONE, Categories::or)
}

/// The kinds as bits, and those of the host's own by code.
fn bits(kinds: &[Kind]) -> (u32, Vec<u32>) {
    if kinds.is_empty() {
        let left_out = Kind::BASE.iter().filter(|kind| !kind.is_dealing());
        return (left_out.fold(u32::MAX, |bits, kind| bits & !(1 << kind.code())), Vec::new());
    }
    let (mut own, base): (Vec<u32>, Vec<u32>) =
        kinds.iter().map(Kind::code).partition(|code| code & OWN_KIND != 0);
    own.sort_unstable();
    own.dedup();
    (base.iter().fold(0, |bits, code| bits | 1 << code), own)
}

/// A window in milliseconds.
///
/// # Errors
/// It is shorter than a millisecond.
pub(crate) fn window(within: Duration) -> Result<i64> {
    match millis(within) {
        0 => Err(Error::configuration("a window is empty: expected at least a millisecond")),
        window => Ok(window),
    }
}

impl Rows {
    /// The rows in a window that ends now: later than its start. A view holds no row after
    /// its instant.
    pub(crate) fn within(&self, window: Option<i64>, now: Timestamp) -> Range<usize> {
        let start = window.map(|window| now.as_millis().saturating_sub(window));
        let from = start.map_or(0, |start| self.at.partition_point(|at| *at <= start));
        from..self.at.len()
    }
}
