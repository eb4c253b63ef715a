//! Whether a value is what it must be. A missing one meets nothing; values of different
//! types are never equal and never ordered.

use std::cmp::Ordering;

use confidant::Value;

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
            _ => false,
        },
        Be::Some(_) => panic!("no lists yet"),
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

/// Whether a question is one of fields alone.
pub fn is_of_fields(ask: &Ask) -> bool {
    match ask {
        Ask::Always | Ask::Attribute(..) => true,
        Ask::All(parts) | Ask::Any(parts) => parts.iter().all(is_of_fields),
        Ask::Not(part) => is_of_fields(part),
        _ => false,
    }
}
