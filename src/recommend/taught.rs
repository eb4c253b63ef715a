//! What one customer taught, as a model can forget it.

/// What one customer added to what a model was fitted from, in numbers of the catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Taught {
    /// The items of each order, ascending; by time.
    orders: Vec<Vec<u32>>,
    /// All items, ascending.
    items: Vec<u32>,
    /// Item, day, purchases.
    bought: Vec<(u32, i32, u64)>,
    /// When each visit ended, and what was looked at, in order.
    visits: Vec<(i64, Vec<u32>)>,
}

impl Taught {
    pub(crate) fn new(
        mut orders: Vec<Vec<u32>>,
        bought: Vec<(u32, i32, u64)>,
        visits: Vec<(i64, Vec<u32>)>,
    ) -> Self {
        for order in &mut orders {
            order.sort_unstable();
            order.dedup();
        }
        orders.retain(|order| !order.is_empty());
        let mut items: Vec<u32> = orders.iter().flatten().copied().collect();
        items.sort_unstable();
        items.dedup();
        Self { orders, items, bought, visits }
    }

    /// The items of each order, ascending; by time.
    pub(crate) fn orders(&self) -> &[Vec<u32>] {
        &self.orders
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
