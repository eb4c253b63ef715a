//! A free value: of a property or of an attribute.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::record::{self, Record};
use crate::error::{Error, Result};
use crate::types::{Location, Timestamp, check_instant, check_text};

/// How many numbers a list of them may hold.
const NUMBERS: usize = 1024;

/// How many properties or attributes one event may hold, and one set texts.
pub(super) const MOST: usize = 64;

/// A value that the host gives freely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "record::Whole")]
pub enum Value {
    /// A text of at most 256 bytes.
    Text(Arc<str>),
    /// A finite number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// An instant.
    Instant(Timestamp),
    /// A set of at most 64 texts.
    Set(BTreeSet<Arc<str>>),
    /// A place on earth.
    Location(Location),
    /// A list of at most 64 records: the cars that somebody has, their children, their
    /// bookings. Lists stand in records at most four deep, and hold at most 1,024 values in
    /// all, a set as many as it has texts. An empty list is an empty set.
    Records(Vec<Record>),
    /// A list of at most 1,024 finite numbers: what was measured of somebody, as a vector. An
    /// empty list is an empty set.
    Numbers(Vec<f64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}

impl From<Location> for Value {
    fn from(location: Location) -> Self {
        Self::Location(location)
    }
}

/// A list of records.
impl<const N: usize> From<[Record; N]> for Value {
    fn from(records: [Record; N]) -> Self {
        Self::from(Vec::from(records))
    }
}

/// A list of records.
impl From<Vec<Record>> for Value {
    fn from(records: Vec<Record>) -> Self {
        Self::Records(records).settled()
    }
}

/// A set of texts.
impl<T: Into<Arc<str>>, const N: usize> From<[T; N]> for Value {
    fn from(texts: [T; N]) -> Self {
        Self::Set(texts.into_iter().map(Into::into).collect())
    }
}

/// A set of texts.
impl<T: Into<Arc<str>>> From<Vec<T>> for Value {
    fn from(texts: Vec<T>) -> Self {
        Self::Set(texts.into_iter().map(Into::into).collect())
    }
}

impl Value {
    /// A list of numbers.
    ///
    /// ```
    /// use confidant::{Event, Timestamp, Value};
    ///
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let skin = Value::numbers([0.2, 0.7, 0.1]);
    /// let measured = Event::declared("ana", monday).attribute("skin", skin);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn numbers(numbers: impl IntoIterator<Item = f64>) -> Self {
        Self::Numbers(numbers.into_iter().collect()).settled()
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Instant(instant) => write!(f, "{instant}"),
            Self::Set(texts) => {
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                write!(f, "{{{}}}", texts.join(", "))
            }
            Self::Location(location) => write!(f, "{location}"),
            Self::Records(records) => record::write(f, records),
            Self::Numbers(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
                write!(f, "[{}]", numbers.join(", "))
            }
        }
    }
}

pub(crate) fn check_all<'a>(
    field: &'static str,
    values: impl ExactSizeIterator<Item = (&'a Arc<str>, &'a Value)>,
) -> Result<()> {
    if values.len() > MOST {
        return Err(Error::input(
            field,
            format!("`{field}` holds too many values: expected at most {MOST}"),
        ));
    }
    for (name, value) in values {
        check_text(field, name)?;
        value.check(field)?;
    }
    Ok(())
}

impl Value {
    /// Refuses what cannot be kept or compared.
    pub(crate) fn check(&self, field: &'static str) -> Result<()> {
        match self {
            Self::Text(text) => check_text(field, text),
            Self::Number(number) if !number.is_finite() => Err(Error::input(
                field,
                format!("`{field}` holds a number that is not finite: expected a finite one"),
            )),
            Self::Instant(instant) => check_instant(field, *instant),
            Self::Set(texts) if texts.len() > MOST => Err(Error::input(
                field,
                format!("`{field}` holds a set of too many texts: expected at most {MOST}"),
            )),
            Self::Set(texts) => texts.iter().try_for_each(|text| check_text(field, text)),
            Self::Records(records) => record::check(field, records),
            Self::Numbers(numbers) if numbers.len() > NUMBERS => Err(Error::input(
                field,
                format!("`{field}` holds a list of too many numbers: expected at most 1,024"),
            )),
            Self::Numbers(numbers) => {
                numbers.iter().try_for_each(|number| Self::Number(*number).check(field))
            }
            Self::Number(_) | Self::Flag(_) | Self::Location(_) => Ok(()),
        }
    }

    /// The one form of what has two: an empty list.
    pub(super) fn settled(self) -> Self {
        match self {
            Self::Records(records) if records.is_empty() => Self::Set(BTreeSet::new()),
            Self::Numbers(numbers) if numbers.is_empty() => Self::Set(BTreeSet::new()),
            value => value,
        }
    }

    /// How many a set or a list holds.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Self::Set(texts) => Some(texts.len()),
            Self::Records(list) => Some(list.len()),
            Self::Numbers(list) => Some(list.len()),
            _ => None,
        }
    }

    /// Whether it is made of several values.
    pub(crate) fn is_compound(&self) -> bool {
        matches!(self, Self::Set(_) | Self::Records(_) | Self::Location(_) | Self::Numbers(_))
    }

    /// An order of all values: numbers and instants by size, any others somehow, and the
    /// same for ever.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => a.cmp(b),
            (Self::Location(a), Self::Location(b)) => a.cmp(b),
            (Self::Records(a), Self::Records(b)) => record::order(a, b),
            (Self::Numbers(a), Self::Numbers(b)) => {
                let mut pairs = a.iter().zip(b).map(|(one, other)| one.total_cmp(other));
                pairs.find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ => self.place().cmp(&other.place()),
        }
    }

    fn place(&self) -> u8 {
        match self {
            Self::Text(_) => 0,
            Self::Number(_) => 1,
            Self::Flag(_) => 2,
            Self::Instant(_) => 3,
            Self::Set(_) => 4,
            Self::Location(_) => 5,
            Self::Records(_) => 6,
            Self::Numbers(_) => 7,
        }
    }
}
