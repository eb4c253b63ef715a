//! Whose clock is meant: a time zone, and what a calendar makes of an instant there.

mod calendar;
#[cfg(test)]
mod twin;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

pub use calendar::CalendarUnit;

/// A time zone of the [IANA database](https://www.iana.org/time-zones), by its name there.
///
/// The database comes with this crate: no answer hangs on the machine, and new rules come
/// with a new version. Names are told apart by capital letters, and two names of one zone,
/// as `Asia/Kolkata` and `Asia/Calcutta`, are two.
///
/// ```
/// use confidant::Zone;
///
/// let zone: Zone = "Europe/Lisbon".parse()?;
/// assert_eq!(zone.name(), "Europe/Lisbon");
/// assert!("Europe/Atlantis".parse::<Zone>().is_err());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Zone {
    name: &'static str,
    rules: &'static TimeZone,
}

/// A zone of the database, read when it is first asked for.
struct Listed {
    name: Box<str>,
    rules: OnceLock<Option<TimeZone>>,
}

static UTC: TimeZone = TimeZone::UTC;

/// All zones, by name.
static LISTED: OnceLock<Vec<Listed>> = OnceLock::new();

fn listed() -> &'static [Listed] {
    LISTED.get_or_init(|| {
        let database = TimeZoneDatabase::bundled();
        let names = database.available().map(|name| name.as_str().into());
        let mut listed: Vec<Listed> =
            names.map(|name| Listed { name, rules: OnceLock::new() }).collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        listed
    })
}

impl Zone {
    /// Coordinated Universal Time, which every instant of this crate is told in.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC", rules: &UTC }
    }

    /// Its name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// The zone of a name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let listed = listed();
        let found = listed.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
        let found = listed.get(found)?;
        let rules = found.rules.get_or_init(|| TimeZoneDatabase::bundled().get(name).ok());
        Some(Self { name: &found.name, rules: rules.as_ref()? })
    }
}

/// UTC.
impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| {
            Error::input(
                "time_zone",
                "`time_zone` is not known: expected a name of the IANA database, \
                 as in `Europe/Lisbon`",
            )
        })
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

/// Its name.
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}
