//! What a host may say about the life of its customers, and what would be absurd.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{days, hours, millis};

/// When somebody is in which [`Stage`](super::Stage), measured by the customer's own
/// rhythm of buying.
///
/// The rhythm is the median of the customer's latest gaps between two orders. Lengths of
/// time are said in per cent of it: 300 is three rhythms. The defaults suit a shop whose
/// customers typically buy once a month; state at least [`typical_gap`](Self::typical_gap).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifecycle {
    pub(super) typical: Duration,
    pub(super) shortest: Duration,
    pub(super) longest: Duration,
    pub(super) own_from: u32,
    pub(super) gaps: u32,
    pub(super) at_risk: u32,
    pub(super) lapsed: u32,
    pub(super) settled: u32,
    pub(super) won_back_for: u32,
    pub(super) regular: u32,
    pub(super) new_for: u32,
    pub(super) window: u32,
    pub(super) growing: u32,
    pub(super) declining: u32,
    pub(super) least: u32,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            typical: days(30),
            shortest: days(7),
            longest: days(365),
            own_from: 3,
            gaps: 12,
            at_risk: 300,
            lapsed: 600,
            settled: 2,
            won_back_for: 600,
            regular: 3,
            new_for: 300,
            window: 600,
            growing: 150,
            declining: 67,
            least: 2,
        }
    }
}

impl Lifecycle {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The gap between two orders that is typical of the host's customers: the rhythm of
    /// whoever has too few orders for one of their own. 30 days unless said.
    #[must_use]
    pub fn typical_gap(self, gap: Duration) -> Self {
        Self { typical: gap, ..self }
    }

    /// From how many orders on the rhythm is the customer's own (3 unless said), and how
    /// many of the latest gaps it is the median of (12 unless said).
    #[must_use]
    pub fn own_rhythm(self, from_orders: u32, latest_gaps: u32) -> Self {
        Self { own_from: from_orders, gaps: latest_gaps, ..self }
    }

    /// The shortest and the longest rhythm that anybody is taken to have: 7 and 365 days
    /// unless said.
    #[must_use]
    pub fn rhythm_between(self, shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, ..self }
    }

    /// At risk when the latest order is longer ago than that, in per cent of the rhythm:
    /// 300 unless said.
    #[must_use]
    pub fn at_risk_after(self, percent: u32) -> Self {
        Self { at_risk: percent, ..self }
    }

    /// Lapsed when the latest order is longer ago than that, in per cent of the rhythm:
    /// 600 unless said.
    #[must_use]
    pub fn lapsed_after(self, percent: u32) -> Self {
        Self { lapsed: percent, ..self }
    }

    /// Won back until so many orders came after the one that ended the lapse (2 unless
    /// said), and no longer than that after it, in per cent of the rhythm (600 unless
    /// said).
    #[must_use]
    pub fn won_back(self, until_orders: u32, percent: u32) -> Self {
        Self { settled: until_orders, won_back_for: percent, ..self }
    }

    /// New with fewer orders than that (3 unless said), and no longer than that after the
    /// first one, in per cent of the rhythm (300 unless said).
    #[must_use]
    pub fn new_below(self, orders: u32, percent: u32) -> Self {
        Self { regular: orders, new_for: percent, ..self }
    }

    /// How long the two windows are whose orders are compared, in per cent of the rhythm:
    /// 600 unless said.
    #[must_use]
    pub fn compare_over(self, percent: u32) -> Self {
        Self { window: percent, ..self }
    }

    /// Growing from that many per cent of the orders of the window before (150 unless
    /// said), declining down from that many (67 unless said), and in both cases only with
    /// a difference of so many orders (2 unless said).
    #[must_use]
    pub fn trend(self, growing: u32, declining: u32, least_orders: u32) -> Self {
        Self { growing, declining, least: least_orders, ..self }
    }

    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<()> {
        let (shortest, longest) = (millis(self.shortest), millis(self.longest));
        let may = millis(hours(1))..=millis(days(3653));
        if !may.contains(&shortest) || !may.contains(&longest) || shortest > longest {
            return Err(Error::configuration(
                "lifecycle: `rhythm_between` expects a shortest and a longest rhythm, in this \
                 order, from one hour to ten years",
            ));
        }
        if !(shortest..=longest).contains(&millis(self.typical)) {
            return Err(Error::configuration(
                "lifecycle: the `typical_gap` is outside of the shortest and the longest rhythm; \
                 it must be one that customers may have (see `rhythm_between`)",
            ));
        }
        const SPAN: RangeInclusive<u32> = 1..=10_000;
        within("own_rhythm", "orders", self.own_from, 2..=100)?;
        within("own_rhythm", "gaps", self.gaps, 1..=100)?;
        within("at_risk_after", "per cent", self.at_risk, 100..=10_000)?;
        within("lapsed_after", "per cent", self.lapsed, 100..=10_000)?;
        within("won_back", "orders", self.settled, 1..=100)?;
        within("won_back", "per cent", self.won_back_for, SPAN)?;
        within("new_below", "orders", self.regular, 2..=100)?;
        within("new_below", "per cent", self.new_for, SPAN)?;
        within("compare_over", "per cent", self.window, 100..=10_000)?;
        within("trend", "per cent for growing", self.growing, 101..=10_000)?;
        within("trend", "per cent for declining", self.declining, 0..=99)?;
        within("trend", "orders", self.least, 1..=1_000)?;
        if self.lapsed <= self.at_risk {
            return Err(Error::configuration(format!(
                "lifecycle: lapsed after {} per cent of the rhythm is not later than at risk after \
                 {}; it must be, for who is lapsed was at risk before",
                self.lapsed, self.at_risk,
            )));
        }
        Ok(())
    }
}

fn within(knob: &str, unit: &str, given: u32, may: RangeInclusive<u32>) -> Result<()> {
    if may.contains(&given) {
        return Ok(());
    }
    let (least, most) = (may.start(), may.end());
    Err(Error::configuration(format!(
        "lifecycle: `{knob}` was given {given} {unit}; expected {least} to {most}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_and_the_bounds_are_taken() {
        let plain = Lifecycle::new();
        assert!(plain.check().is_ok());
        for good in [
            plain.clone().rhythm_between(hours(1), days(3653)),
            plain.clone().rhythm_between(days(30), days(30)),
            plain.clone().own_rhythm(2, 1).at_risk_after(100).lapsed_after(101),
            plain.clone().own_rhythm(100, 100).lapsed_after(10_000).won_back(1, 1),
            plain.clone().new_below(2, 1).compare_over(100).trend(101, 0, 1),
            plain.trend(10_000, 99, 1_000),
        ] {
            assert!(good.check().is_ok(), "{good:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let plain = Lifecycle::new;
        for (bad, says) in [
            (plain().rhythm_between(hours(1) - Duration::from_millis(1), days(365)), "one hour"),
            (plain().rhythm_between(days(1), days(3654)), "ten years"),
            (plain().rhythm_between(days(31), days(29)), "in this order"),
            (plain().rhythm_between(days(1), Duration::MAX), "ten years"),
            (plain().typical_gap(days(6)), "typical_gap"),
            (plain().typical_gap(days(366)), "typical_gap"),
            (plain().own_rhythm(1, 12), "`own_rhythm` was given 1 orders; expected 2 to 100"),
            (plain().own_rhythm(101, 12), "own_rhythm"),
            (plain().own_rhythm(3, 0), "0 gaps"),
            (plain().own_rhythm(3, 101), "101 gaps"),
            (plain().at_risk_after(99), "at_risk_after"),
            (plain().lapsed_after(10_001), "lapsed_after"),
            (plain().lapsed_after(300), "is not later than at risk after 300"),
            (plain().won_back(0, 600), "won_back"),
            (plain().won_back(2, 0), "won_back"),
            (plain().won_back(101, 600), "won_back"),
            (plain().new_below(1, 300), "new_below"),
            (plain().new_below(3, 0), "new_below"),
            (plain().compare_over(99), "compare_over"),
            (plain().trend(100, 67, 2), "growing"),
            (plain().trend(150, 100, 2), "declining"),
            (plain().trend(150, 67, 0), "trend"),
            (plain().trend(150, 67, u32::MAX), "trend"),
        ] {
            let said = bad.check().unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn written_and_read() {
        let given = Lifecycle::new().typical_gap(days(41)).trend(200, 50, 3);
        let json = serde_json::to_string(&given).unwrap();
        assert_eq!(serde_json::from_str::<Lifecycle>(&json).unwrap(), given);
        assert_eq!(serde_json::from_str::<Lifecycle>("{}").unwrap(), Lifecycle::new());
        let bytes = postcard::to_allocvec(&given).unwrap();
        assert_eq!(postcard::from_bytes::<Lifecycle>(&bytes).unwrap(), given);
    }
}
