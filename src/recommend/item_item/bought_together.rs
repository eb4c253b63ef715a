//! What goes with one item, with the figures: counted when somebody asks, so they are those
//! of whoever is known of then.

use serde::{Deserialize, Serialize};

use super::Neighbours;
use super::lists::Near;
use crate::catalog::{Catalog, Item};
use crate::recommend::together::Counts;
use crate::types::ItemId;

/// An item that goes with another one; see
/// [`Engine::bought_together`](crate::Engine::bought_together). What is counted are customers
/// who let others learn from them, or their orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoughtTogether {
    /// The item.
    pub item: ItemId,
    /// How many have both items.
    pub both: u64,
    /// The share of all who have both, the support of the rule: from 0 to 1.
    pub support: f64,
    /// The share of those with the item asked for who have this one too: from 0 to 1.
    pub confidence: f64,
    /// How many times likelier those with the item asked for have this one than anybody:
    /// more than 1 where the two go together, less where they keep apart (Brin et al., 1997).
    pub lift: f64,
}

impl Neighbours {
    /// The `n` nearest of the available items, but for what would tell of a group of fewer
    /// than `smallest` customers.
    pub(crate) fn bought_together(
        &self,
        item: u32,
        n: usize,
        smallest: u64,
        catalog: &Catalog,
    ) -> Vec<BoughtTogether> {
        let items = self.held.items();
        let (mut counts, mut weights) = (Counts::of(items), Counts::of(items));
        self.held.count(item, &mut counts, |_| 1);
        let weight = self.sizes.weights();
        if let Some(weight) = &weight {
            self.held.count(item, &mut weights, weight);
        }
        let (weights, from) =
            (weight.is_some().then_some(&weights), self.sizes.from(item, &self.held));
        let near = self.near(&counts, weights, from);
        let mut ranked: Vec<Near> = near.filter(|one| *one <= Near::FAR).collect();
        ranked.sort_unstable();
        let available = |one: &Near| catalog.item(one.item()).is_some_and(Item::is_available);
        let others = ranked.into_iter().filter(|one| one.item() != item && available(one));
        let shown = others.filter(|one| !self.tells_of_few(item, one.item(), smallest));
        let told = |one: Near| {
            let both = counts.get(one.item());
            let size = |item: u32| self.held.rows_of(item).len() as f64;
            let (all, with, other) = (self.held.len() as f64, size(item), size(one.item()));
            Some(BoughtTogether {
                item: catalog.item(one.item())?.id().clone(),
                both,
                support: both as f64 / all,
                confidence: both as f64 / with,
                lift: both as f64 * all / (with * other),
            })
        };
        shown.filter_map(told).take(n).collect()
    }

    /// Whether the figures of two items tell of fewer customers than `smallest`: of those who
    /// have both, one of them without the other, or neither, in an order where orders count.
    fn tells_of_few(&self, item: u32, other: u32, smallest: u64) -> bool {
        smallest > 1 && self.groups(item, other).iter().any(|group| (*group as u64) < smallest)
    }

    /// How many customers have a row with both items, with the one alone, with the other
    /// alone, and with neither.
    fn groups(&self, item: u32, other: u32) -> [usize; 4] {
        let (one, two) = (self.held.rows_of(item), self.held.rows_of(other));
        let group = |place: &u32| match two.binary_search(place) {
            Ok(_) => 0,
            Err(_) => 1,
        };
        let mut rows: Vec<(u32, usize)> =
            one.iter().map(|place| (self.held.customer_of(*place), group(place))).collect();
        let alone = two.iter().filter(|place| one.binary_search(place).is_err());
        rows.extend(alone.map(|place| (self.held.customer_of(*place), 2)));
        rows.sort_unstable();
        // Who has neither is whoever has another row beside these.
        let mut groups = [0, 0, 0, self.held.customers()];
        for own in rows.chunk_by(|a, b| a.0 == b.0) {
            for (at, group) in groups.iter_mut().take(3).enumerate() {
                *group += usize::from(own.iter().any(|(_, of)| *of == at));
            }
            let customer = own.first().map_or(0, |(customer, _)| *customer);
            if let Some(neither) = groups.last_mut()
                && self.held.rows_by(customer).count() == own.len()
            {
                *neither -= 1;
            }
        }
        groups
    }
}
