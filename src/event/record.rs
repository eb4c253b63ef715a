//! Lists of records: values that hold values, as many and as deep as may be kept.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::Value;
use super::value::MOST;
use crate::error::{Error, Result};
use crate::types::{Location, Timestamp, check_text};

/// How deep lists may stand in records.
pub(super) const DEEPEST: usize = 4;

/// How many values a list may hold in all.
const VALUES: usize = 1024;

/// One of a list: a car, a child, a booking, as values by name. At most 64 of them, and one
/// at least.
///
/// ```
/// use confidant::{Event, Record, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
/// let cars = [
///     Record::new().set("make", "Audi").set("year", 2019),
///     Record::new().set("make", "Fiat").set("electric", true),
/// ];
/// let owns = Event::declared("ana", monday).attribute("cars", cars);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Record(BTreeMap<Arc<str>, Value>);

impl Record {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One value; named again, it is as said last.
    #[must_use]
    pub fn set(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into().settled());
        self
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Its values, by name.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<Arc<str>, Value> {
        &self.0
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Record {
    fn from(values: BTreeMap<Arc<str>, Value>) -> Self {
        Self(values.into_iter().map(|(name, value)| (name, value.settled())).collect())
    }
}

/// Refuses what is too much.
pub(super) fn check(field: &'static str, records: &[Record]) -> Result<()> {
    check_at(field, records, 1, &mut { VALUES })
}

fn check_at(field: &'static str, records: &[Record], depth: usize, left: &mut usize) -> Result<()> {
    let wrong = |what: &str| Err(Error::input(field, format!("`{field}` holds {what}")));
    if depth > DEEPEST {
        return wrong("lists of records in records without end: expected at most 4 deep");
    }
    if records.len() > MOST {
        return wrong("a list of too many records: expected at most 64");
    }
    for Record(values) in records {
        if values.is_empty() || values.len() > MOST {
            return wrong("a record of no value or of too many: expected 1 to 64");
        }
        for (name, value) in values {
            check_text(field, name)?;
            let weight = match value {
                Value::Set(_) | Value::Numbers(_) => value.size().unwrap_or(1).max(1),
                _ => 1,
            };
            let Some(rest) = left.checked_sub(weight) else {
                return wrong("records of too many values: expected at most 1,024 in all");
            };
            *left = rest;
            match value {
                Value::Records(inner) => check_at(field, inner, depth + 1, left)?,
                value => value.check(field)?,
            }
        }
    }
    Ok(())
}

/// An order of all lists, the same for ever.
pub(super) fn order(a: &[Record], b: &[Record]) -> Ordering {
    let values = |(a, b): (&Record, &Record)| {
        let pairs = a.0.iter().zip(&b.0);
        let mut pairs = pairs.map(|((a, one), (b, other))| a.cmp(b).then_with(|| one.order(other)));
        pairs.find(|order| order.is_ne()).unwrap_or_else(|| a.0.len().cmp(&b.0.len()))
    };
    let mut records = a.iter().zip(b).map(values);
    records.find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// `[{make: Audi, year: 2019}, {make: Fiat}]`
pub(super) fn write(f: &mut fmt::Formatter<'_>, records: &[Record]) -> fmt::Result {
    f.write_str("[")?;
    for (n, Record(values)) in records.iter().enumerate() {
        f.write_str(if n == 0 { "{" } else { ", {" })?;
        for (n, (name, value)) in values.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{name}: {value}")?;
        }
        f.write_str("}")?;
    }
    f.write_str("]")
}

/// A value as it is read, of which each level is a type: so bytes that somebody made up end
/// where values do, however deep they go.
pub(super) type Whole = Level<Level<Level<Level<Level<Deeper>>>>>;

/// A value whose records hold values of another level.
#[derive(Deserialize)]
#[serde(rename = "Value", rename_all = "snake_case")]
pub(super) enum Level<R> {
    Text(Arc<str>),
    Number(f64),
    Flag(bool),
    Instant(Timestamp),
    Set(BTreeSet<Arc<str>>),
    Location(Location),
    Records(Vec<BTreeMap<Arc<str>, R>>),
    Numbers(Vec<f64>),
}

/// What is too deep.
pub(super) enum Deeper {}

impl<'de> Deserialize<'de> for Deeper {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("records hold records without end"))
    }
}

impl From<Deeper> for Value {
    fn from(deeper: Deeper) -> Self {
        match deeper {}
    }
}

impl<R: Into<Value>> From<Level<R>> for Value {
    fn from(read: Level<R>) -> Self {
        let record = |values: BTreeMap<Arc<str>, R>| {
            Record(values.into_iter().map(|(name, value)| (name, value.into())).collect())
        };
        match read {
            Level::Text(text) => Self::Text(text),
            Level::Number(number) => Self::Number(number),
            Level::Flag(flag) => Self::Flag(flag),
            Level::Instant(instant) => Self::Instant(instant),
            Level::Set(texts) => Self::Set(texts),
            Level::Location(location) => Self::Location(location),
            Level::Records(records) => Self::Records(records.into_iter().map(record).collect()),
            Level::Numbers(numbers) => Self::Numbers(numbers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cars() -> Value {
        let parts = [Record::new().set("no", 1), Record::new().set("no", 2)];
        let audi = Record::new().set("make", "Audi").set("year", 2019).set("parts", parts);
        Value::from([audi, Record::new().set("make", "Fiat")])
    }

    #[test]
    fn lists_are_read_as_deep_as_they_may_be_and_no_deeper() {
        let bytes = |value: &Value| postcard::to_allocvec(value).unwrap();
        assert_eq!(postcard::from_bytes::<Value>(&bytes(&cars())).unwrap(), cars());
        let text = serde_json::to_string(&cars()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), cars());
        let mut deep = Value::from(true);
        for depth in 1..=6 {
            deep = [Record::new().set("a", deep)].into();
            let read = postcard::from_bytes::<Value>(&bytes(&deep));
            assert_eq!(read.ok().as_ref() == Some(&deep), depth <= DEEPEST, "{depth}");
            let text = serde_json::to_string(&deep).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).is_ok(), depth <= DEEPEST);
            assert_eq!(deep.check("x").is_ok(), depth <= DEEPEST, "{depth}");
        }
        let without_end = [6u8, 1, 1, 1, b'a'].repeat(1_000_000);
        assert!(postcard::from_bytes::<Value>(&without_end).is_err());
    }

    /// From the least to the greatest.
    #[test]
    fn lists_have_an_order() {
        let of = |name: &str, value: i32| Record::new().set(name, value);
        let lists: [Value; 6] = [
            [of("a", 1)].into(),
            [of("a", 1), of("a", 0)].into(),
            [of("a", 1), of("b", 0)].into(),
            [of("a", 1).set("b", 9)].into(),
            [of("a", 2)].into(),
            [of("b", 0)].into(),
        ];
        for (n, a) in lists.iter().enumerate() {
            for (m, b) in lists.iter().enumerate() {
                assert_eq!(a.order(b), n.cmp(&m), "{a} and {b}");
            }
        }
    }

    #[test]
    fn lists_are_told_in_words() {
        let words = "[{make: Audi, parts: [{no: 1}, {no: 2}], year: 2019}, {make: Fiat}]";
        assert_eq!(cars().to_string(), words);
        assert_eq!(Value::from(Vec::<Record>::new()), Value::Set(BTreeSet::new()));
    }
}
