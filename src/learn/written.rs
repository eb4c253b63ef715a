//! Statistics as they are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Statistics;
use super::group::Group;
use super::history::History;
use crate::types::{ActionId, ItemId, SegmentId};

/// Item, day, purchases.
type Bought = Vec<(u32, i32, i64)>;

/// The content of statistics as it is written.
#[derive(Serialize, Deserialize)]
pub(super) struct Ordered<I, A: Ord, S> {
    /// Those of which something is known, ascending.
    pub(super) items: Vec<I>,
    pub(super) bought: Bought,
    /// And customers.
    pub(super) histories: Vec<(History, i64)>,
    /// The end, the items looked at, and visits.
    pub(super) visits: Vec<(i64, Box<[u32]>, i64)>,
    pub(super) answered: BTreeMap<A, (i64, i64)>,
    /// The segment, its members who bought, and what.
    pub(super) groups: Vec<(S, i64, Bought)>,
}

impl Ordered<ItemId, ActionId, SegmentId> {
    /// The same as statistics; what is of no item is left out.
    pub(super) fn counted(self) -> Statistics {
        let known = self.items.len() as u64;
        let known = |item: u32| u64::from(item) < known;
        let bought = self.bought.into_iter().filter(|(item, ..)| known(*item));
        let histories = self.histories.into_iter();
        let histories = histories.filter(|(history, _)| history.is_whole(known));
        let apart = |bought: Bought| {
            let bought = bought.into_iter().filter(|(item, ..)| known(*item));
            bought.map(|(item, day, n)| ((item, day), n)).collect()
        };
        let groups = self.groups.into_iter().map(|(segment, customers, bought)| {
            (segment, Group { customers, bought: apart(bought) })
        });
        let groups = groups.filter(|(_, group)| !group.is_empty());
        let visits = self.visits.into_iter();
        let visits = visits.filter(|(_, items, _)| items.iter().all(|item| known(*item)));
        Statistics {
            numbers: self.items.iter().cloned().zip(0..).collect(),
            items: self.items,
            bought: bought.map(|(item, day, n)| ((item, day), n)).collect(),
            histories: histories.collect(),
            visits: visits.map(|(at, items, n)| ((at, items), n)).collect(),
            answered: self.answered.into_iter().collect(),
            groups: groups.collect(),
        }
    }
}
