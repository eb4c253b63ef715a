//! What a model is asked about: the customer's purchases and the present visit, in numbers
//! of the catalogue. A model sees no more than this.

use crate::catalog::{Catalog, NO_ITEM};
use crate::event::Kind;
use crate::types::Timestamp;
use crate::view::{NO_TEXT, View};

/// What somebody bought, and looks at now.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Past {
    now: Timestamp,
    /// By time.
    lines: Vec<Line>,
    /// The items bought, ascending.
    owned: Vec<u32>,
    /// The items looked at in the present visit, in order.
    looked_at: Vec<u32>,
}

/// One purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) item: u32,
    /// A number that lines of one order share, in no order; [`NO_TEXT`] for one of its own.
    pub(crate) order: u32,
}

impl Past {
    /// From purchases by time and looks in order, of items that the catalogue knows.
    pub(crate) fn new(now: Timestamp, lines: Vec<Line>, looked_at: Vec<u32>) -> Self {
        let mut owned: Vec<u32> = lines.iter().map(|line| line.item).collect();
        owned.sort_unstable();
        owned.dedup();
        Self { now, lines, owned, looked_at }
    }

    /// As far as a view shows it.
    pub(crate) fn of(view: &View, catalog: &Catalog) -> Self {
        let rows = view.rows();
        let purchased = Kind::Purchased.code();
        let columns = rows.kind.iter().zip(&rows.item).zip(rows.order.iter().zip(&rows.at));
        let lines = columns
            .filter(|((kind, item), _)| **kind == purchased && **item != NO_ITEM)
            .map(|((_, item), (order, at))| Line { at: *at, item: *item, order: *order })
            .collect();
        let looks = view.session().map(|session| session.items()).unwrap_or_default();
        let looks = looks.iter().map(|item| catalog.number(item.as_str()));
        Self::new(view.now(), lines, looks.filter(|item| *item != NO_ITEM).collect())
    }

    /// As of when.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The purchases, by time.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The items bought, ascending.
    pub(crate) fn owned(&self) -> &[u32] {
        &self.owned
    }

    /// The items looked at in the present visit, in order.
    pub(crate) fn looked_at(&self) -> &[u32] {
        &self.looked_at
    }

    /// Everything bought or looked at, ascending.
    pub(crate) fn known(&self) -> Vec<u32> {
        let mut known = self.owned.clone();
        known.extend(&self.looked_at);
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The items of each order, by the first line of each.
    pub(crate) fn orders(&self) -> Vec<Vec<u32>> {
        let mut orders: Vec<(u32, Vec<u32>)> = Vec::new();
        let mut places: hashbrown::HashMap<u32, usize> = hashbrown::HashMap::new();
        for line in &self.lines {
            let place = match line.order {
                NO_TEXT => orders.len(),
                order => *places.entry(order).or_insert(orders.len()),
            };
            match orders.get_mut(place) {
                Some((_, items)) => items.push(line.item),
                None => orders.push((line.order, vec![line.item])),
            }
        }
        let distinct = |(_, mut items): (u32, Vec<u32>)| {
            items.sort_unstable();
            items.dedup();
            items
        };
        orders.into_iter().map(distinct).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_in_the_order_of_their_first_line() {
        let line = |at, item, order| Line { at, item, order };
        let lines = vec![line(1, 7, 5), line(2, 3, 0), line(2, 9, 4), line(3, 2, 5), line(4, 3, 0)];
        let past = Past::new(Timestamp::from_millis(9), lines, vec![8, 7, 8]);
        assert_eq!(past.orders(), [vec![2, 7], vec![3], vec![9], vec![3]]);
        assert_eq!(past.owned(), [2, 3, 7, 9]);
        assert_eq!(past.known(), [2, 3, 7, 8, 9]);
    }
}
