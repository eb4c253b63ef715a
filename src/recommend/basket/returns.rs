//! How likely an item that was bought is to be in the next basket again.
//!
//! Whoever has bought an item has with every later basket a chance to buy it again. The
//! customer's own share of taken chances is shrunk to everybody's for that item, and this
//! one to that of all items (a gamma prior to a Poisson rate, as in Bhagat, Muralidharan,
//! Lobzhanidze and Vishwanath, "Buy It Again", 2018, but with the chances let pass counted
//! too: most items are never bought again). Counts are whole and add up, so a customer is
//! learned and forgotten exactly, at once.

use serde::{Deserialize, Serialize};

use super::bought::Bought;

/// Baskets that an item was in again, and baskets that it could have been in again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chances {
    again: u64,
    all: u64,
}

impl Chances {
    fn plus(&mut self, other: Self) {
        self.again = self.again.wrapping_add(other.again);
        self.all = self.all.wrapping_add(other.all);
    }

    fn minus(&mut self, other: Self) {
        self.again = self.again.wrapping_sub(other.again);
        self.all = self.all.wrapping_sub(other.all);
    }

    /// The share of chances taken, if `weight` of them more had been at the share `prior`.
    fn shrunk(self, prior: f64, weight: f64) -> f64 {
        (self.again as f64 + weight) / (self.all as f64 + weight / prior)
    }
}

/// The chances of all customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Returns {
    items: Vec<Chances>,
    sum: Chances,
}

/// With so many taken chances what is closer counts as much as what is more general.
const WEIGHT: f64 = 1.0;

impl Returns {
    pub(super) fn new(items: u32) -> Self {
        Self { items: vec![Chances::default(); items as usize], sum: Chances::default() }
    }

    /// Of how many items.
    pub(super) fn items(&self) -> usize {
        self.items.len()
    }

    /// Adds a customer's chances.
    pub(super) fn add(&mut self, own: &[(u32, Chances)]) {
        for (item, chances) in own {
            if let Some(item) = self.items.get_mut(*item as usize) {
                item.plus(*chances);
                self.sum.plus(*chances);
            }
        }
    }

    /// Takes out a customer's chances, which were added.
    pub(super) fn subtract(&mut self, own: &[(u32, Chances)]) {
        for (item, chances) in own {
            if let Some(item) = self.items.get_mut(*item as usize) {
                item.minus(*chances);
                self.sum.minus(*chances);
            }
        }
    }

    /// How likely a customer with these chances is to take the next one. Above nought, at
    /// most one.
    pub(super) fn likely(&self, item: u32, own: Chances) -> f64 {
        let all = (self.sum.again as f64 + 1.0) / (self.sum.all as f64 + 2.0);
        let item = self.items.get(item as usize).copied().unwrap_or_default();
        own.shrunk(item.shrunk(all, WEIGHT), WEIGHT)
    }
}

/// A customer's own chances, ascending by item.
pub(super) fn chances(bought: &Bought) -> Vec<(u32, Chances)> {
    let last = (bought.baskets() as u64).saturating_sub(1);
    let of = |(item, mut baskets): (u32, _)| {
        let first = Iterator::next(&mut baskets)?;
        let again = ExactSizeIterator::len(&baskets) as u64;
        Some((item, Chances { again, all: last - u64::from(first) }))
    };
    bought.items().filter_map(of).collect()
}
