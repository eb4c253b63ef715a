//! What a return or a cancellation takes back.
//!
//! One that names a purchase reverses that one. Else it reverses lines of its order and
//! item, or every line of its order if it names no item; where the order has no such line,
//! the latest purchases of its item up to then, as many as it says. Who names is served
//! first, then who knows the order, then the others, each by time and id: so the order of
//! arrival leaves no trace. What is more than was bought fits nothing.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::View;
use super::ledger::Deed;
use crate::event::Kind;
use crate::types::{Currency, ItemId, Money, OrderId, Timestamp, redacted};

/// Purchases, and what was given back or called off of them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reversals {
    /// Every purchase line, by time.
    pub bought: Vec<Bought>,
    /// Every return and cancellation, by time.
    pub reversed: Vec<Reversed>,
}

/// One line that was bought.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Bought {
    /// When.
    pub at: Timestamp,
    /// Which item.
    pub item: Option<ItemId>,
    /// In which order.
    pub order: Option<OrderId>,
    /// How many, or how much.
    pub quantity: f64,
    /// For how much.
    pub amount: Option<Money>,
    /// How many of it were given back or called off.
    pub reversed_quantity: f64,
    /// For how much: what the reversals say, in the currency of the line, else their
    /// share of it.
    pub reversed_amount: Option<Money>,
}

/// One return or cancellation.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reversed {
    /// When.
    pub at: Timestamp,
    /// [`Kind::Returned`] or [`Kind::Cancelled`].
    pub kind: Kind,
    /// Which item, if said.
    pub item: Option<ItemId>,
    /// Of which order, if said.
    pub order: Option<OrderId>,
    /// For how much, if said.
    pub amount: Option<Money>,
    /// What it reverses: a place in [`Reversals::bought`], and how many of that line.
    pub of: Vec<(usize, f64)>,
    /// How many fit no purchase that may be seen.
    pub unmatched: f64,
}

impl View {
    /// What was bought, and what of it was given back or called off, as far as it may be
    /// seen.
    ///
    /// ```
    /// use confidant::{Catalog, Engine, Event, Item, Level, Purpose, Timestamp, hours};
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let tuesday = monday + hours(24);
    /// let catalog = Catalog::new([Item::new("mug")])?;
    /// let engine = Engine::builder().catalog(catalog).build()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// engine.record(monday, Event::purchased("ana", monday).item("mug").quantity(3.0))?;
    /// engine.record(tuesday, Event::returned("ana", tuesday).item("mug"))?;
    /// let view = engine.view("ana", Purpose::Personalisation, tuesday, None)?;
    /// assert_eq!(view.reversals().net_quantity(), 2.0);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn reversals(&self) -> Reversals {
        Matched::of(&self.ledger).told()
    }
}

impl Reversals {
    /// How many were bought and not given back or called off.
    #[must_use]
    pub fn net_quantity(&self) -> f64 {
        let net = |line: &Bought| thousandths(line.quantity) - thousandths(line.reversed_quantity);
        self.bought.iter().map(|line| i128::from(net(line))).sum::<i128>() as f64 / 1000.0
    }

    /// What was paid less what was reversed, by currency. What fits no purchase takes
    /// nothing away.
    #[must_use]
    pub fn net_revenue(&self) -> Vec<Money> {
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        for line in &self.bought {
            if let Some(amount) = line.amount {
                let back = line.reversed_amount.map_or(0, Money::as_micros);
                let net = i128::from(amount.as_micros()) - i128::from(back);
                *sums.entry(amount.currency()).or_default() += net;
            }
        }
        let money = |(currency, sum): (Currency, i128)| Money::micros(clamped(sum), currency);
        sums.into_iter().map(money).collect()
    }
}

/// Quantities are kept to the thousandth, so this is exact.
fn thousandths(quantity: f64) -> i64 {
    (quantity * 1000.0).round() as i64
}

fn units(thousandths: i64) -> f64 {
    thousandths as f64 / 1000.0
}

fn clamped(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// The share of an amount that comes with so much of a whole, rounded down: steps from one
/// share to the next add up to the amount.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let exact = i128::from(amount) * i128::from(part);
    clamped(exact.checked_div(i128::from(whole)).unwrap_or(0))
}

/// Purchases and reversals, brought together.
pub(super) struct Matched<'a> {
    /// All deeds, by time and id.
    pub(super) deeds: &'a [Deed],
    /// For each deed that is a reversal: the purchases, by their places among the deeds,
    /// and how many of each, in thousandths.
    pub(super) parts: BTreeMap<usize, Vec<(usize, i64)>>,
    /// For each of those, how many fit nothing.
    pub(super) unmatched: BTreeMap<usize, i64>,
    /// How many of each purchase are left.
    left: Vec<i64>,
}

/// Where a reversal finds what it reverses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Named,
    Order,
    Item,
}

/// The purchases by what they can be found by; the latest last.
struct Found<'a> {
    ids: HashMap<u64, usize>,
    orders: HashMap<(&'a OrderId, Option<&'a ItemId>), Vec<usize>>,
}

pub(super) fn is_reversal(deed: &Deed) -> bool {
    matches!(deed.kind, Kind::Returned | Kind::Cancelled)
}

impl<'a> Found<'a> {
    fn of(deeds: &'a [Deed]) -> Self {
        let mut found = Self { ids: HashMap::new(), orders: HashMap::new() };
        for (place, line) in deeds.iter().enumerate().filter(|(_, d)| d.kind == Kind::Purchased) {
            found.ids.insert(line.id, place);
            if let Some(order) = &line.order {
                found.orders.entry((order, None)).or_default().push(place);
                if line.item.is_some() {
                    let key = (order, line.item.as_ref());
                    found.orders.entry(key).or_default().push(place);
                }
            }
        }
        found
    }

    fn in_order(&mut self, reversal: &'a Deed) -> Option<&mut Vec<usize>> {
        self.orders.get_mut(&(reversal.order.as_ref()?, reversal.item.as_ref()))
    }

    fn way(&mut self, reversal: &'a Deed) -> Way {
        match (reversal.reverses, self.in_order(reversal)) {
            (Some(_), _) => Way::Named,
            (None, Some(_)) => Way::Order,
            (None, None) => Way::Item,
        }
    }
}

impl<'a> Matched<'a> {
    pub(super) fn of(deeds: &'a [Deed]) -> Self {
        let left = deeds.iter().map(|d| if d.kind == Kind::Purchased { d.quantity } else { 0 });
        let (parts, unmatched) = (BTreeMap::new(), BTreeMap::new());
        let mut matched = Self { deeds, parts, unmatched, left: left.collect() };
        let mut found = Found::of(deeds);
        let reversals = deeds.iter().enumerate().filter(|(_, deed)| is_reversal(deed));
        let reversals: Vec<(usize, &Deed, Way)> =
            reversals.map(|(place, deed)| (place, deed, found.way(deed))).collect();
        let those = |way: Way| reversals.iter().filter(move |(.., its)| *its == way);
        for (place, deed, _) in those(Way::Named) {
            let line = deed.reverses.and_then(|id| found.ids.get(&id));
            matched.take(*place, deed.quantity, &mut line.copied().into_iter().collect());
        }
        for (place, deed, _) in those(Way::Order) {
            // A whole order is called off, however many that are.
            let wanted = if deed.item.is_some() { deed.quantity } else { i64::MAX };
            if let Some(lines) = found.in_order(deed) {
                matched.take(*place, wanted, lines);
            }
        }
        matched.by_item(those(Way::Item).map(|(place, deed, _)| (*place, *deed)));
        matched
    }

    /// Goes through the deeds once more, with the purchases of each item so far.
    fn by_item(&mut self, reversals: impl Iterator<Item = (usize, &'a Deed)>) {
        let deeds = self.deeds;
        let mut lines = deeds.iter().enumerate().filter(|(_, d)| d.kind == Kind::Purchased);
        let mut next = lines.next();
        let mut before: HashMap<&ItemId, Vec<usize>> = HashMap::new();
        for (place, deed) in reversals {
            while let Some((line, bought)) = next.filter(|(_, bought)| bought.at <= deed.at) {
                bought.item.iter().for_each(|item| before.entry(item).or_default().push(line));
                next = lines.next();
            }
            let lines = deed.item.as_ref().and_then(|item| before.get_mut(item));
            self.take(place, deed.quantity, lines.unwrap_or(&mut Vec::new()));
        }
    }

    /// Takes so many from the last of these lines backwards, and drops those that are used
    /// up.
    fn take(&mut self, reversal: usize, mut wanted: i64, lines: &mut Vec<usize>) {
        let mut parts = Vec::new();
        while let Some(line) = lines.last().copied().filter(|_| wanted > 0) {
            let Some(left) = self.left.get_mut(line) else { break };
            let taken = wanted.min(*left);
            if taken > 0 {
                (*left, wanted) = (*left - taken, wanted - taken);
                parts.push((line, taken));
            }
            if *left == 0 {
                lines.pop();
            }
        }
        let said = self.deeds.get(reversal).map_or(0, |deed| deed.quantity);
        let whole = wanted > said && !parts.is_empty();
        self.unmatched.insert(reversal, if whole { 0 } else { wanted.min(said) });
        self.parts.insert(reversal, parts);
    }

    /// The same in words for a host.
    pub(super) fn told(&self) -> Reversals {
        let mut places = HashMap::new();
        let mut bought = Vec::new();
        for (place, deed) in self.deeds.iter().enumerate() {
            if deed.kind == Kind::Purchased {
                places.insert(place, bought.len());
                let left = self.left.get(place).copied().unwrap_or_default();
                bought.push(Bought {
                    at: deed.at,
                    item: deed.item.clone(),
                    order: deed.order.clone(),
                    quantity: units(deed.quantity),
                    amount: deed.amount,
                    reversed_quantity: units(deed.quantity - left),
                    reversed_amount: deed.amount.map(|a| Money::micros(0, a.currency())),
                });
            }
        }
        self.add_amounts(&places, &mut bought);
        let reversed = self.parts.iter().filter_map(|(place, parts)| {
            let deed = self.deeds.get(*place)?;
            let line = |(line, n): &(usize, i64)| Some((*places.get(line)?, units(*n)));
            Some(Reversed {
                at: deed.at,
                kind: deed.kind.clone(),
                item: deed.item.clone(),
                order: deed.order.clone(),
                amount: deed.amount,
                of: parts.iter().filter_map(line).collect(),
                unmatched: units(self.unmatched.get(place).copied().unwrap_or_default()),
            })
        });
        Reversals { reversed: reversed.collect(), bought }
    }

    fn add_amounts(&self, places: &HashMap<usize, usize>, bought: &mut [Bought]) {
        // How many of each line are reversed by those that came before.
        let mut before: HashMap<usize, i64> = HashMap::new();
        for (place, parts) in &self.parts {
            let Some(reversal) = self.deeds.get(*place) else { continue };
            let fits = parts.iter().fold(0i64, |sum, (_, n)| sum.saturating_add(*n));
            let unmatched = self.unmatched.get(place).copied().unwrap_or_default();
            let mut said = Shares { whole: fits.saturating_add(unmatched), given: 0 };
            for (line, n) in parts {
                let Some(deed) = self.deeds.get(*line) else { continue };
                let before = before.entry(*line).or_default();
                let mut own = Shares { whole: deed.quantity, given: *before };
                *before += n;
                let stated = reversal.amount.map(|amount| (said.next(amount, *n), amount));
                let Some(amount) = deed.amount else { continue };
                let back = match stated {
                    Some((back, stated)) if stated.currency() == amount.currency() => back,
                    _ => own.next(amount, *n),
                };
                let line = places.get(line).and_then(|line| bought.get_mut(*line));
                line.into_iter().for_each(|line| {
                    let known = line.reversed_amount.map_or(0, Money::as_micros);
                    let sum = known.saturating_add(back);
                    line.reversed_amount = Some(Money::micros(sum, amount.currency()));
                });
            }
        }
    }
}

/// Gives an amount out in parts that add up to it.
struct Shares {
    whole: i64,
    given: i64,
}

impl Shares {
    fn next(&mut self, amount: Money, part: i64) -> i64 {
        let before = share(amount.as_micros(), self.given, self.whole);
        self.given = self.given.saturating_add(part);
        share(amount.as_micros(), self.given, self.whole).saturating_sub(before)
    }
}

redacted! {
    Reversals {}
    Bought {}
    Reversed {}
}
