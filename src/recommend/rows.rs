//! Rows of items, as numbers: one for each customer, order or session.

/// Many short lists in two pieces of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    items: Vec<u32>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Rows {
    /// Rows of these lengths, full of zeros.
    pub(crate) fn of_sizes(sizes: &[usize]) -> Self {
        let ends = sizes.iter().scan(0usize, |end, size| {
            *end += size;
            Some(*end)
        });
        let ends: Vec<usize> = ends.collect();
        Self { items: vec![0; ends.last().copied().unwrap_or(0)], ends }
    }

    /// Puts an item at a place among all.
    pub(crate) fn put(&mut self, place: usize, item: u32) {
        self.items.get_mut(place).into_iter().for_each(|at| *at = item);
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = u32>) {
        self.items.extend(row);
        self.ends.push(self.items.len());
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All items of all rows, one row after the other.
    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }

    /// One row; none beyond the last.
    pub(crate) fn row(&self, number: usize) -> &[u32] {
        let from = number.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        let range = from.zip(self.ends.get(number)).map(|(from, to)| *from..*to);
        range.and_then(|range| self.items.get(range)).unwrap_or_default()
    }

    /// The rows, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> + Clone {
        (0..self.len()).map(|number| self.row(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let told: [&[u32]; 5] = [&[3, 1], &[], &[7], &[], &[2, 2, 9]];
        let mut rows = Rows::default();
        told.iter().for_each(|row| rows.push(row.iter().copied()));
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().eq(told));
        assert_eq!(rows.items(), [3, 1, 7, 2, 2, 9]);
        assert!(rows.row(5).is_empty());
    }
}
