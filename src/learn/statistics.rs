//! The sums of all contributions. While replacements of one customer overtake each
//! other on several threads, a sum can be negative for a moment; readers then see
//! nothing there.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use serde::{Deserialize, Serialize};

use super::contribution::Contribution;
use crate::envelope::{self, Kind};
use crate::error::Result;
use crate::numeric::{self, Digest};
use crate::types::{ActionId, ItemId};

/// What was learned from everybody who lets others learn: whole numbers, so that adding
/// and taking out are exact in any order, and two shards [`merge`](Self::merge) into
/// what one pass over both gives. What comes to zero is removed.
///
/// It is counted how many customers have each history of orders, and how many visits were
/// the same. No customer and no order is named, but what somebody did is there, and few did
/// just the same: keep it as you keep your customers' records.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// Numbers of items in the order of their arrival; no answer depends on it.
    numbers: HashMap<ItemId, u32>,
    items: Vec<ItemId>,
    /// Purchases per item and day.
    bought: HashMap<(u32, i32), i64>,
    /// Customers per history: the items of each order, and [`END`] after it.
    histories: HashMap<Box<[u32]>, i64>,
    /// Visits per time of their end and items looked at.
    visits: HashMap<(i64, Box<[u32]>), i64>,
    /// Per action, times shown and times accepted.
    answered: HashMap<ActionId, (i64, i64)>,
}

/// Where an order ends in a history.
const END: u32 = u32::MAX;

impl Statistics {
    /// Puts what a customer adds now in the place of what the same customer added
    /// before. Sums are signed and nothing is cut off at zero, so replacements can come
    /// in any order.
    pub(crate) fn replace(&mut self, old: &Contribution, new: &Contribution) {
        for (contribution, sign) in [(old, -1), (new, 1)] {
            for line in &contribution.bought {
                let item = self.number(&line.item);
                add(&mut self.bought, (item, line.day), sign * i64::from(line.n));
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

    fn history(&mut self, contribution: &Contribution) -> Box<[u32]> {
        let mut history = Vec::with_capacity(contribution.bought.len() + 8);
        for order in contribution.orders() {
            history.extend(order.map(|item| self.number(item)));
            history.push(END);
        }
        history.into()
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
            add(&mut self.histories, renumbered(history, number), *n);
        }
        for ((at, items), n) in &other.visits {
            add(&mut self.visits, (*at, renumbered(items, number)), *n);
        }
        for (action, (shown, accepted)) in &other.answered {
            self.answer(action, *shown, *accepted);
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
        let read: Ordered<ItemId, ActionId> = envelope::open(Kind::Statistics, bytes)?;
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
    fn ordered(&self) -> Ordered<&ItemId, &ActionId> {
        let named = self.histories.keys().chain(self.visits.keys().map(|(_, items)| items));
        let named = named.flatten().filter(|item| **item != END);
        let bought = self.bought.keys().map(|(item, _)| item);
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
            histories: sorted(self.histories.iter().map(|(h, n)| (renumbered(h, place), *n))),
            visits: sorted(
                self.visits.iter().map(|((at, items), n)| (*at, renumbered(items, place), *n)),
            ),
            answered: self.answered.iter().map(|(action, counts)| (action, *counts)).collect(),
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

    /// How many customers have each history, in no order: the items of each order.
    pub(crate) fn histories(
        &self,
    ) -> impl Iterator<Item = (impl Iterator<Item = &[u32]> + Clone, i64)> {
        self.histories.iter().map(|(history, n)| {
            let orders = history.split_inclusive(|item| *item == END);
            (orders.filter_map(|order| Some(order.split_last()?.1)), *n)
        })
    }

    /// How often each visit was made, in no order: when it ended, what was looked at.
    pub(crate) fn visits(&self) -> impl Iterator<Item = (i64, &[u32], i64)> {
        self.visits.iter().map(|((at, items), n)| (*at, &**items, *n))
    }

    /// How often an action was shown and accepted.
    pub(crate) fn answered(&self, action: &ActionId) -> (i64, i64) {
        self.answered.get(action).copied().unwrap_or_default()
    }
}

fn renumbered(items: &[u32], number: impl Fn(u32) -> u32) -> Box<[u32]> {
    items.iter().map(|item| if *item == END { END } else { number(*item) }).collect()
}

fn sorted<T: Ord>(counts: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: Vec<T> = counts.collect();
    counts.sort_unstable();
    counts
}

/// The content of statistics as it is written.
#[derive(Serialize, Deserialize)]
struct Ordered<I, A: Ord> {
    /// Those of which something is known, ascending.
    items: Vec<I>,
    /// Item, day, purchases.
    bought: Vec<(u32, i32, i64)>,
    /// The items of each order, and the end of it, and customers.
    histories: Vec<(Box<[u32]>, i64)>,
    /// The end, the items looked at, and visits.
    visits: Vec<(i64, Box<[u32]>, i64)>,
    answered: BTreeMap<A, (i64, i64)>,
}

impl Ordered<ItemId, ActionId> {
    /// The same as statistics; what is of no item is left out.
    fn counted(self) -> Statistics {
        let known = self.items.len() as u64;
        let known = |item: u32| u64::from(item) < known;
        let bought = self.bought.into_iter().filter(|(item, ..)| known(*item));
        let whole = |history: &[u32]| {
            history.last() == Some(&END) && history.iter().all(|i| *i == END || known(*i))
        };
        let histories = self.histories.into_iter().filter(|(history, _)| whole(history));
        let visits = self.visits.into_iter();
        let visits = visits.filter(|(_, items, _)| items.iter().all(|item| known(*item)));
        Statistics {
            numbers: self.items.iter().cloned().zip(0..).collect(),
            items: self.items,
            bought: bought.map(|(item, day, n)| ((item, day), n)).collect(),
            histories: histories.collect(),
            visits: visits.map(|(at, items, n)| ((at, items), n)).collect(),
            answered: self.answered.into_iter().collect(),
        }
    }
}
/// Adds, or takes out; a count of zero would tell that something was there.
fn add<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, i64>, key: K, n: i64) {
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
