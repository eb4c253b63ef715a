//! The sums of all contributions. While replacements of one customer overtake each
//! other on several threads, a sum can be negative for a moment; readers then see
//! nothing there.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::contribution::Contribution;
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
        let counts = (known.0 + shown, known.1 + accepted);
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
        // Items in the order of their ids, and the place of each in it: then numbers are
        // sorted, and no texts.
        let mut order: Vec<u32> = (0..self.items.len() as u32).collect();
        order.sort_unstable_by_key(|number| self.item(*number));
        let mut places = vec![0u32; order.len()];
        for (place, number) in (0..).zip(&order) {
            places.get_mut(*number as usize).into_iter().for_each(|slot| *slot = place);
        }
        let place = |number: u32| places.get(number as usize).copied().unwrap_or(u32::MAX);
        let bought = sorted(self.bought.iter().map(|((i, day), n)| ((place(*i), *day), *n)));
        let buyers = sorted(self.buyers.iter().map(|(item, n)| (place(*item), *n)));
        let pairs = self.together.iter().map(|((a, b), n)| (pair(place(*a), place(*b)), *n));
        // Only the items that something is known of; their places are closed up.
        let known: Vec<&ItemId> = buyers
            .iter()
            .map(|(at, _)| *at)
            .filter_map(|at| order.get(at as usize).map(|number| self.item(*number)))
            .collect();
        let closed =
            |at: u32| buyers.binary_search_by_key(&at, |(known, _)| *known).unwrap_or(0) as u32;
        let bought: Vec<_> = bought.iter().map(|((at, day), n)| (closed(*at), *day, *n)).collect();
        let pairs: Vec<_> =
            sorted(pairs).iter().map(|((a, b), n)| (closed(*a), closed(*b), *n)).collect();
        let buyers: Vec<i64> = buyers.iter().map(|(_, n)| *n).collect();
        let answered: BTreeMap<&ActionId, &(i64, i64)> = self.answered.iter().collect();
        numeric::digest(&(known, bought, buyers, pairs, answered))
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

fn sorted<K: Ord + Copy>(counts: impl Iterator<Item = (K, i64)>) -> Vec<(K, i64)> {
    let mut counts: Vec<(K, i64)> = counts.collect();
    counts.sort_unstable_by_key(|(key, _)| *key);
    counts
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// Adds, or takes out; a count of zero would tell that something was there.
fn add<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, i64>, key: K, n: i64) {
    match counts.entry(key) {
        Entry::Occupied(mut count) => {
            *count.get_mut() += n;
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
