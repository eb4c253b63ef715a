//! What one customer adds to the statistics.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::visits::{Visit, visits};
use crate::catalog::Catalog;
use crate::event::Kind;
use crate::types::{ActionId, ItemId, SegmentId, Timestamp};
use crate::view::{LearningView, NO_TEXT, View};

/// How many items one customer can speak for: the most recent ones, ties by id. It
/// bounds the square that pairs make.
pub(super) const MOST_ITEMS: usize = 500;

/// How many purchases of an item in an order: the most recent ones, ties by order, the
/// later first, and by id. It bounds what is kept with the customer.
pub(super) const MOST_LINES: usize = 4_000;

/// What one customer adds: what was bought, order by order, what was looked at, visit by
/// visit, and answers per action.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Contribution {
    /// Ordered by order, then item, then day.
    pub(crate) bought: Vec<Line>,
    /// Ordered by time; none unless some model learns from them.
    pub(crate) visits: Vec<Visit>,
    /// Action, times shown, times accepted; ordered by action.
    pub(crate) answered: Vec<(ActionId, u32, u32)>,
    /// The segment within which it counts what they bought, if any: the first of those that the
    /// host names that they are in. None for who bought nothing.
    pub(crate) within: Option<SegmentId>,
}

/// An item in an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The how manieth of the customer's orders, by the first line of each.
    pub(crate) order: u32,
    pub(crate) item: ItemId,
    /// Since 1970.
    pub(crate) day: i32,
    /// How many purchases.
    pub(crate) n: u32,
}

impl Contribution {
    /// What a customer lets others learn, as a member of a segment; visits only where they are
    /// wanted.
    pub(crate) fn of(
        view: &LearningView,
        catalog: &Catalog,
        within: Option<&SegmentId>,
        wants_visits: bool,
    ) -> Self {
        let view = view.as_view();
        let bought = bought(view, catalog);
        Self {
            within: within.filter(|_| !bought.is_empty()).cloned(),
            bought,
            visits: if wants_visits { visits(view, catalog) } else { Vec::new() },
            answered: view
                .all_answers()
                .iter()
                .map(|answers| (answers.action.clone(), answers.shown, answers.accepted))
                .collect(),
        }
    }

    /// The day and the items of each order; the day is that of its first line.
    pub(crate) fn orders(&self) -> impl Iterator<Item = (i32, impl Iterator<Item = &ItemId>)> {
        let orders = self.bought.chunk_by(|a, b| a.order == b.order);
        orders.map(|lines| {
            let day = lines.iter().map(|line| line.day).min().unwrap_or_default();
            (day, lines.chunk_by(|a, b| a.item == b.item).filter_map(first))
        })
    }
}

fn first(lines: &[Line]) -> Option<&ItemId> {
    lines.first().map(|line| &line.item)
}

/// A purchase, in numbers: of the order, of the item in the catalogue, of the day.
type Cell = (u32, u32, i32);

/// What was bought of the catalogue's items, order by order.
fn bought(view: &View, catalog: &Catalog) -> Vec<Line> {
    let mut cells = cells(view, catalog);
    keep_recent(&mut cells);
    cells.sort_unstable();
    let mut counted: Vec<(Cell, u32)> = Vec::new();
    for cell in cells {
        match counted.last_mut() {
            Some((last, n)) if *last == cell => *n = n.saturating_add(1),
            _ => counted.push((cell, 1)),
        }
    }
    keep_last(&mut counted);
    let mut orders: Vec<u32> = counted.iter().map(|((order, ..), _)| *order).collect();
    orders.dedup();
    let place = |order: u32| orders.partition_point(|before| *before < order) as u32;
    // Numbers in the catalogue follow the order of ids.
    let line = |((order, item, day), n): (Cell, u32)| {
        Some(Line { order: place(order), item: catalog.item(item)?.id().clone(), day, n })
    };
    counted.into_iter().filter_map(line).collect()
}

/// Every purchase. What names no order is one of its own.
fn cells(view: &View, catalog: &Catalog) -> Vec<Cell> {
    let rows = view.rows();
    let purchased = Kind::Purchased.code();
    let mut orders: HashMap<u32, u32> = HashMap::new();
    let mut met = 0;
    let columns = rows.kind.iter().zip(&rows.item).zip(&rows.at).zip(&rows.order);
    columns
        .filter(|(((kind, item), _), _)| **kind == purchased && catalog.item(**item).is_some())
        .map(|(((_, item), at), order)| {
            let place = if *order == NO_TEXT { None } else { orders.get(order).copied() };
            let place = place.unwrap_or_else(|| {
                met += 1;
                if *order != NO_TEXT {
                    orders.insert(*order, met);
                }
                met
            });
            // A day since 1970 fits for five million years.
            (place, *item, Timestamp::from_millis(*at).day() as i32)
        })
        .collect()
}

/// Keeps the purchases of the items that were bought last.
fn keep_recent(cells: &mut Vec<Cell>) {
    let mut latest: Vec<(u32, i32)> = cells.iter().map(|(_, item, day)| (*item, *day)).collect();
    latest.sort_unstable_by_key(|(item, day)| (*item, std::cmp::Reverse(*day)));
    latest.dedup_by_key(|(item, _)| *item);
    if latest.len() <= MOST_ITEMS {
        return;
    }
    latest.sort_unstable_by_key(|(item, day)| (std::cmp::Reverse(*day), *item));
    latest.truncate(MOST_ITEMS);
    latest.sort_unstable();
    cells.retain(|(_, item, _)| latest.binary_search_by_key(item, |(kept, _)| *kept).is_ok());
}

/// Keeps the last purchases of items in orders.
fn keep_last(counted: &mut Vec<(Cell, u32)>) {
    if counted.len() > MOST_LINES {
        counted.sort_unstable_by_key(|((order, item, day), _)| {
            (std::cmp::Reverse(*day), std::cmp::Reverse(*order), *item)
        });
        counted.truncate(MOST_LINES);
        counted.sort_unstable();
    }
}
