//! The sums of all contributions.

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
    bought: HashMap<(u32, i32), u64>,
    /// Customers per item.
    buyers: HashMap<u32, u64>,
    /// Customers per pair of items, the smaller number first.
    together: HashMap<(u32, u32), u64>,
    /// Per action, times shown and times accepted.
    answered: HashMap<ActionId, (u64, u64)>,
}

impl Statistics {
    /// Puts what a customer adds now in the place of what the same customer added
    /// before.
    pub(crate) fn replace(&mut self, old: &Contribution, new: &Contribution) {
        for (item, day, n) in &old.bought {
            let item = self.number(item);
            take(&mut self.bought, (item, *day), u64::from(*n));
        }
        for (item, day, n) in &new.bought {
            let item = self.number(item);
            add(&mut self.bought, (item, *day), u64::from(*n));
        }
        for (action, shown, accepted) in &old.answered {
            self.answer(action, |counts| {
                (
                    counts.0.saturating_sub((*shown).into()),
                    counts.1.saturating_sub((*accepted).into()),
                )
            });
        }
        for (action, shown, accepted) in &new.answered {
            self.answer(action, |counts| {
                (counts.0 + u64::from(*shown), counts.1 + u64::from(*accepted))
            });
        }
        self.replace_items(&old.items(), &new.items());
    }

    /// Only what is in one of the two sets changes any count.
    fn replace_items(&mut self, old: &[&ItemId], new: &[&ItemId]) {
        let only = |a: &[&ItemId], b: &[&ItemId]| -> Vec<ItemId> {
            a.iter().filter(|i| b.binary_search(i).is_err()).map(|i| (*i).clone()).collect()
        };
        let (gone, come) = (only(old, new), only(new, old));
        let kept: Vec<u32> = old
            .iter()
            .filter(|item| new.binary_search(item).is_ok())
            .map(|item| self.number(item))
            .collect();
        let gone: Vec<u32> = gone.iter().map(|item| self.number(item)).collect();
        let come: Vec<u32> = come.iter().map(|item| self.number(item)).collect();
        for item in &gone {
            take(&mut self.buyers, *item, 1);
        }
        for item in &come {
            add(&mut self.buyers, *item, 1);
        }
        for pair in pairs_with(&gone, &kept) {
            take(&mut self.together, pair, 1);
        }
        for pair in pairs_with(&come, &kept) {
            add(&mut self.together, pair, 1);
        }
    }

    fn answer(&mut self, action: &ActionId, change: impl Fn((u64, u64)) -> (u64, u64)) {
        let counts = change(self.answered.get(action).copied().unwrap_or_default());
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
            self.answer(action, |counts| (counts.0 + shown, counts.1 + accepted));
        }
    }

    /// The exact content, in 128 bits, whatever way it came about.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let pairs: BTreeMap<(&ItemId, &ItemId), u64> =
            self.pairs().map(|(a, b, n)| (if a < b { (a, b) } else { (b, a) }, n)).collect();
        let bought: BTreeMap<(&ItemId, i32), u64> =
            self.bought().map(|(item, day, n)| ((item, day), n)).collect();
        let buyers: BTreeMap<&ItemId, u64> =
            self.buyers.iter().map(|(item, n)| (self.item(*item), *n)).collect();
        let answered: BTreeMap<&ActionId, &(u64, u64)> = self.answered.iter().collect();
        numeric::digest(&(bought, buyers, pairs, answered))
    }

    fn item(&self, number: u32) -> &ItemId {
        static NOTHING: std::sync::LazyLock<ItemId> = std::sync::LazyLock::new(|| "".into());
        self.items.get(number as usize).unwrap_or(&NOTHING)
    }

    /// Purchases per item and day, in no order.
    pub(crate) fn bought(&self) -> impl Iterator<Item = (&ItemId, i32, u64)> {
        self.bought.iter().map(|((item, day), n)| (self.item(*item), *day, *n))
    }

    /// Customers per pair of items, in no order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&ItemId, &ItemId, u64)> {
        self.together.iter().map(|((a, b), n)| (self.item(*a), self.item(*b), *n))
    }

    /// How many customers bought an item.
    pub(crate) fn buyers(&self, item: &ItemId) -> u64 {
        self.numbers.get(item).and_then(|n| self.buyers.get(n)).copied().unwrap_or(0)
    }

    /// How often an action was shown and accepted.
    pub(crate) fn answered(&self, action: &ActionId) -> (u64, u64) {
        self.answered.get(action).copied().unwrap_or_default()
    }
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// The pairs of each changed item with the kept ones and with each other.
fn pairs_with<'a>(
    changed: &'a [u32],
    kept: &'a [u32],
) -> impl Iterator<Item = (u32, u32)> + use<'a> {
    changed.iter().enumerate().flat_map(move |(n, item)| {
        kept.iter().chain(changed.iter().take(n)).map(move |other| pair(*item, *other))
    })
}

fn add<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u64>, key: K, n: u64) {
    *counts.entry(key).or_insert(0) += n;
}

/// Takes out what was added; a count of zero would tell that something was there.
fn take<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u64>, key: K, n: u64) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() = count.get().saturating_sub(n);
        if *count.get() == 0 {
            count.remove();
        }
    }
}
