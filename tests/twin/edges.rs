//! Every instant at which an answer about a customer can change by itself.

use std::collections::BTreeSet;

use confidant::Value;

use super::clock::Clock;
use super::person::Person;
use crate::common::ask::{Ask, Edges};
use crate::common::world::{DAY, World};

/// From the first thing that is known to so long after the end of the world.
pub fn edges<'a>(
    world: &World,
    asks: impl IntoIterator<Item = &'a Ask>,
    person: &Person,
    later: i64,
) -> BTreeSet<i64> {
    let told = Edges::of(asks);
    let mut begin: Vec<i64> = person.rows.iter().map(|row| row.at).collect();
    let choices = person.choices.0.iter().map(|(at, _)| *at);
    let privacy = &world.privacy;
    let ends = choices.clone().flat_map(|at| {
        privacy.purposes.keys().flat_map(move |purpose| privacy.ends(purpose, at))
    });
    let mut edges: BTreeSet<i64> = choices.clone().chain(ends).collect();
    for (_, at, value) in &person.facts {
        begin.push(*at);
        instants(value, &mut begin);
    }
    for at in &begin {
        edges.extend(told.spans.iter().map(|span| at + span));
        if told.every_day {
            edges.extend((1..=(world.end + later - at) / DAY).map(|day| at + day * DAY));
        }
    }
    let from = begin.iter().chain(edges.first()).min().copied().unwrap_or(world.end);
    let from = from.max(world.end - 100 * DAY);
    if told.by_clock {
        let zones = person.facts.iter().filter(|(name, ..)| name == "time_zone");
        let clocks = zones.map(|(.., zone)| Clock::of(Some(zone), &world.zone));
        for clock in clocks.chain([Clock::of(None, &world.zone)]) {
            edges.extend(clock.midnights(from, world.end + later));
        }
    }
    edges
}

/// The instants in a value.
fn instants(value: &Value, into: &mut Vec<i64>) {
    if let Value::Instant(at) = value {
        into.push(at.as_millis());
    }
}
