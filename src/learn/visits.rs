//! What a customer looked at, visit by visit.

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::event::Kind;
use crate::types::ItemId;
use crate::view::View;

/// After half an hour without a look a visit is over: what most measure by, in milliseconds.
const GAP: i64 = 30 * 60 * 1000;

/// How many visits one customer adds: the last ones.
pub(super) const MOST_VISITS: usize = 50;

/// How many looks of a visit: the last ones.
const MOST_LOOKS: usize = 50;

/// A visit in which more than one item was looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Visit {
    /// When the last item was looked at, in milliseconds since 1970.
    pub(crate) at: i64,
    /// In the order in which they were looked at; an item that stays is there once.
    pub(crate) items: Vec<ItemId>,
}

/// The visits that tell what is looked at after what, by time.
pub(super) fn visits(view: &View, catalog: &Catalog) -> Vec<Visit> {
    let rows = view.rows();
    let viewed = Kind::Viewed.code();
    let looks = rows.kind.iter().zip(&rows.item).zip(&rows.at);
    let looks =
        looks.filter(|((kind, item), _)| **kind == viewed && catalog.item(**item).is_some());
    let looks: Vec<(i64, u32)> = looks.map(|((_, item), at)| (*at, *item)).collect();
    let together = looks.chunk_by(|(a, _), (b, _)| b.saturating_sub(*a) <= GAP);
    let mut visits: Vec<Visit> = together.filter_map(|looks| visit(looks, catalog)).collect();
    visits.drain(..visits.len().saturating_sub(MOST_VISITS));
    visits
}

fn visit(looks: &[(i64, u32)], catalog: &Catalog) -> Option<Visit> {
    let at = looks.last()?.0;
    let mut items: Vec<u32> = looks.iter().map(|(_, item)| *item).collect();
    items.dedup();
    items.drain(..items.len().saturating_sub(MOST_LOOKS));
    let items = items.iter().filter_map(|item| Some(catalog.item(*item)?.id().clone()));
    Some(Visit { at, items: items.collect() }).filter(|visit| visit.items.len() > 1)
}
