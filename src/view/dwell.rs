//! Where a customer stays: the time spent, per category of the catalogue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::View;
use crate::types::{Timestamp, redacted};

/// How long a customer stayed with each category of the catalogue.
#[derive(Clone, PartialEq, Serialize)]
pub struct Dwell {
    /// Milliseconds with a category and all below it, each named from the widest down, in
    /// the order of the names.
    pub categories: Vec<(Vec<Arc<str>>, u64)>,
    /// The first instant at which time alone can change this.
    pub until: Timestamp,
}

impl View {
    /// How long the customer stayed with each category, as far as behaviours of this window
    /// tell with [`Behaviour::dwell`](crate::Behaviour::dwell).
    #[must_use]
    pub fn dwell(&self, within: Duration) -> Dwell {
        let window = self.within(within);
        let stays = window.filter_map(|row| Some((row, self.stayed(row)?)));
        let mut categories: BTreeMap<Vec<Arc<str>>, u64> = BTreeMap::new();
        for (row, millis) in stays.clone() {
            let path = self.rows.place.get(row).and_then(|place| self.notes.paths.get(place));
            let path = path.map_or(&[][..], Vec::as_slice);
            for above in (1..=path.len()).filter_map(|depth| path.get(..depth)) {
                let time = categories.entry(above.to_vec()).or_default();
                *time = time.saturating_add(millis);
            }
        }
        let categories = categories.into_iter().collect();
        Dwell { categories, until: self.holds(within, stays.map(|(row, _)| row)) }
    }
}

redacted! {
    Dwell { until }
}
