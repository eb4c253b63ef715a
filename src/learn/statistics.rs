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
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// Numbers of items in the order of their arrival; no answer depends on it.
    numbers: HashMap<ItemId, u32>,
    items: Vec<ItemId>,
    /// Purchases per item and day.
    bought: HashMap<(u32, i32), i64>,
    /// Customers per item.
    buyers: HashMap<u32, i64>,
    /// Customers per pair of items, the smaller number first.
    together: HashMap<(u32, u32), i64>,
    /// Per action, times shown and times accepted.
    answered: HashMap<ActionId, (i64, i64)>,
}

impl Statistics {
    /// Puts what a customer adds now in the place of what the same customer added
    /// before. Sums are signed and nothing is cut off at zero, so replacements can come
    /// in any order.
    pub(crate) fn replace(&mut self, old: &Contribution, new: &Contribution) {
        for (contribution, sign) in [(old, -1), (new, 1)] {
            for (item, day, n) in &contribution.bought {
                let item = self.number(item);
                add(&mut self.bought, (item, *day), sign * i64::from(*n));
            }
            for (action, shown, accepted) in &contribution.answered {
                self.answer(action, sign * i64::from(*shown), sign * i64::from(*accepted));
            }
        }
        self.replace_items(&old.items(), &new.items());
    }

    /// Only what is in one of the two sets changes any count.
    fn replace_items(&mut self, old: &[&ItemId], new: &[&ItemId]) {
        let (mut gone, mut come, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for item in old {
            let stays = new.binary_search(item).is_ok();
            if stays { &mut kept } else { &mut gone }.push(self.number(item));
        }
        for item in new.iter().filter(|item| old.binary_search(item).is_err()) {
            come.push(self.number(item));
        }
        for (changed, sign) in [(gone, -1), (come, 1)] {
            for (n, item) in changed.iter().enumerate() {
                add(&mut self.buyers, *item, sign);
                for other in kept.iter().chain(changed.iter().take(n)) {
                    add(&mut self.together, pair(*item, *other), sign);
                }
            }
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
        let number = |item: u32| numbers.get(item as usize).copied().unwrap_or(u32::MAX);
        for ((item, day), n) in &other.bought {
            add(&mut self.bought, (number(*item), *day), *n);
        }
        for (item, n) in &other.buyers {
            add(&mut self.buyers, number(*item), *n);
        }
        for ((a, b), n) in &other.together {
            add(&mut self.together, pair(number(*a), number(*b)), *n);
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
        let pairs = self.together.keys().flat_map(|(a, b)| [a, b]);
        let bought = self.bought.keys().map(|(item, _)| item);
        let mut order: Vec<u32> = self.buyers.keys().chain(bought).chain(pairs).copied().collect();
        order.sort_unstable();
        order.dedup();
        order.sort_unstable_by_key(|number| self.item(*number));
        let mut places = vec![0u32; self.items.len()];
        for (place, number) in (0..).zip(&order) {
            places.get_mut(*number as usize).into_iter().for_each(|slot| *slot = place);
        }
        let place = |number: u32| places.get(number as usize).copied().unwrap_or(u32::MAX);
        let mut bought: Vec<(u32, i32, i64)> =
            self.bought.iter().map(|((item, day), n)| (place(*item), *day, *n)).collect();
        bought.sort_unstable();
        let mut together: Vec<(u32, u32, i64)> = self
            .together
            .iter()
            .map(|((a, b), n)| (pair(place(*a), place(*b)), *n))
            .map(|((a, b), n)| (a, b, n))
            .collect();
        together.sort_unstable();
        let buyers = order.iter().map(|item| self.buyers.get(item).copied().unwrap_or(0));
        Ordered {
            buyers: buyers.collect(),
            items: order.iter().map(|item| self.item(*item)).collect(),
            bought,
            together,
            answered: self.answered.iter().map(|(action, counts)| (action, *counts)).collect(),
        }
    }

    fn item(&self, number: u32) -> &ItemId {
        static NOTHING: std::sync::LazyLock<ItemId> = std::sync::LazyLock::new(|| "".into());
        self.items.get(number as usize).unwrap_or(&NOTHING)
    }

    /// Purchases per item and day, in no order.
    pub(crate) fn bought(&self) -> impl Iterator<Item = (&ItemId, i32, i64)> {
        self.bought.iter().map(|((item, day), n)| (self.item(*item), *day, *n))
    }

    /// Customers per pair of items, in no order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&ItemId, &ItemId, i64)> {
        self.together.iter().map(|((a, b), n)| (self.item(*a), self.item(*b), *n))
    }

    /// How many customers bought an item.
    pub(crate) fn buyers(&self, item: &ItemId) -> i64 {
        self.numbers.get(item).and_then(|n| self.buyers.get(n)).copied().unwrap_or(0)
    }

    /// How often an action was shown and accepted.
    pub(crate) fn answered(&self, action: &ActionId) -> (i64, i64) {
        self.answered.get(action).copied().unwrap_or_default()
    }
}

/// The content of statistics as it is written.
#[derive(Serialize, Deserialize)]
struct Ordered<I, A: Ord> {
    /// Those of which something is known, ascending.
    items: Vec<I>,
    /// Item, day, purchases.
    bought: Vec<(u32, i32, i64)>,
    /// Customers, for each item.
    buyers: Vec<i64>,
    /// Two items, the smaller number first, and their customers.
    together: Vec<(u32, u32, i64)>,
    answered: BTreeMap<A, (i64, i64)>,
}

impl Ordered<ItemId, ActionId> {
    /// The same as statistics; what is of no item, or no pair, is left out.
    fn counted(self) -> Statistics {
        let known = self.items.len() as u64;
        let known = |item: u32| u64::from(item) < known;
        let bought = self.bought.into_iter().filter(|(item, ..)| known(*item));
        let pairs = self.together.into_iter().filter(|(a, b, _)| a < b && known(*b));
        Statistics {
            numbers: self.items.iter().cloned().zip(0..).collect(),
            buyers: (0..).zip(self.buyers).filter(|(item, n)| known(*item) && *n != 0).collect(),
            items: self.items,
            bought: bought.map(|(item, day, n)| ((item, day), n)).collect(),
            together: pairs.map(|(a, b, n)| ((a, b), n)).collect(),
            answered: self.answered.into_iter().collect(),
        }
    }
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
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

    fn bought(items: &[(&str, u32)]) -> Contribution {
        let bought = items.iter().map(|(item, n)| (ItemId::from(*item), 7, *n));
        Contribution { bought: bought.collect(), answered: Vec::new() }
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
        huge.bought.values_mut().chain(huge.buyers.values_mut()).for_each(|n| *n = i64::MAX);
        huge.answered.insert("x".into(), (i64::MIN, i64::MIN));
        let other = huge.clone();
        let before = huge.digest();
        huge.merge(&other);
        huge.merge(&other);
        assert_ne!(huge.digest(), before);
    }
}
