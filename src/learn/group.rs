//! What the members of one segment bought, counted apart.

use hashbrown::HashMap;

use super::statistics::add;

/// Those who bought something, and what.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) customers: i64,
    /// Purchases per item and day.
    pub(super) bought: HashMap<(u32, i32), i64>,
}

impl Group {
    /// Adds so many customers who bought this, or takes them out.
    pub(super) fn change(
        &mut self,
        customers: i64,
        bought: impl IntoIterator<Item = ((u32, i32), i64)>,
    ) {
        // As sums do.
        self.customers = self.customers.wrapping_add(customers);
        bought.into_iter().for_each(|(cell, n)| add(&mut self.bought, cell, n));
    }

    /// Whether it tells nothing any more.
    pub(super) fn is_empty(&self) -> bool {
        self.customers == 0 && self.bought.is_empty()
    }
}
