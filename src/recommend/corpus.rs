//! What models are fitted from: what was learned, in numbers of the catalogue, in an order
//! that is its own. Whoever has the same statistics fits from the same rows.

use super::rows::Rows;
use crate::catalog::{Catalog, NO_ITEM};
use crate::learn::Statistics;
use crate::types::{ItemId, SegmentId};

/// What everybody who lets others learn did, without saying who.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Corpus {
    items: usize,
    /// The items of each order, ascending; those of one customer follow each other by time.
    orders: Rows,
    /// The day of each order, since 1970.
    days: Vec<i32>,
    /// How many orders there are up to the last of each customer.
    ends: Vec<usize>,
    /// The items of each customer, ascending.
    customers: Rows,
    /// Item, day, purchases.
    bought: Vec<(u32, i32, u64)>,
    /// When each visit ended, ascending, and what was looked at, in order.
    visits: Vec<(i64, Vec<u32>)>,
}

/// The items and the day of each order of a customer.
pub(crate) type History = (Vec<Vec<u32>>, Vec<i32>);

/// How many customers one fit takes, whatever statistics that were read say.
const MOST: usize = 1 << 26;

impl Corpus {
    /// What was learned of a catalogue's items.
    pub(crate) fn of(statistics: &Statistics, catalog: &Catalog) -> Self {
        let numbers: Vec<u32> =
            statistics.items().iter().map(|item| catalog.number(item.as_str())).collect();
        let known =
            |item: &u32| numbers.get(*item as usize).copied().filter(|number| *number != NO_ITEM);
        let times = |n: i64| usize::try_from(n).unwrap_or(0);
        let histories = statistics.histories().map(|(orders, n)| {
            let orders = orders.map(|(day, items)| (items.iter().filter_map(known).collect(), day));
            (orders.unzip(), times(n))
        });
        let visits = statistics.visits().map(|(at, items, n)| {
            ((at, items.iter().filter_map(known).collect::<Vec<u32>>()), times(n))
        });
        let mut corpus = Self::from_histories(catalog.len(), histories.collect());
        corpus.bought = self::known(statistics.bought(), catalog);
        corpus.visits = repeated(visits.filter(|((_, items), _)| items.len() > 1).collect());
        corpus
    }

    /// How many members of a segment bought anything, and what of a catalogue's items.
    pub(crate) fn within(
        statistics: &Statistics,
        segment: &SegmentId,
        catalog: &Catalog,
    ) -> Option<(i64, Self)> {
        let (customers, bought) = statistics.within(segment)?;
        let bought = known(bought, catalog);
        Some((customers, Self { items: catalog.len(), bought, ..Self::default() }))
    }

    /// From the orders of customers, each history with how many have it.
    pub(crate) fn from_histories(items: usize, mut histories: Vec<(History, usize)>) -> Self {
        for ((orders, days), _) in &mut histories {
            for order in orders.iter_mut() {
                order.sort_unstable();
                order.dedup();
            }
            let mut some = orders.iter().map(|order| !order.is_empty());
            days.retain(|_| some.next().unwrap_or(false));
            orders.retain(|order| !order.is_empty());
        }
        histories.retain(|((orders, _), _)| !orders.is_empty());
        let mut corpus = Self { items, ..Self::default() };
        for (orders, days) in repeated(histories) {
            corpus.days.extend(days);
            let mut own: Vec<u32> = orders.iter().flatten().copied().collect();
            own.sort_unstable();
            own.dedup();
            corpus.customers.push(own);
            orders.into_iter().for_each(|order| corpus.orders.push(order));
            corpus.ends.push(corpus.orders.len());
        }
        corpus
    }

    /// The same with visits: when each ended, and what was looked at.
    pub(crate) fn with_visits(mut self, mut visits: Vec<(i64, Vec<u32>)>) -> Self {
        visits.sort_unstable();
        self.visits = visits;
        self
    }

    /// The same with purchases per item and day.
    pub(crate) fn with_bought(mut self, mut bought: Vec<(u32, i32, u64)>) -> Self {
        bought.sort_unstable();
        self.bought = bought;
        self
    }

    /// How many items the catalogue has.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// The items of each customer, ascending.
    pub(crate) fn customers(&self) -> &Rows {
        &self.customers
    }

    /// The items of each order, ascending; those of one customer follow each other by time.
    pub(crate) fn orders(&self) -> &Rows {
        &self.orders
    }

    /// The orders of each customer, by time, as ranges of [`orders`](Self::orders).
    pub(crate) fn histories(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(from, to)| *from..*to)
    }

    /// The day of each order, since 1970.
    pub(crate) fn days(&self) -> &[i32] {
        &self.days
    }

    /// Purchases per item and day.
    pub(crate) fn bought(&self) -> &[(u32, i32, u64)] {
        &self.bought
    }

    /// When each visit ended, ascending, and what was looked at, in order.
    pub(crate) fn visits(&self) -> &[(i64, Vec<u32>)] {
        &self.visits
    }
}

/// Item, day, purchases, of what a catalogue has, in order.
fn known<'a>(
    bought: impl Iterator<Item = (&'a ItemId, i32, i64)>,
    catalog: &Catalog,
) -> Vec<(u32, i32, u64)> {
    let known = bought.filter_map(|(item, day, n)| {
        let number = catalog.number(item.as_str());
        let n = u64::try_from(n).ok().filter(|n| *n > 0)?;
        (number != NO_ITEM).then_some((number, day, n))
    });
    let mut known: Vec<(u32, i32, u64)> = known.collect();
    known.sort_unstable();
    known
}

/// In order, each as often as it is there.
fn repeated<T: Ord + Clone>(mut counted: Vec<(T, usize)>) -> Vec<T> {
    counted.sort_unstable();
    let each = counted.into_iter().flat_map(|(row, n)| std::iter::repeat_n(row, n.min(MOST)));
    each.take(MOST).collect()
}
