//! What one customer taught, as a model can forget it.

use super::corpus::History;
use crate::catalog::{Catalog, NO_ITEM};
use crate::learn::Contribution;
use crate::types::ItemId;

/// What one customer added to what a model was fitted from, in numbers of the catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Taught {
    /// The items of each order, ascending; by time.
    orders: Vec<Vec<u32>>,
    /// The day of each order, since 1970.
    days: Vec<i32>,
    /// All items, ascending.
    items: Vec<u32>,
    /// Item, day, purchases.
    bought: Vec<(u32, i32, u64)>,
    /// When each visit ended, and what was looked at, in order.
    visits: Vec<(i64, Vec<u32>)>,
}

impl Taught {
    /// What a contribution says of a catalogue's items: the same that
    /// [`Corpus::of`](super::Corpus::of) sees of it.
    pub(crate) fn of(contribution: &Contribution, catalog: &Catalog) -> Self {
        let known =
            |item: &ItemId| Some(catalog.number(item.as_str())).filter(|item| *item != NO_ITEM);
        let orders = contribution.orders();
        let orders = orders.map(|(day, order)| (order.filter_map(known).collect(), day));
        let bought = contribution.bought.iter();
        let bought =
            bought.filter_map(|line| Some((known(&line.item)?, line.day, u64::from(line.n))));
        let visits = contribution.visits.iter();
        let visits = visits.map(|v| (v.at, v.items.iter().filter_map(known).collect::<Vec<u32>>()));
        let visits = visits.filter(|(_, items)| items.len() > 1);
        Self::new(orders.unzip(), bought.collect(), visits.collect())
    }

    pub(crate) fn new(
        (mut orders, mut days): History,
        bought: Vec<(u32, i32, u64)>,
        visits: Vec<(i64, Vec<u32>)>,
    ) -> Self {
        for order in &mut orders {
            order.sort_unstable();
            order.dedup();
        }
        let mut some = orders.iter().map(|order| !order.is_empty());
        days.retain(|_| some.next().unwrap_or(false));
        orders.retain(|order| !order.is_empty());
        let mut items: Vec<u32> = orders.iter().flatten().copied().collect();
        items.sort_unstable();
        items.dedup();
        Self { orders, days, items, bought, visits }
    }

    /// The items of each order, ascending; by time.
    pub(crate) fn orders(&self) -> &[Vec<u32>] {
        &self.orders
    }

    /// The day of each order, since 1970.
    pub(crate) fn days(&self) -> &[i32] {
        &self.days
    }

    /// All items, ascending.
    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }

    /// Item, day, purchases.
    pub(crate) fn bought(&self) -> &[(u32, i32, u64)] {
        &self.bought
    }

    /// When each visit ended, and what was looked at, in order.
    pub(crate) fn visits(&self) -> &[(i64, Vec<u32>)] {
        &self.visits
    }
}
