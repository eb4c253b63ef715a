//! Whether what is asked of a customer is true, false, or not to be known.

use std::collections::BTreeSet;

use confidant::{DataCategory, Kind, Purpose, Value};

use super::choice::Categories;
use super::person::{Person, Row, of_attribute, of_kind};
use crate::common::ask::{Ask, Be, Bound, Measure, Past};
use crate::common::world::{Privacy, World};

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
        Self { world, segments, now, allowed, visit, rows, person }
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
                may.then(|| meets(self.attribute(name), be))
            }
            Ask::Session(name, be) => {
                let visit = self.visit.as_ref()?;
                let value = visit.iter().find(|(known, _)| known == name).map(|(_, value)| value);
                Some(meets(value, be))
            }
            Ask::Past(past) => self.past(past),
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
        let known = self.person.facts.iter().filter(|(n, at, _)| n == name && *at <= self.now);
        known.max_by_key(|(_, at, _)| *at).map(|(.., value)| value)
    }

    fn past(&self, past: &Past) -> Option<bool> {
        if !needed(past, &self.world.privacy).is_subset(&self.allowed) {
            return None;
        }
        let rows = self.rows.iter().filter(|row| self.fits(row, past));
        let rows: Vec<&&Row> =
            rows.filter(|row| past.within.is_none_or(|w| row.at > self.now - w)).collect();
        let measured = match &past.measure {
            Measure::Count => rows.len() as i64,
            Measure::Orders => {
                let orders = rows.iter().filter_map(|row| row.did.order.as_ref());
                orders.collect::<BTreeSet<_>>().len() as i64
            }
            Measure::Total(currency) => {
                let amounts = rows.iter().filter_map(|row| row.did.amount.as_ref());
                amounts.filter(|(_, in_)| in_ == currency).map(|(micros, _)| micros).sum()
            }
            Measure::Since => match rows.iter().map(|row| row.at).max() {
                Some(at) => self.now - at,
                None => return Some(false),
            },
        };
        Some(match past.bound {
            Bound::AtLeast(least) => measured >= least,
            Bound::AtMost(most) => measured <= most,
        })
    }

    pub fn fits(&self, row: &Row, past: &Past) -> bool {
        let below = |item: &String| {
            self.world.ware(item).category.iter().map(|c| c.to_string()).collect::<Vec<_>>()
        };
        let any = past.kinds.is_empty() && is_dealing(&row.did.kind);
        (any || past.kinds.contains(&row.did.kind))
            && (past.channel.is_none() || past.channel == row.channel)
            && (past.item.is_none() || past.item == row.did.item)
            && (past.category.is_empty()
                || row.did.item.as_ref().is_some_and(|i| below(i).starts_with(&past.category)))
    }
}

/// What is posted, and what devices report, is meant only where it is named.
fn is_dealing(kind: &Kind) -> bool {
    !matches!(kind, Kind::Posted | Kind::Sensed)
}

/// Any kind needs every category that a kind of dealing can have.
pub fn needed(past: &Past, privacy: &Privacy) -> Categories {
    if !past.kinds.is_empty() {
        return past.kinds.iter().map(|kind| of_kind(kind, privacy)).collect();
    }
    let base = Kind::BASE.iter().filter(|kind| is_dealing(kind));
    let base = base.map(|kind| of_kind(kind, privacy));
    base.chain(privacy.kinds.values().cloned()).chain([DataCategory::Other]).collect()
}

/// A missing value meets nothing; values of different types are never equal and never
/// ordered.
fn meets(value: Option<&Value>, be: &Be) -> bool {
    let Some(value) = value else {
        return false;
    };
    match be {
        Be::There => true,
        Be::OneOf(values) => values.contains(value),
        Be::AtLeast(bound) => match (value, bound) {
            (Value::Number(a), Value::Number(b)) => a >= b,
            (Value::Instant(a), Value::Instant(b)) => a >= b,
            _ => false,
        },
        Be::AtMost(bound) => match (value, bound) {
            (Value::Number(a), Value::Number(b)) => a <= b,
            (Value::Instant(a), Value::Instant(b)) => a <= b,
            _ => false,
        },
    }
}
