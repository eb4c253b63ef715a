//! Provisional.
use serde::{Deserialize, Serialize};

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// D
    Day,
    /// W
    Week,
    /// M
    Month,
    /// Q
    Quarter,
    /// Y
    Year,
}

/// P
#[derive(Debug, Clone)]
pub struct Zone;

impl Zone {
    pub(crate) fn start_of(
        &self,
        _: CalendarUnit,
        at: crate::types::Timestamp,
        _: u32,
    ) -> crate::types::Timestamp {
        at
    }
    pub(crate) fn next_start(
        &self,
        _: CalendarUnit,
        at: crate::types::Timestamp,
    ) -> crate::types::Timestamp {
        at
    }
    pub(crate) fn start_of_day(&self, _: i32) -> crate::types::Timestamp {
        crate::types::Timestamp::MAX
    }
    pub(crate) fn days_to_anniversary(
        &self,
        _: crate::types::Timestamp,
        _: crate::types::Timestamp,
    ) -> u32 {
        0
    }
}
