//! What a model is asked about: the customer's purchases and the present visit, in numbers
//! of the catalogue. A model sees no more than this.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Reads;
use super::ignored::{Ignored, ignored};
use crate::catalog::{Catalog, NO_ITEM};
use crate::event::known::DWELL;
use crate::event::{Kind, Value};
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
    /// What was viewed in earlier visits, by time; only for a model that looks at it.
    looks: Vec<Look>,
    /// Where the customer stayed in the present visit, as places of categories, and for how
    /// many milliseconds; only for a model that looks at it.
    stays: Vec<(u32, u64)>,
    /// What they were shown and have not turned to since, ascending; only for a model that
    /// looks at it.
    ignored: Vec<Ignored>,
    /// The customer's attributes that the model looks at.
    traits: BTreeMap<Arc<str>, Value>,
}

/// One look at an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) item: u32,
    /// For how long, as far as that was told.
    pub(crate) millis: u64,
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
        Self { now, lines, owned, looked_at, ..Self::default() }
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

    /// The same with what else a model looks at, as far as a view shows it.
    pub(crate) fn reading(mut self, reads: Reads<'_>, view: &View, catalog: &Catalog) -> Self {
        if reads.looks {
            let rows = view.rows();
            let viewed = Kind::Viewed.code();
            let columns = rows.kind.iter().zip(&rows.item).zip(&rows.at).enumerate();
            let looks =
                columns.filter(|(_, ((kind, item), _))| **kind == viewed && **item != NO_ITEM);
            let look = |(row, ((_, item), at)): (usize, ((&u32, &u32), &i64))| Look {
                at: *at,
                item: *item,
                millis: match view.property(row, None, DWELL) {
                    Some(Value::Number(millis)) => *millis as u64,
                    _ => 0,
                },
            };
            self.looks = looks.map(look).collect();
            let stays = view.session().into_iter().flat_map(|session| session.stayed());
            let stay = |(path, millis): (&Vec<Arc<str>>, &u64)| {
                let (place, end) = catalog.range(path);
                (place < end).then_some((place, *millis))
            };
            self.stays = stays.filter_map(stay).collect();
        }
        if reads.ignored {
            self.ignored = ignored(view.rows());
        }
        let known = reads.traits.iter();
        let known = known.filter_map(|name| Some((name.clone(), view.attribute(name)?.clone())));
        self.traits = known.collect();
        self
    }

    /// What was viewed in earlier visits, by time.
    pub(crate) fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// Where the customer stayed in the present visit, as places of categories, and for how
    /// many milliseconds.
    pub(crate) fn stays(&self) -> &[(u32, u64)] {
        &self.stays
    }

    /// How an item is ignored, if it is.
    pub(crate) fn ignored(&self, item: u32) -> Option<Ignored> {
        let place = self.ignored.binary_search_by_key(&item, |ignored| ignored.item).ok()?;
        self.ignored.get(place).copied()
    }

    /// An attribute of the customer.
    pub(crate) fn trait_of(&self, name: &str) -> Option<&Value> {
        self.traits.get(name)
    }

    /// The items looked at in the present visit, the last first, each once.
    pub(crate) fn visited(&self) -> Vec<u32> {
        let mut visited: Vec<u32> = Vec::new();
        for item in self.looked_at.iter().rev() {
            if !visited.contains(item) {
                visited.push(*item);
            }
        }
        visited
    }

    /// The items bought, the last first, each once; of those of one instant in the order of
    /// their numbers.
    pub(crate) fn bought_last(&self) -> Vec<u32> {
        let mut last: BTreeMap<u32, i64> = BTreeMap::new();
        // By time, so what comes later is later.
        self.lines.iter().for_each(|line| _ = last.insert(line.item, line.at));
        let mut last: Vec<(u32, i64)> = last.into_iter().collect();
        last.sort_unstable_by_key(|(item, at)| (Reverse(*at), *item));
        last.into_iter().map(|(item, _)| item).collect()
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

    /// The items bought, each with the day of its order, since 1970: that of the order's
    /// first line.
    pub(crate) fn dated(&self) -> Vec<(u32, i32)> {
        let mut days: hashbrown::HashMap<u32, i32> = hashbrown::HashMap::new();
        let dated = self.lines.iter().map(|line| {
            // A day since 1970 fits for five million years.
            let day = Timestamp::from_millis(line.at).day() as i32;
            let day =
                if line.order == NO_TEXT { day } else { *days.entry(line.order).or_insert(day) };
            (line.item, day)
        });
        dated.collect()
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
        assert_eq!(past.visited(), [8, 7]);
        assert_eq!(past.bought_last(), [3, 2, 9, 7]);
    }

    #[test]
    fn an_order_is_of_the_day_of_its_first_line() {
        const DAY: i64 = 86_400_000;
        let line = |at, item, order| Line { at, item, order };
        let lines = vec![
            line(-1, 7, 5),
            line(DAY, 3, NO_TEXT),
            line(2 * DAY, 9, 5),
            line(3 * DAY, 3, NO_TEXT),
        ];
        let past = Past::new(Timestamp::from_millis(4 * DAY), lines, Vec::new());
        assert_eq!(past.dated(), [(7, -1), (3, 1), (9, -1), (3, 3)]);
    }
}
