//! An instant, in whole milliseconds since 1970-01-01T00:00:00Z.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// An instant, to the millisecond, in UTC. Time always comes in from the host;
/// nothing in this crate reads a clock.
///
/// ```
/// use confidant::{Timestamp, days};
///
/// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
/// assert_eq!((monday + days(3)).to_string(), "2026-03-05T18:20:00Z");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// That many days of 24 hours.
#[must_use]
pub const fn days(n: u32) -> Duration {
    Duration::from_secs(n as u64 * 86_400)
}

/// That many hours.
#[must_use]
pub const fn hours(n: u32) -> Duration {
    Duration::from_secs(n as u64 * 3_600)
}

/// That many minutes.
#[must_use]
pub const fn minutes(n: u32) -> Duration {
    Duration::from_secs(n as u64 * 60)
}

/// Refuses instants that are no date of ours: before 1900 or after 9999.
pub(crate) fn check_instant(field: &'static str, instant: Timestamp) -> Result<()> {
    const YEARS: std::ops::RangeInclusive<i64> = -2_208_988_800_000..=253_402_300_799_999;
    if YEARS.contains(&instant.0) {
        return Ok(());
    }
    Err(Error::input(
        field,
        format!("`{field}` is out of range: expected an instant from 1900 to 9999"),
    ))
}

/// A duration in whole milliseconds, cut off at what an instant can hold.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Timestamp {
    /// So many milliseconds later, or never.
    pub(crate) fn later(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This instant, or the last one before the end of time, which stands for never.
    pub(crate) fn before_never(self) -> Self {
        self.min(Self::from_millis(Self::MAX.as_millis() - 1))
    }

    /// Before everything.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything: where a question "until when" is answered by "for ever".
    pub const MAX: Self = Self(i64::MAX);

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this instant; nothing if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0))
            .map_or(Duration::ZERO, Duration::from_millis)
    }

    /// Milliseconds from an earlier instant to this one; none if it is later.
    pub(crate) fn since_millis(self, earlier: i64) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier)).unwrap_or(0)
    }

    /// The hour of the day, from 0 to 23, where clocks are so many minutes ahead of UTC.
    pub(crate) fn hour(self, utc_offset_minutes: i32) -> u8 {
        let local = self.0.saturating_add(i64::from(utc_offset_minutes) * 60_000);
        local.div_euclid(3_600_000).rem_euclid(24) as u8
    }

    /// Whole days of 24 hours since 1970-01-01T00:00:00Z, rounded down.
    pub(crate) fn day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }

    fn utc(self) -> Option<DateTime<Utc>> {
        Utc.timestamp_millis_opt(self.0).single()
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_millis())
    }
}

/// RFC 3339, or a date, which means its first instant in UTC.
impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(instant.timestamp_millis()));
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .and_then(|date| date.and_hms_opt(0, 0, 0))
            .map(|midnight| Self(midnight.and_utc().timestamp_millis()))
            .ok_or_else(|| {
                Error::input(
                    "at",
                    "not an instant: expected RFC 3339, as in `2026-03-02T18:20:00Z`",
                )
            })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.utc() {
            Some(instant) => f.write_str(&instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text in formats that people read, milliseconds in those that they do not.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}
