//! Whether a value is what it must be. A missing one meets nothing; values of different
//! types are never equal and never ordered.

use std::cmp::Ordering;

use confidant::{Record, Value};

use super::clock::Clock;
use super::pattern::found;
use crate::common::ask::{Ago, Ask, Be};

/// What there is of a value beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    pub now: i64,
    pub clock: Clock,
    /// Since when it is what it is.
    pub held: Option<i64>,
}

pub fn meets(value: Option<&Value>, be: &Be, around: Around) -> bool {
    let Some(value) = value else {
        return false;
    };
    match be {
        Be::There => true,
        Be::OneOf(values) => values.iter().any(|one| is(value, one)),
        Be::NoneOf(values) => !values.iter().any(|one| is(value, one)),
        Be::AllOf(texts) => {
            matches!(value, Value::Set(set) if texts.iter().all(|text| set.contains(&**text)))
        }
        Be::AtLeast(bound) => {
            matches!(order(value, bound), Some(Ordering::Equal | Ordering::Greater))
        }
        Be::AtMost(bound) => matches!(order(value, bound), Some(Ordering::Equal | Ordering::Less)),
        Be::MoreThan(bound) => order(value, bound) == Some(Ordering::Greater),
        Be::LessThan(bound) => order(value, bound) == Some(Ordering::Less),
        Be::Contains(part) => texts(value).iter().any(|text| text.contains(&**part)),
        Be::StartsWith(part) => texts(value).iter().any(|text| text.starts_with(&**part)),
        Be::EndsWith(part) => texts(value).iter().any(|text| text.ends_with(&**part)),
        Be::Matches(pattern) => texts(value).iter().any(|text| found(pattern, text)),
        Be::Ago(ago) => instant(value).is_some_and(|at| is_ago(around.now - at, *ago)),
        Be::Anniversary(days) => instant(value)
            .is_some_and(|at| around.clock.days_to_anniversary(at, around.now) <= *days),
        Be::Unchanged(span) => around.held.is_some_and(|held| around.now - held >= *span),
        Be::Size(bound) => match value {
            Value::Set(texts) => bound.holds(texts.len() as i64),
            Value::Records(records) => bound.holds(records.len() as i64),
            Value::Numbers(numbers) => bound.holds(numbers.len() as i64),
            _ => false,
        },
        Be::Near(lat, lon, metres) => match value {
            Value::Location(to) => {
                distance((*lat, *lon), (to.latitude(), to.longitude())) <= *metres
            }
            _ => false,
        },
        Be::Some(ask) => match value {
            Value::Records(list) => list.iter().any(|one| is_met(ask, one, around)),
            _ => false,
        },
    }
}

/// Of a set, any text of its own is meant.
fn is(value: &Value, one: &Value) -> bool {
    match (value, one) {
        (Value::Set(texts), Value::Text(one)) => texts.contains(one),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::Flag(a), Value::Flag(b)) => a == b,
        (Value::Instant(a), Value::Instant(b)) => a == b,
        _ => false,
    }
}

fn order(value: &Value, bound: &Value) -> Option<Ordering> {
    match (value, bound) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Instant(a), Value::Instant(b)) => Some(a.as_millis().cmp(&b.as_millis())),
        _ => None,
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) => vec![text],
        Value::Set(texts) => texts.iter().map(|text| &**text).collect(),
        _ => Vec::new(),
    }
}

fn instant(value: &Value) -> Option<i64> {
    match value {
        Value::Instant(at) => Some(at.as_millis()),
        _ => None,
    }
}

/// Of what lies so many milliseconds back; of the future, less than none.
fn is_ago(back: i64, ago: Ago) -> bool {
    match ago {
        Ago::MoreThan(span) => back > span,
        Ago::AtMost(span) => 0 <= back && back <= span,
        Ago::Between(least, most) => least <= back && back <= most,
        Ago::WithinNext(span) => -span <= back && back <= 0,
    }
}

/// Whether an object meets what is asked of its fields.
fn is_met(ask: &Ask, one: &Record, around: Around) -> bool {
    match ask {
        Ask::Always => true,
        Ask::All(parts) => parts.iter().all(|part| is_met(part, one, around)),
        Ask::Any(parts) => parts.iter().any(|part| is_met(part, one, around)),
        Ask::Not(part) => !is_met(part, one, around),
        Ask::Attribute(name, be) => meets(one.get(name), be, around),
        other => panic!("an object has fields alone: {other:?}"),
    }
}

/// Metres over a round earth, by the angle between two arrows from its middle.
pub fn distance(from: (f64, f64), to: (f64, f64)) -> u64 {
    let arrow = |(lat, lon): (f64, f64)| {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (a, b) = (arrow(from), arrow(to));
    let along: f64 = (0..3).map(|n| a[n] * b[n]).sum();
    let across = [(1, 2), (2, 0), (0, 1)].map(|(n, m)| a[n] * b[m] - a[m] * b[n]);
    let across = across.iter().map(|part| part * part).sum::<f64>().sqrt();
    (across.atan2(along) * 6_371_008.8).round() as u64
}
