//! What is usual for a customer: the channel, device, browser and hour of most of what
//! they do.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{View, bit};
use crate::event::Kind;
use crate::event::known::{BROWSER, DEVICE};
use crate::types::{Channel, Timestamp, redacted};

/// What happens to customers, rather than what they do.
const NOT_OWN: [Kind; 7] = [
    Kind::Delivered,
    Kind::DeliveryFailed,
    Kind::PaymentFailed,
    Kind::Resolved,
    Kind::Metered,
    Kind::Sensed,
    Kind::Shown,
];

/// The most frequent of a customer's own behaviours in a window. Of two that are as
/// frequent, the one seen last; then the first by name.
#[derive(Clone, PartialEq, Serialize)]
pub struct Usual {
    /// The channel.
    pub channel: Option<Channel>,
    /// The device.
    pub device: Option<Arc<str>>,
    /// The browser.
    pub browser: Option<Arc<str>>,
    /// The hour of the day, from 0 to 23.
    pub hour: Option<u8>,
    /// The first instant at which time alone can change this.
    pub until: Timestamp,
}

impl View {
    /// What is usual for the customer, from what they did themselves in this window. The
    /// hour is that of a clock so many minutes ahead of UTC.
    ///
    /// Deliveries, failures, settled complaints, what devices report and what is shown are not
    /// the customer's own doing and do not count.
    #[must_use]
    pub fn usual(&self, within: Duration, utc_offset_minutes: i32) -> Usual {
        let others = NOT_OWN.iter().fold(0, |bits, kind| bits | bit(kind));
        let rows = &self.rows;
        let own = |row: &usize| rows.kind_bit.get(*row).is_some_and(|bit| bit & others == 0);
        let own = self.within(within).filter(own);
        let at = |row: usize| rows.at.get(row).map_or(self.now, |at| Timestamp::from_millis(*at));
        let channel = |row: usize| self.channels.get(rows.channel.get(row)?);
        let noted = |name: &str| {
            let noted = own.clone().filter_map(|row| Some((self.noted(row, name)?, at(row))));
            most(noted).cloned()
        };
        Usual {
            channel: most(own.clone().filter_map(|row| Some((channel(row)?.name(), at(row)))))
                .map(Channel::from_name),
            device: noted(DEVICE),
            browser: noted(BROWSER),
            hour: most(own.clone().map(|row| (at(row).hour(utc_offset_minutes), at(row)))),
            until: self.holds(within, own),
        }
    }
}

/// The most frequent; then the latest; then the first in order.
fn most<T: Ord + Clone>(seen: impl Iterator<Item = (T, Timestamp)>) -> Option<T> {
    let mut counted: BTreeMap<T, (u64, Timestamp)> = BTreeMap::new();
    for (value, at) in seen {
        let (count, latest) = counted.entry(value).or_insert((0, at));
        *count += 1;
        *latest = (*latest).max(at);
    }
    let best = counted.into_iter().max_by_key(|(value, seen)| (*seen, Reverse(value.clone())));
    best.map(|(value, _)| value)
}

redacted! {
    Usual { until }
}
