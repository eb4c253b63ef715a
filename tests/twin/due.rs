//! What is due to be bought again, from raw purchases, day by day.

use std::collections::BTreeSet;

use confidant::Source;

use super::learn::dated;
use super::recommend::{Fitted, Offered, best, offered};
use super::truth::Seen;
use crate::common::world::DAY;

/// An item that is due: the day of the last purchase, the days to the next, and how much of
/// them has passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub offer: Offered,
    pub last: i64,
    pub gap: f64,
    pub elapsed: f64,
}

/// The days on which an item was bought.
fn days(bought: &BTreeSet<(String, i64)>, item: &str) -> Vec<i64> {
    bought.iter().filter(|(other, _)| other == item).map(|(_, day)| *day).collect()
}

impl Fitted<'_> {
    /// How often an item was bought again, the days between, and those since it was first.
    fn repeated(&self, item: &str) -> (f64, f64, f64) {
        let mut sums = (0.0, 0.0, 0.0);
        for bought in self.counts.orders.values() {
            let days = days(bought, item);
            if let (Some(first), Some(last)) = (days.first(), days.last()) {
                let end = bought.iter().map(|(_, day)| *day).max().unwrap();
                sums.0 += (days.len() - 1) as f64;
                sums.1 += (last - first) as f64;
                sums.2 += (end - first) as f64;
            }
        }
        sums
    }

    /// What the customer bought, what is due now first.
    pub fn due(&self, seen: &Seen<'_>, not_before: f64) -> Vec<Due> {
        let mut all = (0.0, 0.0, 0.0);
        for ware in &self.world.wares {
            let sums = self.repeated(&ware.id);
            all = (all.0 + sums.0, all.1 + sums.1, all.2 + sums.2);
        }
        let (gap, rare) = ((all.1 + 30.0) / (all.0 + 1.0), (all.2 + 30.0) / (all.0 + 1.0));
        let own = dated(seen);
        let items: BTreeSet<&String> = own.iter().map(|(item, _)| item).collect();
        let mut due = Vec::new();
        for item in items {
            let sums = self.repeated(item);
            let typical = (sums.1 + gap) / (sums.0 + 1.0);
            let rare = (sums.2 + rare) / (sums.0 + 1.0);
            let days = days(&own, item);
            let (first, last) = (days[0], days[days.len() - 1]);
            let times = days.len() as f64 + 1.0;
            let gap = ((last - first) as f64 + 2.0 * typical) / times;
            let today = seen.now.div_euclid(DAY);
            let since = (today - last) as f64;
            let wait = (today - first) as f64 + 2.0 * (gap - since).abs() + 2.0 * rare;
            let because = vec![item.clone()];
            let offer = offered(item.clone(), times / wait, Source::Model);
            let elapsed = since / gap;
            if elapsed >= not_before {
                due.push(Due { offer: Offered { because, ..offer }, last, gap, elapsed });
            }
        }
        let order = best(due.iter().map(|one| one.offer.clone()).collect());
        let of = |offer: Offered| due.iter().find(|one| one.offer == offer).unwrap().clone();
        order.into_iter().map(of).collect()
    }
}
