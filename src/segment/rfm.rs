//! Recency, frequency and monetary value: three rankings in equal parts, the cells that they
//! make, and the usual names for groups of cells.

use std::time::Duration;

use super::{Family, Segment};
use crate::event::Kind;
use crate::rule::{
    Condition, Counted, Ranking, Summed, all, count, days_since, orders, ranked, total,
};
use crate::types::{Currency, days};

/// Customers by how recently, how often and for how much they bought: three rankings, each in
/// so many equal parts, of which the last is the best. Whoever bought nothing in the time has
/// no place.
///
/// ```
/// use confidant::{Engine, Rfm, Segment, days};
///
/// let rfm = Rfm::new("EUR".parse()?).bins(5).within(days(365));
/// let engine = Engine::builder()
///     .rankings(rfm.rankings())
///     .segments(rfm.groups())
///     .segment(Segment::new("best cell", rfm.cell(5, 5, 5)))
///     .build()?;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "rankings and segments are nothing until an engine has them"]
pub struct Rfm {
    currency: Currency,
    bins: u32,
    within: Option<Duration>,
    among: Condition,
}

const RECENCY: &str = "rfm recency";
const FREQUENCY: &str = "rfm frequency";
const MONETARY: &str = "rfm monetary";

/// A named group of cells.
struct Group {
    id: &'static str,
    /// From and to which fifth, of recency and of frequency.
    recency: (u32, u32),
    frequency: (u32, u32),
    aim: &'static str,
    family: Family,
}

const fn group(
    id: &'static str,
    recency: (u32, u32),
    frequency: (u32, u32),
    aim: &'static str,
    family: Family,
) -> Group {
    Group { id, recency, frequency, aim, family }
}

/// Every cell of recency by frequency is in one of these.
const GROUPS: [Group; 10] = [
    group("rfm_champions", (5, 5), (4, 5), "thank them, and listen to them", Family::Privilege),
    group("rfm_loyal", (3, 4), (4, 5), "keep them", Family::KeepInTouch),
    group("rfm_potential_loyal", (4, 5), (2, 3), "bring them back more often", Family::Upsell),
    group("rfm_new", (5, 5), (1, 1), "show them around", Family::Adapt),
    group("rfm_promising", (4, 4), (1, 1), "win their second purchase", Family::Invite),
    group("rfm_needing_attention", (3, 3), (3, 3), "remind them", Family::KeepInTouch),
    group("rfm_about_to_sleep", (3, 3), (1, 2), "remind them before they go", Family::Invite),
    group("rfm_at_risk", (1, 2), (3, 4), "win them back", Family::WinBack),
    group("rfm_not_to_be_lost", (1, 2), (5, 5), "win them back in person", Family::WinBack),
    group("rfm_hibernating", (1, 2), (1, 2), "ask once, then leave them be", Family::WinBack),
];

impl Rfm {
    /// In five parts, over all time, of everybody who bought.
    pub fn new(currency: Currency) -> Self {
        Self { currency, bins: 5, within: None, among: Condition::Always }
    }

    /// In so many parts each; two at least.
    pub fn bins(self, bins: u32) -> Self {
        Self { bins: bins.max(2), ..self }
    }

    /// Of purchases in the last time alone.
    pub fn within(self, time: Duration) -> Self {
        Self { within: Some(time), ..self }
    }

    /// Among those alone who meet this.
    pub fn among(self, base: Condition) -> Self {
        Self { among: base, ..self }
    }

    /// By whole days since the last purchase, the fewest first; by distinct orders; and by
    /// what was spent: `rfm recency`, `rfm frequency` and `rfm monetary`.
    #[must_use]
    pub fn rankings(&self) -> [Ranking; 3] {
        let counted = |it: Counted| match self.within {
            Some(time) => it.within(time),
            None => it,
        };
        let summed = |it: Summed| match self.within {
            Some(time) => it.within(time),
            None => it,
        };
        let bought = counted(count(Kind::Purchased)).at_least(1);
        let base = || match &self.among {
            Condition::Always => bought.clone(),
            among => all([bought.clone(), among.clone()]),
        };
        [
            Ranking::by(RECENCY, days_since(Kind::Purchased)).smallest_first().among(base()),
            Ranking::by(FREQUENCY, counted(orders(Kind::Purchased))).among(base()),
            Ranking::by(MONETARY, summed(total(Kind::Purchased, self.currency))).among(base()),
        ]
    }

    /// In one cell: a part of recency, of frequency and of monetary value, each from 1 to the
    /// number of parts, which is the best.
    #[must_use]
    pub fn cell(&self, recency: u32, frequency: u32, monetary: u32) -> Condition {
        all([
            self.recency(recency, recency),
            self.frequency(frequency, frequency),
            self.monetary(monetary, monetary),
        ])
    }

    /// In the parts from one to another by recency.
    #[must_use]
    pub fn recency(&self, from: u32, to: u32) -> Condition {
        ranked(RECENCY).quantiles(from, to, self.bins)
    }

    /// In the parts from one to another by frequency.
    #[must_use]
    pub fn frequency(&self, from: u32, to: u32) -> Condition {
        ranked(FREQUENCY).quantiles(from, to, self.bins)
    }

    /// In the parts from one to another by monetary value.
    #[must_use]
    pub fn monetary(&self, from: u32, to: u32) -> Condition {
        ranked(MONETARY).quantiles(from, to, self.bins)
    }

    /// Named groups, each with an aim and a family of actions. Everybody who has a place is in
    /// exactly one:
    ///
    /// | segment | fifths of recency | fifths of frequency |
    /// |---|---|---|
    /// | `rfm_champions` | 5 | 4 to 5 |
    /// | `rfm_loyal` | 3 to 4 | 4 to 5 |
    /// | `rfm_potential_loyal` | 4 to 5 | 2 to 3 |
    /// | `rfm_new` | 5 | 1 |
    /// | `rfm_promising` | 4 | 1 |
    /// | `rfm_needing_attention` | 3 | 3 |
    /// | `rfm_about_to_sleep` | 3 | 1 to 2 |
    /// | `rfm_at_risk` | 1 to 2 | 3 to 4 |
    /// | `rfm_not_to_be_lost` | 1 to 2 | 5 |
    /// | `rfm_hibernating` | 1 to 2 | 1 to 2 |
    ///
    /// With another number of parts, a part counts as the fifth that it begins in; of fewer
    /// than five, the first and the last are the first and the last fifth, and a group to
    /// which no part comes is left out.
    #[must_use]
    pub fn groups(&self) -> Vec<Segment> {
        let segment = |group: &Group| {
            let (from, to) = self.parts(group.recency)?;
            let recency = self.recency(from, to);
            let (from, to) = self.parts(group.frequency)?;
            let condition = all([recency, self.frequency(from, to)]);
            Some(Segment::new(group.id, condition).aim(group.aim).family(group.family))
        };
        GROUPS.iter().filter_map(segment).collect()
    }

    /// The first and the last part that count as some fifths.
    fn parts(&self, fifths: (u32, u32)) -> Option<(u32, u32)> {
        let inside = |part: &u32| (fifths.0..=fifths.1).contains(&self.fifth(*part));
        let first = (1..=self.bins).find(inside)?;
        Some((first, (1..=self.bins).rfind(inside)?))
    }

    fn fifth(&self, part: u32) -> u32 {
        let (place, bins) = (u64::from(part) - 1, u64::from(self.bins));
        let fifth = if bins < 5 { 4 * place / (bins - 1) } else { 5 * place / bins };
        1 + fifth as u32
    }
}

/// For how long purchases count where the ready set says so.
pub(super) const YEAR: Duration = days(365);

#[cfg(test)]
mod tests {
    use super::*;

    fn euro() -> Rfm {
        Rfm::new("EUR".parse().unwrap())
    }

    #[test]
    fn every_cell_is_in_one_group() {
        for bins in 2..=12 {
            let rfm = euro().bins(bins);
            let inside = |fifths, part| {
                rfm.parts(fifths).is_some_and(|(from, to)| (from..=to).contains(&part))
            };
            for recency in 1..=bins {
                for frequency in 1..=bins {
                    let groups = GROUPS.iter().filter(|group| {
                        inside(group.recency, recency) && inside(group.frequency, frequency)
                    });
                    assert_eq!(groups.count(), 1, "{recency} {frequency} of {bins}");
                }
            }
        }
    }

    #[test]
    fn parts_count_as_fifths() {
        let fifths = |bins| -> Vec<u32> {
            let rfm = euro().bins(bins);
            (1..=rfm.bins).map(|part| rfm.fifth(part)).collect()
        };
        assert_eq!(fifths(5), [1, 2, 3, 4, 5]);
        assert_eq!(fifths(0), [1, 5]);
        assert_eq!(fifths(3), [1, 3, 5]);
        assert_eq!(fifths(4), [1, 2, 3, 5]);
        assert_eq!(fifths(10), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!(fifths(7), [1, 1, 2, 3, 3, 4, 5]);
        assert_eq!(euro().bins(3).groups().len(), 9);
    }
}
