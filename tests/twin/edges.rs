//! Every instant at which an answer about a customer can change by itself.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use confidant::Value;

use super::clock::Clock;
use super::person::{Person, Row};
use super::stage::rhythm;
use super::truth::orders;
use crate::common::ask::{Ask, Edges};
use crate::common::world::{DAY, World};

/// Those from one instant to another.
pub fn edges<'a>(
    world: &World,
    asks: impl IntoIterator<Item = &'a Ask>,
    person: &Person,
    range: RangeInclusive<i64>,
) -> BTreeSet<i64> {
    let told = Edges::of(asks);
    let mut found = Range { range, edges: BTreeSet::new() };
    let privacy = &world.privacy;
    for (at, _) in &person.choices.0 {
        found.insert(*at);
        for purpose in privacy.purposes.keys() {
            privacy.ends(purpose, *at).into_iter().for_each(|end| found.insert(end));
        }
    }
    for at in begin(person) {
        told.spans.iter().for_each(|span| found.insert(at + span));
        if told.every_day {
            let days = (found.range.start() - at) / DAY..=(found.range.end() - at) / DAY + 1;
            days.for_each(|day| found.insert(at + day * DAY));
        }
    }
    if told.by_rhythm {
        by_rhythm(person, &mut found);
    }
    if told.by_clock {
        let zones = person.facts.iter().filter(|(name, ..)| name == "time_zone");
        let clocks = zones.map(|(.., zone)| Clock::of(Some(zone), &world.zone));
        for clock in clocks.chain([Clock::of(None, &world.zone)]) {
            let midnights = clock.midnights(*found.range.start(), *found.range.end());
            midnights.into_iter().for_each(|at| found.insert(at));
        }
    }
    found.edges
}

struct Range {
    range: RangeInclusive<i64>,
    edges: BTreeSet<i64>,
}

impl Range {
    fn insert(&mut self, at: i64) {
        if self.range.contains(&at) {
            self.edges.insert(at);
        }
    }
}

/// When something was done, was stated, or is an instant that is told of.
fn begin(person: &Person) -> Vec<i64> {
    let mut begin: Vec<i64> = person.rows.iter().map(|row| row.at).collect();
    for (_, at, value) in &person.facts {
        begin.push(*at);
        instants(value, &mut begin);
    }
    begin.sort();
    begin.dedup();
    begin
}

/// The instants in a value.
fn instants(value: &Value, into: &mut Vec<i64>) {
    match value {
        Value::Instant(at) => into.push(at.as_millis()),
        Value::Records(list) => {
            let all = list.iter().flat_map(|one| one.values().values());
            all.for_each(|value| instants(value, into));
        }
        _ => {}
    }
}

/// So many rhythms after an order, by each rhythm that there ever was.
fn by_rhythm(person: &Person, found: &mut Range) {
    let mut rows: Vec<&Row> = person.rows.iter().collect();
    rows.sort_by_key(|row| row.at);
    let orders = orders(&rows);
    let rhythms: BTreeSet<i64> = (1..=orders.len()).map(|n| rhythm(&orders[..n])).collect();
    for (at, rhythm) in orders.iter().flat_map(|at| rhythms.iter().map(move |r| (at, r))) {
        [3, 6, 12].into_iter().for_each(|n| found.insert(at + n * rhythm));
        [3, 6].into_iter().for_each(|n| found.insert(at + n * rhythm + 1));
    }
}
