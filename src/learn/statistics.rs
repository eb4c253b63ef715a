//! The sums of all contributions. While replacements of one customer overtake each
//! other on several threads, a sum can be negative for a moment; readers then see
//! nothing there.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::contribution::Contribution;
use super::group::Group;
use super::history::{END, History};
use super::written::Ordered;
use crate::envelope::{self, Kind};
use crate::error::Result;
use crate::numeric::{self, Digest};
use crate::types::{ActionId, ItemId, SegmentId};

/// What was learned from everybody who lets others learn: whole numbers, so that adding
/// and taking out are exact in any order, and two shards [`merge`](Self::merge) into
/// what one pass over both gives. What comes to zero is removed.
///
/// What members of a [segment](crate::EngineBuilder::popular_within) buy is counted apart too,
/// where the host names segments for that.
///
/// It is counted how many customers have each history of orders, with the day of each, and how
/// many visits were the same. No customer and no order is named, but what somebody did is
/// there, and few did just the same: keep it as you keep your customers' records.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// Numbers of items in the order of their arrival; no answer depends on it.
    pub(super) numbers: HashMap<ItemId, u32>,
    pub(super) items: Vec<ItemId>,
    /// Purchases per item and day.
    pub(super) bought: HashMap<(u32, i32), i64>,
    /// Customers per history.
    pub(super) histories: HashMap<History, i64>,
    /// Visits per time of their end and items looked at.
    pub(super) visits: HashMap<(i64, Box<[u32]>), i64>,
    /// Per action, times shown and times accepted.
    pub(super) answered: HashMap<ActionId, (i64, i64)>,
    /// What is counted apart of the members of segments.
    pub(super) groups: BTreeMap<SegmentId, Group>,
}

impl Statistics {
    /// Puts what a customer adds now in the place of what the same customer added
    /// before. Sums are signed and nothing is cut off at zero, so replacements can come
    /// in any order.
    pub(crate) fn replace(&mut self, old: &Contribution, new: &Contribution) {
        for (contribution, sign) in [(old, -1), (new, 1)] {
            let lines = contribution.bought.iter();
            let lines =
                lines.map(|line| ((self.number(&line.item), line.day), sign * i64::from(line.n)));
            let lines: Vec<((u32, i32), i64)> = lines.collect();
            lines.iter().for_each(|(cell, n)| add(&mut self.bought, *cell, *n));
            if let Some(segment) = &contribution.within {
                self.group(segment, sign, lines);
            }
            if !contribution.bought.is_empty() {
                let history = self.history(contribution);
                add(&mut self.histories, history, sign);
            }
            for visit in &contribution.visits {
                let items = visit.items.iter().map(|item| self.number(item)).collect();
                add(&mut self.visits, (visit.at, items), sign);
            }
            for (action, shown, accepted) in &contribution.answered {
                self.answer(action, sign * i64::from(*shown), sign * i64::from(*accepted));
            }
        }
    }

    fn history(&mut self, contribution: &Contribution) -> History {
        let mut items = Vec::with_capacity(contribution.bought.len() + 8);
        let mut days = Vec::new();
        for (day, order) in contribution.orders() {
            items.extend(order.map(|item| self.number(item)));
            items.push(END);
            days.push(day);
        }
        History { items: items.into(), days: days.into() }
    }

    fn group(
        &mut self,
        segment: &SegmentId,
        customers: i64,
        bought: impl IntoIterator<Item = ((u32, i32), i64)>,
    ) {
        let group = self.groups.entry(segment.clone()).or_default();
        group.change(customers, bought);
        if group.is_empty() {
            self.groups.remove(segment);
        }
    }

    fn answer(&mut self, action: &ActionId, shown: i64, accepted: i64) {
        let known = self.answered.get(action).copied().unwrap_or_default();
        let counts = (known.0.wrapping_add(shown), known.1.wrapping_add(accepted));
        if counts == (0, 0) {
            self.answered.remove(action);
        } else {
            self.answered.insert(action.clone(), counts);
        }
    }

    fn number(&mut self, item: &ItemId) -> u32 {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        let number = self.items.len() as u32;
        self.numbers.insert(item.clone(), number);
        self.items.push(item.clone());
        number
    }

    /// Adds what another shard learned from other customers.
    pub fn merge(&mut self, other: &Self) {
        let numbers: Vec<u32> = other.items.iter().map(|item| self.number(item)).collect();
        let number = |item: u32| numbers.get(item as usize).copied().unwrap_or(END);
        for ((item, day), n) in &other.bought {
            add(&mut self.bought, (number(*item), *day), *n);
        }
        for (history, n) in &other.histories {
            add(&mut self.histories, history.renumbered(number), *n);
        }
        for ((at, items), n) in &other.visits {
            add(&mut self.visits, (*at, items.iter().map(|item| number(*item)).collect()), *n);
        }
        for (action, (shown, accepted)) in &other.answered {
            self.answer(action, *shown, *accepted);
        }
        for (segment, group) in &other.groups {
            let bought = group.bought.iter().map(|((item, day), n)| ((number(*item), *day), *n));
            self.group(segment, group.customers, bought);
        }
    }

    /// The exact content, in 128 bits, whatever way it came about.
    #[must_use]
    pub fn digest(&self) -> Digest {
        numeric::digest(&self.ordered())
    }

    /// The bytes to hand to whoever [merges](Self::merge) and
    /// [fits](crate::Engine::fit_from); equal content gives equal bytes, whatever way it
    /// came about.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        envelope::seal(Kind::Statistics, &self.ordered())
    }

    /// Statistics from their bytes.
    ///
    /// # Errors
    /// The bytes are damaged, are no statistics, or are some of a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read: Ordered<ItemId, ActionId, SegmentId> = envelope::open(Kind::Statistics, bytes)?;
        let distinct = read.items.is_sorted_by(|a, b| a < b);
        let statistics = read.counted();
        // There is one way to write them, so whatever is wrong with some shows here.
        if distinct && statistics.to_bytes() == bytes {
            Ok(statistics)
        } else {
            Err(envelope::damaged(Kind::Statistics, "they are not in their order"))
        }
    }

    /// The content in an order of its own: items by id, numbered in that order.
    fn ordered(&self) -> Ordered<&ItemId, &ActionId, &SegmentId> {
        let histories = self.histories.keys().map(|history| &history.items);
        let named = histories.chain(self.visits.keys().map(|(_, items)| items));
        let named = named.flatten().filter(|item| **item != END);
        let apart = self.groups.values().flat_map(|group| group.bought.keys());
        let bought = self.bought.keys().chain(apart).map(|(item, _)| item);
        let mut order: Vec<u32> = named.chain(bought).copied().collect();
        order.sort_unstable();
        order.dedup();
        order.sort_unstable_by_key(|number| self.item(*number));
        let mut places = vec![END; self.items.len()];
        for (place, number) in (0..).zip(&order) {
            places.get_mut(*number as usize).into_iter().for_each(|slot| *slot = place);
        }
        let place = |number: u32| places.get(number as usize).copied().unwrap_or(END);
        Ordered {
            items: order.iter().map(|item| self.item(*item)).collect(),
            bought: sorted(self.bought.iter().map(|((item, day), n)| (place(*item), *day, *n))),
            histories: sorted(self.histories.iter().map(|(h, n)| (h.renumbered(place), *n))),
            visits: sorted(self.visits.iter().map(|((at, items), n)| {
                (*at, items.iter().map(|item| place(*item)).collect(), *n)
            })),
            answered: self.answered.iter().map(|(action, counts)| (action, *counts)).collect(),
            groups: sorted(self.groups.iter().map(|(segment, group)| {
                let bought = group.bought.iter().map(|((item, day), n)| (place(*item), *day, *n));
                (segment, group.customers, sorted(bought))
            })),
        }
    }

    fn item(&self, number: u32) -> &ItemId {
        static NOTHING: std::sync::LazyLock<ItemId> = std::sync::LazyLock::new(|| "".into());
        self.items.get(number as usize).unwrap_or(&NOTHING)
    }

    /// The items that anything was learned of, by their numbers here.
    pub(crate) fn items(&self) -> &[ItemId] {
        &self.items
    }

    /// Purchases per item and day, in no order.
    pub(crate) fn bought(&self) -> impl Iterator<Item = (&ItemId, i32, i64)> {
        self.bought.iter().map(|((item, day), n)| (self.item(*item), *day, *n))
    }

    /// How many customers have each history, in no order: the day and the items of each order.
    pub(crate) fn histories(
        &self,
    ) -> impl Iterator<Item = (impl Iterator<Item = (i32, &[u32])> + Clone, i64)> {
        self.histories.iter().map(|(history, n)| (history.orders(), *n))
    }

    /// How often each visit was made, in no order: when it ended, what was looked at.
    pub(crate) fn visits(&self) -> impl Iterator<Item = (i64, &[u32], i64)> {
        self.visits.iter().map(|((at, items), n)| (*at, &**items, *n))
    }

    /// How many members of a segment bought something, and what per item and day, in no order.
    pub(crate) fn within(
        &self,
        segment: &SegmentId,
    ) -> Option<(i64, impl Iterator<Item = (&ItemId, i32, i64)>)> {
        let group = self.groups.get(segment)?;
        let bought = group.bought.iter().map(|((item, day), n)| (self.item(*item), *day, *n));
        Some((group.customers, bought))
    }

    /// How often an action was shown and accepted.
    pub(crate) fn answered(&self, action: &ActionId) -> (i64, i64) {
        self.answered.get(action).copied().unwrap_or_default()
    }
}

fn sorted<T: Ord>(counts: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: Vec<T> = counts.collect();
    counts.sort_unstable();
    counts
}

/// Adds, or takes out; a count of zero would tell that something was there.
pub(super) fn add<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, i64>, key: K, n: i64) {
    match counts.entry(key) {
        Entry::Occupied(mut count) => {
            // Past the largest number a sum begins anew at the smallest: adding stays exact, in
            // any order.
            *count.get_mut() = count.get().wrapping_add(n);
            if *count.get() == 0 {
                count.remove();
            }
        }
        Entry::Vacant(count) => {
            if n != 0 {
                count.insert(n);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Line;

    fn bought(items: &[(&str, u32)]) -> Contribution {
        let line = |(item, n): &(&str, u32)| Line { order: 0, item: (*item).into(), day: 7, n: *n };
        let bought = items.iter().map(line).collect();
        Contribution { bought, ..Contribution::default() }
    }

    /// Two changes of one customer, acknowledged in the other order: in between, items are
    /// counted that nobody bought, and some that nobody did are missing.
    #[test]
    fn sums_that_are_out_of_order_are_written_as_they_are() {
        let old = bought(&[("a", 1), ("b", 3)]);
        let middle = bought(&[("b", 1), ("c", 1)]);
        let new = bought(&[("a", 2), ("c", 5)]);
        let mut written = Statistics::default();
        written.replace(&Contribution::default(), &old);
        written.replace(&middle, &new);
        let mut read = Statistics::from_bytes(&written.to_bytes()).unwrap();
        assert_eq!(read.digest(), written.digest());
        let mut expected = Statistics::default();
        expected.replace(&Contribution::default(), &new);
        for statistics in [&mut written, &mut read] {
            statistics.replace(&old, &middle);
            assert_eq!(statistics.to_bytes(), expected.to_bytes());
        }
    }

    /// Somebody's numbers may be as large as they can be written.
    #[test]
    fn sums_begin_anew_past_the_largest() {
        let mut huge = Statistics::default();
        huge.replace(&Contribution::default(), &bought(&[("a", 1)]));
        huge.bought.values_mut().chain(huge.histories.values_mut()).for_each(|n| *n = i64::MAX);
        huge.answered.insert("x".into(), (i64::MIN, i64::MIN));
        let other = huge.clone();
        let before = huge.digest();
        huge.merge(&other);
        huge.merge(&other);
        assert_ne!(huge.digest(), before);
    }
}
