//! Lengths of time and local days as conditions name them: whole milliseconds and days,
//! written in words in formats that people read.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::types::millis;

/// A length of time in milliseconds. Some point into the future and are negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span(pub(crate) i64);

/// A local day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) i32);

/// The units of a span, the largest first, with their milliseconds.
pub(super) const UNITS: [(&str, i64); 5] = [
    ("days", 86_400_000),
    ("hours", 3_600_000),
    ("minutes", 60_000),
    ("seconds", 1_000),
    ("ms", 1),
];

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(millis(duration))
    }
}

/// In the largest unit that it is whole in.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, unit): &&(&str, i64)| self.0 != 0 && self.0 % unit == 0;
        let (name, unit) = UNITS.iter().find(whole).unwrap_or(&("ms", 1));
        write!(f, "{} {name}", self.0 / unit)
    }
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text.split_once(' ').and_then(|(number, name)| {
            let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == name)?;
            Some(Self(number.parse::<i64>().ok()?.checked_mul(*unit)?))
        });
        let wrong = || Error::configuration("not a length of time: expected one as `90 days`");
        parsed.ok_or_else(wrong)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let epoch = NaiveDate::default();
        let day = match u64::try_from(self.0) {
            Ok(after) => epoch.checked_add_days(Days::new(after)),
            Err(_) => epoch.checked_sub_days(Days::new(self.0.unsigned_abs().into())),
        };
        match day {
            Some(day) => write!(f, "{day}"),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl FromStr for Day {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::configuration("not a date: expected one as `2026-03-31`");
        if let Some(number) = text.strip_prefix("day ") {
            return number.parse().map(Self).map_err(|_| wrong());
        }
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
        i32::try_from((day - NaiveDate::default()).num_days()).map(Self).map_err(|_| wrong())
    }
}

/// A text in formats that people read, a number in those that they do not.
macro_rules! in_words {
    ($($name:ident $number:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
                if !from.is_human_readable() {
                    return $number::deserialize(from).map(Self);
                }
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

in_words!(Span i64 Day i32);
