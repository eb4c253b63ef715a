//! What one customer adds to the statistics.

use crate::catalog::Catalog;
use crate::event::Kind;
use crate::types::{ActionId, ItemId, Timestamp};
use crate::view::LearningView;

/// How many items one customer can speak for: the most recent ones, ties by id. It
/// bounds the square that pairs make.
const MOST_ITEMS: usize = 500;

/// How many days of purchases of items: the most recent ones, ties by id. It bounds what
/// is kept with the customer.
const MOST_DAYS: usize = 4_000;

/// What one customer adds: purchases per item and day, answers per action.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contribution {
    /// Ordered by item, then day.
    pub(crate) bought: Vec<(ItemId, i32, u32)>,
    /// Action, times shown, times accepted; ordered by action.
    pub(crate) answered: Vec<(ActionId, u32, u32)>,
}

impl Contribution {
    /// What a customer lets others learn.
    pub(crate) fn of(view: &LearningView, catalog: &Catalog) -> Self {
        let view = view.as_view();
        let rows = view.rows();
        let purchased = Kind::Purchased.code();
        let mut bought: Vec<(u32, i32)> = rows
            .kind
            .iter()
            .zip(&rows.item)
            .zip(&rows.at)
            .filter(|((kind, item), _)| **kind == purchased && catalog.item(**item).is_some())
            // A day since 1970 fits for five million years.
            .map(|((_, item), at)| (*item, Timestamp::from_millis(*at).day() as i32))
            .collect();
        bought.sort_unstable();
        keep_recent(&mut bought);
        let mut counted: Vec<(u32, i32, u32)> = Vec::new();
        for (item, day) in bought {
            match counted.last_mut() {
                Some(last) if (last.0, last.1) == (item, day) => last.2 += 1,
                _ => counted.push((item, day, 1)),
            }
        }
        keep_last(&mut counted);
        Self {
            // Numbers in the catalogue follow the order of ids.
            bought: counted
                .into_iter()
                .filter_map(|(item, day, n)| Some((catalog.item(item)?.id().clone(), day, n)))
                .collect(),
            answered: view
                .all_answers()
                .iter()
                .map(|answers| (answers.action.clone(), answers.shown, answers.accepted))
                .collect(),
        }
    }

    /// The distinct items, in order.
    pub(super) fn items(&self) -> Vec<&ItemId> {
        let mut items: Vec<&ItemId> = self.bought.iter().map(|(item, ..)| item).collect();
        items.dedup();
        items
    }
}

/// Keeps the purchases of the items that were bought last.
fn keep_recent(bought: &mut Vec<(u32, i32)>) {
    let mut latest: Vec<(u32, i32)> = Vec::new();
    for (item, day) in bought.iter() {
        match latest.last_mut() {
            Some(last) if last.0 == *item => last.1 = *day,
            _ => latest.push((*item, *day)),
        }
    }
    if latest.len() <= MOST_ITEMS {
        return;
    }
    latest.sort_unstable_by_key(|(item, day)| (std::cmp::Reverse(*day), *item));
    latest.truncate(MOST_ITEMS);
    latest.sort_unstable();
    bought.retain(|(item, _)| latest.binary_search_by_key(item, |(kept, _)| *kept).is_ok());
}

/// Keeps the last days of purchases.
fn keep_last(counted: &mut Vec<(u32, i32, u32)>) {
    if counted.len() > MOST_DAYS {
        counted.sort_unstable_by_key(|(item, day, _)| (std::cmp::Reverse(*day), *item));
        counted.truncate(MOST_DAYS);
        counted.sort_unstable();
    }
}
