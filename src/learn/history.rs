//! What one customer bought, order by order, as it is counted.

use serde::{Deserialize, Serialize};

/// Where an order ends among the items of a history.
pub(super) const END: u32 = u32::MAX;

/// The orders of a customer, by the first line of each. Days are whole, in universal time:
/// finer than that nothing is learned from it, and coarser the rhythm of a week would be lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct History {
    /// The items of each order, and [`END`] after it.
    pub(super) items: Box<[u32]>,
    /// The day of each order, since 1970: that of its first line.
    pub(super) days: Box<[i32]>,
}

impl History {
    /// The same where the items have other numbers.
    pub(super) fn renumbered(&self, number: impl Fn(u32) -> u32) -> Self {
        let items = self.items.iter();
        let items = items.map(|item| if *item == END { END } else { number(*item) });
        Self { items: items.collect(), days: self.days.clone() }
    }

    /// The day and the items of each order.
    pub(super) fn orders(&self) -> impl Iterator<Item = (i32, &[u32])> + Clone {
        let orders = self.items.split_inclusive(|item| *item == END);
        let orders = orders.filter_map(|order| Some(order.split_last()?.1));
        self.days.iter().copied().zip(orders)
    }

    /// Whether every order has its end and its day, and every item is known.
    pub(super) fn is_whole(&self, known: impl Fn(u32) -> bool) -> bool {
        let ends = self.items.iter().filter(|item| **item == END).count();
        self.items.last() == Some(&END)
            && ends == self.days.len()
            && self.items.iter().all(|item| *item == END || known(*item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The day before 1970 has the number of an end, were it among the items.
    #[test]
    fn a_day_is_never_taken_for_an_end() {
        let history = History { items: [4, END, 1, 2, END].into(), days: [-1, 0].into() };
        let orders: Vec<(i32, &[u32])> = history.orders().collect();
        assert_eq!(orders, [(-1, &[4][..]), (0, &[1, 2])]);
        let doubled = history.renumbered(|item| 2 * item);
        assert_eq!(&*doubled.items, [8, END, 2, 4, END]);
        assert_eq!(doubled.days, history.days);
    }

    #[test]
    fn what_is_half_a_history_is_none() {
        let whole = |items: &[u32], days: &[i32]| {
            let history = History { items: items.into(), days: days.into() };
            history.is_whole(|item| item < 3)
        };
        assert!(whole(&[0, END, 1, 2, END], &[5, 5]));
        let broken: [(&[u32], &[i32]); 6] = [
            (&[], &[]),
            (&[0], &[5]),
            (&[0, END, 1], &[5, 6]),
            (&[0, END], &[]),
            (&[0, END], &[5, 6]),
            (&[3, END], &[5]),
        ];
        for (items, days) in broken {
            assert!(!whole(items, days), "{items:?} {days:?}");
        }
    }
}
