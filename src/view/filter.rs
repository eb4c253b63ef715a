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
use crate::types::{Channel, ItemId, Timestamp, millis};

/// The behaviours that a question is about, in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which<'a> {
    /// No kinds: any kind.
    pub(crate) kinds: &'a [Kind],
    pub(crate) channel: Option<&'a Channel>,
    pub(crate) item: Option<&'a ItemId>,
    /// From the widest down; empty for any.
    pub(crate) category: &'a [Box<str>],
}

/// The same in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    /// A bit per kind of our own, the highest for any of the host's.
    kind_bits: u32,
    /// Kinds of the host's, when not any; ascending.
    own_kinds: Vec<u32>,
    channel: Option<u32>,
    item: Option<u32>,
    /// Places in the walk of the catalogue's tree, without the end.
    places: Option<(u32, u32)>,
    needs: Categories,
}

impl Filter {
    /// # Errors
    /// The item is not in the catalogue.
    pub(crate) fn compile(
        which: Which<'_>,
        catalog: &Catalog,
        policy: &PrivacyPolicy,
    ) -> Result<Self> {
        let item = match which.item.map(|item| (item, catalog.number(item.as_str()))) {
            Some((item, NO_ITEM)) => {
                return Err(Error::configuration(format!("item `{item}` is not in the catalogue")));
            }
            item => item.map(|(_, number)| number),
        };
        let path: Vec<Arc<str>> = which.category.iter().map(|name| Arc::from(&**name)).collect();
        let (kind_bits, own_kinds) = bits(which.kinds);
        Ok(Self {
            kind_bits,
            own_kinds,
            channel: which.channel.map(|on| short_hash(on.name())),
            item,
            places: (!path.is_empty()).then(|| catalog.range(&path)),
            needs: needed(which.kinds, policy),
        })
    }

    /// The data categories that must be allowed for the answer to be known.
    pub(crate) fn needs(&self) -> Categories {
        self.needs
    }

    /// Whether a kind could match, by its bit.
    pub(super) fn takes(&self, bit: u32) -> bool {
        self.kind_bits & bit != 0 || bit == OWN_KIND && !self.own_kinds.is_empty()
    }

    #[inline]
    pub(crate) fn matches(&self, rows: &Rows, row: usize) -> bool {
        let bit = rows.kind_bit[row];
        (self.kind_bits & bit != 0 || bit == OWN_KIND && self.own_kinds.contains(&rows.kind[row]))
            && self.item.is_none_or(|item| item == rows.item[row])
            && self.places.is_none_or(|(from, to)| (from..to).contains(&rows.place[row]))
            && self.channel.is_none_or(|channel| channel == rows.channel[row])
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
