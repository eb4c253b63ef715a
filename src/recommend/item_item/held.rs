//! What customers have, as rows of items that come and go: of each customer one row, or one
//! for each order. A customer is found by content, and of several with the same any one is
//! taken, so nothing says who it was.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::numeric::{self, Digest};
use crate::recommend::corpus::Corpus;
use crate::recommend::together::Counts;

/// The rows of customers, and for each item those that it is in.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    rows: Vec<Row>,
    /// Places of rows that are there no more, to be taken again.
    free: Vec<u32>,
    /// For each item the places of the rows that it is in, ascending.
    of: Vec<Vec<u32>>,
    customers: usize,
    /// The sum of what stands for each customer: the same in any order.
    sum: Digest,
}

/// The items of a customer or of an order, ascending; none where the place is free.
#[derive(Debug, Clone, Default)]
struct Row {
    items: Box<[u32]>,
    /// The place of the customer's first row, which stands for the customer.
    customer: u32,
    /// The place of the customer's next row.
    next: Option<u32>,
}

impl Held {
    /// What a corpus says, by customer or by order.
    pub(super) fn of(corpus: &Corpus, within_orders: bool) -> Self {
        let rows = if within_orders { corpus.orders() } else { corpus.customers() };
        let mut held = Self::with_room(corpus.items(), rows.iter());
        if within_orders {
            for orders in corpus.histories() {
                held.add(&orders.map(|order| rows.row(order)).collect::<Vec<_>>());
            }
        } else {
            rows.iter().for_each(|row| held.add(&[row]));
        }
        held
    }

    /// No customer yet, and room for such rows.
    fn with_room<'a>(items: usize, rows: impl ExactSizeIterator<Item = &'a [u32]>) -> Self {
        let mut sizes = vec![0usize; items];
        let all = rows.len();
        for item in rows.flatten() {
            sizes.get_mut(*item as usize).into_iter().for_each(|size| *size += 1);
        }
        Self {
            rows: Vec::with_capacity(all),
            of: sizes.into_iter().map(Vec::with_capacity).collect(),
            ..Self::default()
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// How many items they may be of.
    pub(super) fn items(&self) -> usize {
        self.of.len()
    }

    /// How many customers have a row.
    pub(super) fn customers(&self) -> usize {
        self.customers
    }

    /// What stands for all of it.
    pub(super) fn digest(&self) -> Digest {
        self.sum
    }

    /// The places of the rows that an item is in, ascending.
    pub(super) fn rows_of(&self, item: u32) -> &[u32] {
        self.of.get(item as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// The items of a row.
    fn row(&self, place: u32) -> &[u32] {
        self.rows.get(place as usize).map(|row| &*row.items).unwrap_or_default()
    }

    /// The customer of a row, as the place of the first one.
    pub(super) fn customer_of(&self, place: u32) -> u32 {
        self.rows.get(place as usize).map_or(place, |row| row.customer)
    }

    /// The places of a customer's rows, from the first one.
    pub(super) fn rows_by(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let next = |place: &u32| self.rows.get(*place as usize).and_then(|row| row.next);
        std::iter::successors(Some(first), next)
    }

    /// How many items each row has.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().map(|row| row.items.len())
    }

    /// Counts, for every item, the rows that it shares with one; each row counts as much as
    /// `weight` says of its length. The item itself is among them. In no order.
    pub(super) fn count(&self, item: u32, counts: &mut Counts, weight: impl Fn(usize) -> u64) {
        counts.clear();
        for place in self.rows_of(item) {
            let row = self.row(*place);
            let weight = weight(row.len());
            row.iter().for_each(|other| counts.add(*other, weight));
        }
    }

    /// Takes a customer in, with rows that are not empty, each of known items, ascending.
    pub(super) fn add(&mut self, rows: &[&[u32]]) {
        let places: Vec<u32> = rows.iter().map(|_| self.place()).collect();
        let Some(first) = places.first().copied() else { return };
        let next = places.iter().skip(1).copied().map(Some).chain([None]);
        for ((items, place), next) in rows.iter().zip(&places).zip(next) {
            for item in *items {
                let Some(of) = self.of.get_mut(*item as usize) else { continue };
                let at = of.partition_point(|other| other < place);
                of.insert(at, *place);
            }
            if let Some(row) = self.rows.get_mut(*place as usize) {
                *row = Row { items: (*items).into(), customer: first, next };
            }
        }
        self.customers += 1;
        self.sum = self.sum.plus(digest(rows.to_vec()));
    }

    fn place(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.rows.push(Row::default());
            self.rows.len() as u32 - 1
        })
    }

    /// Takes a customer out who has just these rows. False if there is none.
    pub(super) fn remove(&mut self, rows: &[&[u32]]) -> bool {
        let Some(first) = self.find(rows) else { return false };
        let places: Vec<u32> = self.rows_by(first).collect();
        for place in places {
            let gone = self.rows.get_mut(place as usize).map(std::mem::take).unwrap_or_default();
            for item in &gone.items {
                let Some(of) = self.of.get_mut(*item as usize) else { continue };
                if let Ok(at) = of.binary_search(&place) {
                    of.remove(at);
                }
            }
            self.free.push(place);
        }
        self.customers -= 1;
        self.sum = self.sum.minus(digest(rows.to_vec()));
        true
    }

    /// The first row of a customer with just these rows: it is in the shortest of the lists
    /// of their items.
    fn find(&self, rows: &[&[u32]]) -> Option<u32> {
        let rare = |row: &&[u32]| row.iter().copied().min_by_key(|item| self.rows_of(*item).len());
        let items = rows.iter().filter_map(|row| Some((rare(row)?, *row)));
        let (item, row) = items.min_by_key(|(item, _)| self.rows_of(*item).len())?;
        let mut sorted = rows.to_vec();
        sorted.sort_unstable();
        let same = |place: &&u32| {
            let first = self.customer_of(**place);
            self.row(**place) == row
                && self.rows_by(first).take(rows.len() + 1).count() == rows.len()
                && self.content(first) == sorted
        };
        self.rows_of(item).iter().find(same).map(|place| self.customer_of(*place))
    }

    /// A customer's rows, ascending.
    fn content(&self, first: u32) -> Vec<&[u32]> {
        let mut rows: Vec<&[u32]> = self.rows_by(first).map(|place| self.row(place)).collect();
        rows.sort_unstable();
        rows
    }

    /// The rows of each customer, in an order that their content alone says.
    fn told(&self) -> Vec<Vec<&[u32]>> {
        let places = (0u32..).zip(&self.rows);
        let firsts = places.filter(|(at, row)| row.customer == *at && !row.items.is_empty());
        let mut told: Vec<Vec<&[u32]>> = firsts.map(|(at, _)| self.content(at)).collect();
        told.sort_unstable();
        told
    }

    /// Rows that were read, if they are of such items, and of each customer one row unless
    /// there is one for each order.
    pub(super) fn checked(&self, items: usize, within_orders: bool) -> Option<Self> {
        let known = |item: &u32| (*item as usize) < items;
        let sound = |row: &Row| {
            let ascending = row.items.is_sorted_by(|a, b| a < b);
            !row.items.is_empty() && ascending && row.items.last().is_some_and(known)
        };
        let told = self.told();
        let one_each = within_orders || told.len() == self.rows.len();
        let all = told.iter().map(Vec::len).sum::<usize>() == self.rows.len();
        if !(all && one_each && self.rows.iter().all(sound)) {
            return None;
        }
        let rows: Vec<&[u32]> = self.rows.iter().map(|row| &*row.items).collect();
        let mut held = Self::with_room(items, rows.into_iter());
        told.iter().for_each(|rows| held.add(rows));
        Some(held)
    }
}

/// What stands for a customer's rows, in whatever order they are.
fn digest(mut rows: Vec<&[u32]>) -> Digest {
    rows.sort_unstable();
    numeric::digest(&rows)
}

/// As the rows of each customer, in order.
impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

/// Of no items yet: what was read has to be [checked](Held::checked).
impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told: Vec<Vec<Box<[u32]>>> = Deserialize::deserialize(deserializer)?;
        let mut held = Self::default();
        for rows in &told {
            held.add(&rows.iter().map(|row| &**row).collect::<Vec<_>>());
        }
        Ok(held)
    }
}
