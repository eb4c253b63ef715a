//! When a customer is due to buy an item again.
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
//! All that is kept of customers is counts and whole seconds, by item; they add up and
//! subtract, so learning and forgetting are exact, and at once.

use serde::{Deserialize, Serialize};

use crate::recommend::{Ranked, best};

/// A purchase: which item, and when, in milliseconds.
pub(crate) type Purchase = (u32, i64);

/// How many repetitions the prior is worth.
const PRIOR: f64 = 2.0;

/// Where nothing has been bought again yet: a gap of thirty days, as if seen once.
const MONTH: u64 = 30 * 86_400;

/// No time is longer than a hundred years; so the sums of a thousand million fit.
const CENTURY: u64 = 36_525 * 86_400;

/// The repetitions of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rhythm {
    /// How often it was bought again.
    again: u64,
    /// Seconds from first to last purchases of it.
    gaps: u64,
    /// Seconds from first purchases of it to the last purchases of anything.
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

    /// Seconds from one purchase to the next, and seconds to one repetition with the time
    /// in which none came, if one more had been seen with these.
    fn seconds(self, gap: f64, rare: f64) -> (f64, f64) {
        let again = self.again as f64 + 1.0;
        ((self.gaps as f64 + gap) / again, (self.open as f64 + rare) / again)
    }
}

/// The repetitions of all items by all customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rhythms {
    items: Vec<Rhythm>,
    sum: Rhythm,
}

/// An item that will be bought again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Due {
    /// With the repetitions a day to be expected now for a score.
    pub(crate) ranked: Ranked,
    /// When the next purchase is expected; in the past if it is overdue.
    pub(crate) next: i64,
    /// The time since the last purchase, in expected gaps: one on the day when it is due.
    pub(crate) elapsed: f64,
}

impl Rhythms {
    /// Of so many items, nobody having bought any.
    pub(crate) fn new(items: u32) -> Self {
        Self { items: vec![Rhythm::default(); items as usize], sum: Rhythm::default() }
    }

    /// Adds a customer with all purchases, in any order.
    pub(crate) fn add(&mut self, purchases: &[Purchase]) {
        self.each(purchases, Rhythm::plus);
    }

    /// Takes out a customer who was added with these purchases.
    pub(crate) fn subtract(&mut self, purchases: &[Purchase]) {
        self.each(purchases, Rhythm::minus);
    }

    /// Adds the customers of another shard.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.items.resize(self.items.len().max(other.items.len()), Rhythm::default());
        self.items.iter_mut().zip(&other.items).for_each(|(ours, theirs)| ours.plus(*theirs));
        self.sum.plus(other.sum);
    }

    fn each(&mut self, purchases: &[Purchase], change: fn(&mut Rhythm, Rhythm)) {
        let Some(end) = purchases.iter().map(|(_, at)| *at).max() else { return };
        let purchases = sorted(purchases, i64::MAX);
        for own in purchases.chunk_by(|a, b| a.0 == b.0).filter_map(Own::new) {
            let Some(item) = self.items.get_mut(own.item as usize) else { continue };
            let gaps = seconds(own.first, own.last);
            let rhythm = Rhythm { again: own.again, gaps, open: seconds(own.first, end) };
            change(item, rhythm);
            change(&mut self.sum, rhythm);
        }
    }

    /// The `n` items to keep that a customer with these purchases, in any order, is most
    /// likely to buy again, as of now.
    pub(crate) fn due(
        &self,
        purchases: &[Purchase],
        now: i64,
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Due> {
        let purchases = sorted(purchases, now);
        let own = purchases.chunk_by(|a, b| a.0 == b.0).filter_map(Own::new);
        let known = |own: &Own| (own.item as usize) < self.items.len() && keep(own.item);
        let all: Vec<Due> = own.filter(known).map(|own| self.when(own, now)).collect();
        let ranked = best(all.iter().map(|due| due.ranked.clone()).collect(), n);
        let of = |mut ranked: Ranked| {
            // Ascending by item, like the purchases.
            let place = all.binary_search_by_key(&ranked.item, |due| due.ranked.item).ok()?;
            ranked.because.push(ranked.item);
            Some(Due { ranked, ..all.get(place)?.clone() })
        };
        ranked.into_iter().filter_map(of).collect()
    }

    fn when(&self, own: Own, now: i64) -> Due {
        let (gap, rare) = self.sum.seconds(MONTH as f64, MONTH as f64);
        let item = self.items.get(own.item as usize).copied().unwrap_or_default();
        let (typical, rare) = item.seconds(gap, rare);
        let repeated = own.again as f64 + PRIOR;
        let gap = (seconds(own.first, own.last) as f64 + PRIOR * typical) / repeated;
        let elapsed = seconds(own.last, now) as f64;
        let off = (gap - elapsed).abs();
        let time = seconds(own.first, now) as f64 + 2.0 * off + PRIOR * rare;
        let score = repeated / time * 86_400.0;
        Due {
            ranked: Ranked { item: own.item, score, because: Vec::new() },
            next: own.last.saturating_add((gap * 1_000.0) as i64),
            elapsed: elapsed / gap,
        }
    }
}

/// A customer's purchases of one item.
#[derive(Debug, Clone, Copy)]
struct Own {
    item: u32,
    again: u64,
    first: i64,
    last: i64,
}

impl Own {
    /// From purchases of one item, sorted, each at another time.
    fn new(purchases: &[Purchase]) -> Option<Self> {
        let ((item, first), (_, last)) = (*purchases.first()?, *purchases.last()?);
        Some(Self { item, again: purchases.len() as u64 - 1, first, last })
    }
}

/// By item, then by time; one for several at once, and none from after `now`.
fn sorted(purchases: &[Purchase], now: i64) -> Vec<Purchase> {
    let mut sorted: Vec<_> = purchases.iter().copied().filter(|(_, at)| *at <= now).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Whole seconds from one time to a later one.
fn seconds(from: i64, to: i64) -> u64 {
    (u64::try_from(to.saturating_sub(from)).unwrap_or(0) / 1_000).min(CENTURY)
}
