//! How often two items are in the same row: the same customer's, or the same order's.
//! Counted row by row of the matrix, which is never there as a whole.

use super::rows::Rows;

/// Rows of items, and for each item the rows that it is in.
#[derive(Debug)]
pub(crate) struct Together<'a> {
    rows: &'a Rows,
    of: Rows,
}

/// The counts of one item with all others, and which of them are not zero.
#[derive(Debug)]
pub(crate) struct Counts {
    counts: Vec<u64>,
    /// The first so many of these.
    touched: Vec<u32>,
    len: usize,
}

impl<'a> Together<'a> {
    /// Over rows in which no item stands twice, of items below `items`.
    pub(crate) fn new(rows: &'a Rows, items: usize) -> Self {
        let mut sizes = vec![0usize; items];
        for item in rows.items() {
            sizes.get_mut(*item as usize).into_iter().for_each(|size| *size += 1);
        }
        let mut of = Rows::of_sizes(&sizes);
        let mut next: Vec<usize> = sizes
            .iter()
            .scan(0, |end, size| {
                *end += size;
                Some(*end - size)
            })
            .collect();
        for (number, row) in (0u32..).zip(rows.iter()) {
            for item in row {
                if let Some(place) = next.get_mut(*item as usize) {
                    of.put(*place, number);
                    *place += 1;
                }
            }
        }
        Self { rows, of }
    }

    /// How many items there are.
    pub(crate) fn items(&self) -> usize {
        self.of.len()
    }

    /// The rows that an item is in.
    pub(crate) fn rows_of(&self, item: u32) -> &[u32] {
        self.of.row(item as usize)
    }

    /// Room for counts.
    pub(crate) fn counts(&self) -> Counts {
        Counts::of(self.of.len())
    }

    /// Counts, for every item, the rows that it shares with one. The item itself is among
    /// them. In no order.
    pub(crate) fn count(&self, item: u32, counts: &mut Counts) {
        counts.clear();
        for row in self.rows_of(item) {
            self.rows.row(*row as usize).iter().for_each(|other| counts.add(*other, 1));
        }
    }

    /// The same for other items with smaller numbers, and the item itself; in no order.
    pub(crate) fn count_below(&self, item: u32, counts: &mut Counts) {
        counts.clear();
        for row in self.rows_of(item) {
            for other in self.rows.row(*row as usize).iter().take_while(|other| **other <= item) {
                counts.add(*other, 1);
            }
        }
    }
}

impl Counts {
    /// Room for the counts of so many items.
    pub(crate) fn of(items: usize) -> Self {
        Self { counts: vec![0; items], touched: vec![0; items + 1], len: 0 }
    }

    /// What was counted for an item.
    pub(crate) fn get(&self, item: u32) -> u64 {
        self.counts.get(item as usize).copied().unwrap_or(0)
    }

    pub(crate) fn clear(&mut self) {
        for item in self.touched.iter().take(self.len) {
            self.counts.get_mut(*item as usize).into_iter().for_each(|count| *count = 0);
        }
        self.len = 0;
    }

    pub(crate) fn add(&mut self, item: u32, weight: u64) {
        debug_assert!(weight > 0, "what counts nothing would be met again and again");
        if let Some(count) = self.counts.get_mut(item as usize) {
            // Written either way, and kept if it is new: no step to guess.
            self.touched.get_mut(self.len).into_iter().for_each(|at| *at = item);
            self.len += usize::from(*count == 0);
            *count = count.saturating_add(weight);
        }
    }

    /// Items with what was counted for them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let count = |item: &u32| self.counts.get(*item as usize).map(|count| (*item, *count));
        self.touched.iter().take(self.len).filter_map(count)
    }
}
