//! How often things are bought again, in whole days.
//!
//! Own rhythm first, shrunk to the item's, and that to everybody's: with `c` own gaps that
//! sum up to `s`, the next one is expected to last `g = (s + 2 typical) / (c + 2)`, where
//! `typical` is the item's mean gap. The score is the rate of Bhagat, Muralidharan,
//! Lobzhanidze and Vishwanath ("Buy It Again: Modeling Repeat Purchase Recommendations",
//! 2018, their modified Poisson-Gamma): `(c + 2) / (t + 2 |g - x| + 2 rare)` a day, `t` being
//! the time since the first purchase and `x` since the last; so it is highest on the day
//! when the item is due. Unlike theirs, the prior's `rare` is the time that passes for all
//! customers to one repetition, the time of those who never came back for it included:
//! most items are not bought again, whatever the gaps of the others are.
//!
//! All that is kept of customers is counts and whole days, by item; they add up and
//! subtract, so learning and forgetting are exact, and at once.

use serde::{Deserialize, Serialize};

/// A purchase: which item, and on which day since 1970.
pub(crate) type Purchase = (u32, i32);

/// How many repetitions the prior is worth.
const PRIOR: f64 = 2.0;

/// Where nothing has been bought again yet: a gap of thirty days, as if seen once.
const MONTH: f64 = 30.0;

/// No time is longer than a hundred years.
const CENTURY: u64 = 36_525;

/// The repetitions of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rhythm {
    /// How often it was bought again.
    again: u64,
    /// Days from first to last purchases of it.
    gaps: u64,
    /// Days from first purchases of it to the last purchases of anything.
    open: u64,
}

impl Rhythm {
    fn plus(&mut self, other: Self) {
        self.again = self.again.wrapping_add(other.again);
        self.gaps = self.gaps.wrapping_add(other.gaps);
        self.open = self.open.wrapping_add(other.open);
    }

    fn minus(&mut self, other: Self) {
        self.again = self.again.wrapping_sub(other.again);
        self.gaps = self.gaps.wrapping_sub(other.gaps);
        self.open = self.open.wrapping_sub(other.open);
    }

    /// Days from one purchase to the next, and days to one repetition with the time in
    /// which none came, if one more had been seen with these.
    fn days(self, gap: f64, rare: f64) -> (f64, f64) {
        let again = self.again as f64 + 1.0;
        ((self.gaps as f64 + gap) / again, (self.open as f64 + rare) / again)
    }
}

/// The repetitions of all items by all customers. What is of all items is their sum, and
/// not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Rhythm>", into = "Vec<Rhythm>")]
pub(super) struct Rhythms {
    items: Vec<Rhythm>,
    sum: Rhythm,
}

impl From<Vec<Rhythm>> for Rhythms {
    fn from(items: Vec<Rhythm>) -> Self {
        let mut sum = Rhythm::default();
        items.iter().for_each(|item| sum.plus(*item));
        Self { items, sum }
    }
}

impl From<Rhythms> for Vec<Rhythm> {
    fn from(rhythms: Rhythms) -> Self {
        rhythms.items
    }
}

/// When an item will be bought again, by what its buyer did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    pub(super) item: u32,
    /// The repetitions a day to be expected now.
    pub(super) rate: f64,
    /// The day of the last purchase.
    pub(super) last: i32,
    /// In how many days from then the next one is expected.
    pub(super) gap: f64,
    /// The time since the last purchase, in expected gaps: one when it is due.
    pub(super) elapsed: f64,
}

impl Rhythms {
    /// Of so many items, nobody having bought any.
    pub(super) fn new(items: usize) -> Self {
        vec![Rhythm::default(); items].into()
    }

    /// Of how many items.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Adds a customer with all purchases, in any order.
    pub(super) fn add(&mut self, purchases: &[Purchase]) {
        self.each(purchases, Rhythm::plus);
    }

    /// Takes out a customer who was added with these purchases.
    pub(super) fn subtract(&mut self, purchases: &[Purchase]) {
        self.each(purchases, Rhythm::minus);
    }

    fn each(&mut self, purchases: &[Purchase], change: fn(&mut Rhythm, Rhythm)) {
        let Some(end) = purchases.iter().map(|(_, day)| *day).max() else { return };
        let purchases = sorted(purchases, i32::MAX);
        for own in purchases.chunk_by(|a, b| a.0 == b.0).filter_map(Own::new) {
            let Some(item) = self.items.get_mut(own.item as usize) else { continue };
            let gaps = days(own.first, own.last);
            let rhythm = Rhythm { again: own.again, gaps, open: days(own.first, end) };
            change(item, rhythm);
            change(&mut self.sum, rhythm);
        }
    }

    /// When a customer with these purchases, in any order, will buy each of their items
    /// again, as of a day; by item.
    pub(super) fn expected(&self, purchases: &[Purchase], today: i32) -> Vec<Expected> {
        let purchases = sorted(purchases, today);
        let own = purchases.chunk_by(|a, b| a.0 == b.0).filter_map(Own::new);
        own.filter_map(|own| self.when(own, today)).collect()
    }

    fn when(&self, own: Own, today: i32) -> Option<Expected> {
        let (gap, rare) = self.sum.days(MONTH, MONTH);
        let (typical, rare) = self.items.get(own.item as usize)?.days(gap, rare);
        let repeated = own.again as f64 + PRIOR;
        let gap = (days(own.first, own.last) as f64 + PRIOR * typical) / repeated;
        let since = days(own.last, today) as f64;
        let off = (gap - since).abs();
        let time = days(own.first, today) as f64 + 2.0 * off + PRIOR * rare;
        let (rate, elapsed) = (repeated / time, since / gap);
        Some(Expected { item: own.item, rate, last: own.last, gap, elapsed })
    }
}

/// A customer's purchases of one item.
#[derive(Debug, Clone, Copy)]
struct Own {
    item: u32,
    again: u64,
    first: i32,
    last: i32,
}

impl Own {
    /// From purchases of one item, sorted, each on another day.
    fn new(purchases: &[Purchase]) -> Option<Self> {
        let ((item, first), (_, last)) = (*purchases.first()?, *purchases.last()?);
        Some(Self { item, again: purchases.len() as u64 - 1, first, last })
    }
}

/// By item, then by day; one for several on a day, and none from after `today`.
fn sorted(purchases: &[Purchase], today: i32) -> Vec<Purchase> {
    let mut sorted: Vec<_> = purchases.iter().copied().filter(|(_, day)| *day <= today).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Days from one to a later one.
fn days(from: i32, to: i32) -> u64 {
    u64::try_from(i64::from(to) - i64::from(from)).unwrap_or(0).min(CENTURY)
}
