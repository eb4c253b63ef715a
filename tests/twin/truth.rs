//! Whether what is asked of a customer is true, false, or not to be known.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{Kind, Purpose, Value};

use super::choice::Categories;
use super::clock::Clock;
use super::person::{Person, Row, of_attribute, of_kind};
use super::stage::stage;
use super::test::{Around, meets};
use crate::common::ask::{Ask, Be, Bound};
use crate::common::world::World;

/// The present visit: values by name.
pub type Visit = Vec<(String, Value)>;

/// One customer as seen for a purpose at an instant.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    pub world: &'a World,
    pub segments: &'a [(String, Ask)],
    pub now: i64,
    pub allowed: Categories,
    /// `None` if the customer does not allow it.
    pub visit: Option<Visit>,
    pub rows: Vec<&'a Row>,
    pub person: &'a Person,
    pub clock: Clock,
    /// The customer's lot in each draw, in ten-thousandths, as the crate draws it.
    pub lots: BTreeMap<String, u16>,
}

impl<'a> Seen<'a> {
    pub fn new(
        world: &'a World,
        segments: &'a [(String, Ask)],
        person: &'a Person,
        purpose: &Purpose,
        now: i64,
        visit: Option<&Visit>,
    ) -> Self {
        let privacy = &world.privacy;
        let allowed = person.choices.granted(privacy, purpose, now);
        let may = |row: &&Row| allowed.contains(&of_kind(&row.did.kind, privacy));
        let mut rows: Vec<&Row> =
            person.rows.iter().filter(|row| row.at <= now).filter(may).collect();
        rows.sort_by_key(|row| row.at);
        let session = person.choices.allows(privacy, &Purpose::Contextual, now);
        let visit = session.then(|| visit.cloned().unwrap_or_default());
        let zone = person.stated("time_zone", now).map(|(_, zone)| zone);
        let may = allowed.contains(&of_attribute("time_zone", privacy));
        let clock = Clock::of(zone.filter(|_| may), &world.zone);
        let lots = BTreeMap::new();
        Self { world, segments, now, allowed, visit, rows, person, clock, lots }
    }

    pub fn truth(&self, ask: &Ask) -> Option<bool> {
        match ask {
            Ask::Always => Some(true),
            Ask::All(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.truth(part)).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else if parts.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Ask::Any(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.truth(part)).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else if parts.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Ask::Not(part) => self.truth(part).map(|met| !met),
            Ask::Attribute(name, be) => {
                let may = self.allowed.contains(&of_attribute(name, &self.world.privacy));
                let around = self.around(self.person.held(name, self.now));
                (may && self.may_tell_time(be)).then(|| meets(self.attribute(name), be, around))
            }
            Ask::Session(name, be) => {
                let visit = self.visit.as_ref()?;
                let value = visit.iter().find(|(known, _)| known == name).map(|(_, value)| value);
                self.may_tell_time(be).then(|| meets(value, be, self.around(None)))
            }
            Ask::Past(past) => self.figure(&past.figure).map(|figure| lies(figure, past.bound)),
            Ask::Ratio(part, whole, bound) => {
                self.ratio(part, whole).map(|figure| lies(figure, *bound))
            }
            Ask::Pick(pick) => self.pick(pick),
            Ask::Sequence(chain) => self.followed(chain),
            Ask::Points(parts, bound) => self.points(parts, *bound),
            Ask::Stage(stages) => {
                let may = self.allowed.contains(&of_kind(&Kind::Purchased, &self.world.privacy));
                let now = stage(&orders(&self.rows), self.now);
                may.then(|| now.is_some_and(|now| stages.contains(&now)))
            }
            Ask::Bucket(draw, from, to) => Some((*from..*to).contains(&self.lots[draw])),
            Ask::InSegment(id) => {
                let (_, ask) = self.segments.iter().find(|(known, _)| known == id).unwrap();
                self.membership(ask)
            }
        }
    }

    /// The segments that the customer is in.
    pub fn members(&self) -> BTreeSet<String> {
        let is = |(_, ask): &&(String, Ask)| self.membership(ask) == Some(true);
        self.segments.iter().filter(is).map(|(id, _)| id.clone()).collect()
    }

    /// Who allows nothing is in no segment.
    fn membership(&self, ask: &Ask) -> Option<bool> {
        if self.allowed.is_empty() { None } else { self.truth(ask) }
    }

    fn attribute(&self, name: &str) -> Option<&Value> {
        self.person.stated(name, self.now).map(|(_, value)| value)
    }

    fn around(&self, held: Option<i64>) -> Around {
        Around { now: self.now, clock: self.clock, held }
    }

    /// Whether the clock may be known, where it is asked for.
    fn may_tell_time(&self, be: &Be) -> bool {
        let zone = of_attribute("time_zone", &self.world.privacy);
        !matches!(be, Be::Anniversary(_)) || self.allowed.contains(&zone)
    }

    /// Of what is unknown it is tried what would be if it were true and if it were false. A
    /// range is met where both of its ends are.
    fn points(&self, parts: &[(Ask, i32)], bound: Bound) -> Option<bool> {
        if let Bound::Between(least, most) = bound {
            let ends = [Bound::AtLeast(least), Bound::AtMost(most)];
            let ends = ends.map(|end| self.points(parts, end));
            let unmet = ends.contains(&Some(false));
            return if unmet { Some(false) } else { ends[0].and(ends[1]) };
        }
        let parts: Vec<(Option<bool>, i64)> =
            parts.iter().map(|(part, points)| (self.truth(part), i64::from(*points))).collect();
        let unknown = parts.iter().filter(|(truth, _)| truth.is_none()).count();
        let mut answers = BTreeSet::new();
        for mut possible in 0..1u32 << unknown {
            let mut sum = 0;
            for (truth, points) in &parts {
                let counts = truth.unwrap_or_else(|| {
                    let counts = possible & 1 == 1;
                    possible >>= 1;
                    counts
                });
                sum += if counts { *points } else { 0 };
            }
            answers.insert(bound.holds(sum));
        }
        if answers.len() == 1 { answers.first().copied() } else { None }
    }
}

/// None is in no range.
fn lies(figure: Option<i128>, bound: Bound) -> bool {
    figure.is_some_and(|figure| bound.holds(figure.try_into().unwrap()))
}

/// The instants of the distinct orders that were bought; a line without an order is one.
pub fn orders(rows: &[&Row]) -> Vec<i64> {
    let mut met: BTreeSet<&String> = BTreeSet::new();
    let mut orders = Vec::new();
    for row in rows.iter().filter(|row| row.did.kind == Kind::Purchased) {
        if row.did.order.as_ref().is_none_or(|order| met.insert(order)) {
            orders.push(row.at);
        }
    }
    orders
}
