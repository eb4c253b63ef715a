//! Each customer's baskets, in the order in which they were bought.

use crate::recommend::rows::Rows;

/// The baskets of many customers, one customer after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Histories {
    baskets: Rows,
    /// Where the baskets of each customer end.
    ends: Vec<usize>,
}

impl Histories {
    /// Adds a customer with their baskets, the oldest first.
    pub(crate) fn push<B: IntoIterator<Item = u32>>(
        &mut self,
        baskets: impl IntoIterator<Item = B>,
    ) {
        baskets.into_iter().for_each(|basket| self.baskets.push(basket));
        self.ends.push(self.baskets.len());
    }

    /// How many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The baskets of one customer, the oldest first; none beyond the last customer.
    pub(crate) fn of(&self, customer: usize) -> impl ExactSizeIterator<Item = &[u32]> + Clone {
        let end = self.ends.get(customer).copied().unwrap_or(0);
        let before = customer.checked_sub(1).and_then(|before| self.ends.get(before));
        let from = before.copied().unwrap_or(0).min(end);
        (from..end).map(|basket| self.baskets.row(basket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_come_back_as_they_went_in() {
        let told = [vec![vec![3, 1], vec![2]], vec![], vec![vec![], vec![7]], vec![vec![]]];
        let mut histories = Histories::default();
        told.iter().for_each(|customer| histories.push(customer.iter().cloned()));
        assert_eq!(histories.len(), 4);
        for (customer, baskets) in told.iter().enumerate() {
            assert!(histories.of(customer).eq(baskets.iter().map(Vec::as_slice)));
        }
        assert_eq!(histories.of(4).len() + histories.of(usize::MAX).len(), 0);
    }
}
