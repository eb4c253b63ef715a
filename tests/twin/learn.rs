//! What may be learned from everybody, counted from scratch.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{DataCategory, Kind, Purpose};

use super::person::People;
use super::truth::Seen;
use crate::common::world::{DAY, World};

/// How many items one customer can speak for.
const MOST_ITEMS: usize = 500;

/// For how many purchases of an item in an order.
const MOST_LINES: usize = 4_000;

/// One in fixed point, of 32 bits of fraction.
pub const ONE: u64 = 1 << 32;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Purchases per item and day.
    pub bought: BTreeMap<(String, i64), u64>,
    /// Who bought an item.
    pub buyers: BTreeMap<String, BTreeSet<String>>,
    /// Of each customer, what was bought in which order, and the day of that.
    pub orders: BTreeMap<String, BTreeSet<(String, i64)>>,
    /// Per action, times shown and accepted.
    pub answered: BTreeMap<String, (u64, u64)>,
}

impl Counts {
    /// What everybody lets others learn, as of an instant.
    pub fn of(world: &World, people: &People, now: i64) -> Self {
        let mut counts = Self::default();
        for (who, person) in &people.persons {
            let purpose = Purpose::CollaborativeLearning;
            let seen = Seen::new(world, &[], person, &purpose, now, None);
            counts.add_bought(who, &seen);
            if seen.allowed.contains(&DataCategory::Responses) {
                for (action, (shown, accepted)) in answers(&seen) {
                    let sum = counts.answered.entry(action).or_default();
                    *sum = (sum.0 + shown, sum.1 + accepted);
                }
            }
        }
        counts
    }

    fn add_bought(&mut self, who: &str, seen: &Seen<'_>) {
        let bought = lines(seen);
        // The items bought last, ties by id.
        let mut latest: BTreeMap<&String, i64> = BTreeMap::new();
        for (_, item, day) in &bought {
            let last = latest.entry(item).or_insert(*day);
            *last = (*last).max(*day);
        }
        let mut latest: Vec<(i64, &String)> = latest.into_iter().map(|(i, d)| (-d, i)).collect();
        latest.sort();
        latest.truncate(MOST_ITEMS);
        let mut last: Vec<(i64, i64, &String)> = bought
            .iter()
            .filter(|(_, item, _)| latest.iter().any(|(_, kept)| *kept == item))
            .map(|(order, item, day)| (-day, -order, item))
            .collect();
        last.sort();
        last.dedup();
        last.truncate(MOST_LINES);
        let kept = |order: &i64, item, day: &i64| last.binary_search(&(-day, -order, item)).is_ok();
        for (order, item, day) in &bought {
            if kept(order, item, day) {
                let of_order = bought.iter().filter(|(o, i, d)| o == order && kept(o, i, d));
                let first = of_order.map(|(.., day)| *day).min().unwrap();
                self.orders.entry(who.to_owned()).or_default().insert((item.clone(), first));
                *self.bought.entry((item.clone(), *day)).or_default() += 1;
                self.buyers.entry(item.clone()).or_default().insert(who.to_owned());
            }
        }
    }

    /// How many bought both.
    pub fn together(&self, a: &str, b: &str) -> u64 {
        match (self.buyers.get(a), self.buyers.get(b)) {
            (Some(a), Some(b)) => a.intersection(b).count() as u64,
            _ => 0,
        }
    }

    /// The weight of each item that has one: purchases, the older ones weighing less.
    pub fn popularity(&self, half_life_days: u64, now: i64) -> BTreeMap<String, u64> {
        let mut weights: BTreeMap<String, u64> = BTreeMap::new();
        for ((item, day), n) in &self.bought {
            let age = u64::try_from(now.div_euclid(DAY) - day).unwrap_or(0);
            *weights.entry(item.clone()).or_default() += n * faded(age, half_life_days);
        }
        weights.retain(|_, weight| *weight > 0);
        weights
    }
}

/// What was bought, and the day of the first line of its order.
pub fn dated(seen: &Seen<'_>) -> BTreeSet<(String, i64)> {
    let lines = lines(seen);
    let first = |order| lines.iter().find(|(other, ..)| other == order).unwrap().2;
    lines.iter().map(|(order, item, _)| (item.clone(), first(order))).collect()
}

/// The purchases: the how manieth order, by the first line of each, item and day.
fn lines(seen: &Seen<'_>) -> Vec<(i64, String, i64)> {
    let mut orders: Vec<Option<String>> = Vec::new();
    let mut lines = Vec::new();
    for row in seen.rows.iter().filter(|row| row.did.kind == Kind::Purchased) {
        if let Some(item) = row.did.item.clone() {
            let known = orders.iter().position(|o| o.is_some() && *o == row.did.order);
            let order = known.unwrap_or_else(|| {
                orders.push(row.did.order.clone());
                orders.len() - 1
            });
            lines.push((order as i64, item, row.at.div_euclid(DAY)));
        }
    }
    lines
}

/// How a customer answered each action: times shown, times accepted.
pub fn answers(seen: &Seen<'_>) -> BTreeMap<String, (u64, u64)> {
    let mut answers: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for touch in seen.person.contacts(seen.now) {
        answers.entry(touch.action.clone()).or_default().0 += 1;
    }
    for row in seen.rows.iter().filter(|row| row.did.kind == Kind::Accepted) {
        if let Some(action) = &row.did.action {
            answers.entry(action.clone()).or_default().1 += 1;
        }
    }
    answers
}

/// `2^(-age / half_life)` in fixed point: the exponent cut to 16 bits of fraction, the
/// power put together from the roots of a half, each product cut off.
pub fn faded(age: u64, half_life: u64) -> u64 {
    let exponent = u128::from(age) * 65_536 / u128::from(half_life);
    if exponent / 65_536 >= 32 {
        return 0;
    }
    let mut weight = ONE;
    for bit in 1..=16 {
        if exponent >> (16 - bit) & 1 == 1 {
            let root = (32.0 - 0.5f64.powi(bit)).exp2().round() as u64;
            weight = ((u128::from(weight) * u128::from(root)) >> 32) as u64;
        }
    }
    weight >> (exponent / 65_536)
}
