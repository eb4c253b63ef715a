//! What a customer has now: a fold of what was bought, given back, called off, registered
//! and disposed of, item by item. What goes without being named goes oldest first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::View;
use super::ledger::Deed;
use super::reversals::Matched;
use crate::event::Kind;
use crate::types::{ItemId, Timestamp, redacted};

/// An item that the customer has.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Owned {
    /// Which.
    pub item: ItemId,
    /// Since when the customer has had the oldest of them.
    pub since: Timestamp,
    /// How many.
    pub quantity: f64,
    /// Whether any of them is registered.
    pub registered: bool,
    /// What its meter said last, since the customer has had it.
    pub reading: Option<Reading>,
}

/// The latest reading of a meter.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What it said.
    pub value: f64,
    /// When.
    pub at: Timestamp,
    /// How much more it says from day to day, between the first reading and this one; none
    /// without two instants.
    pub per_day: Option<f64>,
}

/// Some of an item that came at one time.
struct Lot {
    since: Timestamp,
    quantity: i64,
    registered: i64,
}

/// What is known of one item.
#[derive(Default)]
struct Item {
    /// By the place of the deed that they came with.
    lots: BTreeMap<usize, Lot>,
    readings: Vec<(Timestamp, f64)>,
}

impl Lot {
    /// Takes some away; gives back how many more are wanted.
    fn take(&mut self, wanted: i64) -> i64 {
        let taken = wanted.min(self.quantity);
        self.quantity -= taken;
        self.registered = self.registered.min(self.quantity);
        wanted - taken
    }
}

impl Item {
    /// Some go, the oldest first.
    fn go(&mut self, wanted: i64) {
        self.lots.values_mut().fold(wanted, |wanted, lot| lot.take(wanted));
        self.lots.retain(|_, lot| lot.quantity > 0);
    }

    /// Some are registered: the oldest first that are not, and what is more comes with it.
    fn register(&mut self, place: usize, deed: &Deed) {
        let rest = self.lots.values_mut().fold(deed.quantity, |wanted, lot| {
            let new = wanted.min(lot.quantity - lot.registered);
            lot.registered += new;
            wanted - new
        });
        if rest > 0 {
            self.lots.insert(place, Lot { since: deed.at, quantity: rest, registered: rest });
        }
    }

    fn reading(&self, since: Timestamp) -> Option<Reading> {
        let mut own = self.readings.iter().filter(|(at, _)| *at >= since);
        let first = own.next()?;
        let last = own.next_back().unwrap_or(first);
        let elapsed = last.0.since_millis(first.0.as_millis()) as f64 / 86_400_000.0;
        let per_day = (elapsed > 0.0).then(|| (last.1 - first.1) / elapsed);
        let per_day = per_day.filter(|rate| rate.is_finite());
        Some(Reading { value: last.1, at: last.0, per_day })
    }
}

impl View {
    /// What the customer has now, by item, as far as it may be seen: what was bought and
    /// not given back, or registered, and not disposed of.
    #[must_use]
    pub fn owned(&self) -> Vec<Owned> {
        owned(&Matched::of(&self.ledger))
    }
}

/// What is left of everything.
fn owned(matched: &Matched<'_>) -> Vec<Owned> {
    let mut items: BTreeMap<&ItemId, Item> = BTreeMap::new();
    // What was reversed before it was bought, as clocks go.
    let mut early: BTreeMap<usize, i64> = BTreeMap::new();
    for (place, deed) in matched.deeds.iter().enumerate() {
        for (line, n) in matched.parts.get(&place).into_iter().flatten() {
            let bought = matched.deeds.get(*line).and_then(|bought| bought.item.as_ref());
            let lots = bought.and_then(|item| items.get_mut(item)).map(|item| &mut item.lots);
            match lots {
                _ if *line > place => *early.entry(*line).or_default() += n,
                Some(lots) => {
                    lots.get_mut(line).into_iter().for_each(|lot| _ = lot.take(*n));
                    lots.retain(|at, lot| at != line || lot.quantity > 0);
                }
                None => {}
            }
        }
        let Some(item) = &deed.item else { continue };
        let known = items.entry(item).or_default();
        match deed.kind {
            Kind::Purchased => {
                let quantity = deed.quantity - early.get(&place).copied().unwrap_or_default();
                if quantity > 0 {
                    known.lots.insert(place, Lot { since: deed.at, quantity, registered: 0 });
                }
            }
            Kind::Registered => known.register(place, deed),
            Kind::Disposed => known.go(deed.quantity),
            Kind::Metered => known.readings.extend(deed.reading.map(|value| (deed.at, value))),
            // What fits no purchase had come in some other way.
            _ => known.go(matched.unmatched.get(&place).copied().unwrap_or_default()),
        }
    }
    let left = items.into_iter().filter_map(|(item, known)| {
        let since = known.lots.values().map(|lot| lot.since).min()?;
        let quantity: i128 = known.lots.values().map(|lot| i128::from(lot.quantity)).sum();
        Some(Owned {
            item: item.clone(),
            since,
            quantity: quantity as f64 / 1000.0,
            registered: known.lots.values().any(|lot| lot.registered > 0),
            reading: known.reading(since),
        })
    });
    left.collect()
}

redacted! {
    Owned {}
    Reading {}
}
