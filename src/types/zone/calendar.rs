//! Days, weeks, months, quarters and years as people of a time zone count them.
//!
//! A day begins at the first instant at which the clock there shows its midnight or later.
//! So where the clock jumps over midnight, it begins with the jump; where midnight comes
//! twice, with the first; and where a whole day was left out, that one is empty. A day lasts
//! until the next one begins, whatever the clock shows: put back over midnight, it does not
//! bring the day before back.

use chrono::{Datelike, NaiveDate};
use jiff::Timestamp as Instant;
use serde::{Deserialize, Serialize};

use super::Zone;
use crate::types::Timestamp;

/// Milliseconds of a day of 24 hours.
const DAY: i64 = 86_400_000;

/// More than any clock was ever ahead of or behind UTC, in milliseconds.
const WIDEST: i64 = 26 * 3_600_000;

/// A unit of the calendar, as counted in a [`Zone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// From midnight to midnight: 23 or 25 hours when clocks change.
    Day,
    /// From Monday on (ISO 8601).
    Week,
    /// From the first on.
    Month,
    /// From the first of January, April, July or October on.
    Quarter,
    /// From the first of January on.
    Year,
}

/// An instant, or the nearest of the years -9999 to 9999.
fn instant(millis: i64) -> Instant {
    let nearest = if millis < 0 { Instant::MIN } else { Instant::MAX };
    Instant::from_millisecond(millis).unwrap_or(nearest)
}

impl CalendarUnit {
    /// The first day of the unit that is so many units before the one of a day.
    fn first_day(self, day: i32, back: i64) -> Option<i32> {
        let first = match self {
            Self::Day => i64::from(day) - back,
            // The first of January 1970 was a Thursday.
            Self::Week => i64::from(day) - (i64::from(day) + 3).rem_euclid(7) - 7 * back,
            Self::Month => return first_of_months(day, 1, back),
            Self::Quarter => return first_of_months(day, 3, back),
            Self::Year => return first_of_months(day, 12, back),
        };
        i32::try_from(first).ok()
    }
}

/// The same for a unit of so many months.
fn first_of_months(day: i32, months: i64, back: i64) -> Option<i32> {
    let date = NaiveDate::from_epoch_days(day)?;
    let month = i64::from(date.year()) * 12 + i64::from(date.month0());
    let first = (month.div_euclid(months) - back) * months;
    let year = i32::try_from(first.div_euclid(12)).ok()?;
    let date = NaiveDate::from_ymd_opt(year, first.rem_euclid(12) as u32 + 1, 1)?;
    Some(date.to_epoch_days())
}

#[allow(dead_code, reason = "rules about calendars ask for all of it")]
impl Zone {
    /// How far the clock is ahead of UTC, in milliseconds.
    fn offset(&self, at: i64) -> i64 {
        i64::from(self.rules.to_offset(instant(at)).seconds()) * 1000
    }

    /// The first instant of a day, counted from 1970-01-01.
    pub(crate) fn start_of_day(&self, day: i32) -> Timestamp {
        let midnight = i64::from(day) * DAY;
        let mut from = midnight - WIDEST;
        let mut offset = self.offset(from);
        for change in self.rules.following(instant(from)) {
            let at = change.timestamp().as_millisecond();
            if midnight - offset < at {
                break;
            }
            (from, offset) = (at, i64::from(change.offset().seconds()) * 1000);
        }
        Timestamp::from_millis(from.max(midnight - offset))
    }

    /// The day of an instant, counted from 1970-01-01.
    pub(crate) fn day(&self, at: Timestamp) -> i32 {
        let millis = instant(at.as_millis()).as_millisecond();
        let mut day = (millis + self.offset(millis)).div_euclid(DAY) as i32;
        while self.start_of_day(day + 1).as_millis() <= millis {
            day += 1;
        }
        day
    }

    /// The first instant of the unit that lies so many units before the one of an instant;
    /// before everything, where there is none in our years.
    pub(crate) fn start_of(&self, unit: CalendarUnit, at: Timestamp, back: u32) -> Timestamp {
        if at.as_millis() < Instant::MIN.as_millisecond() {
            return Timestamp::MIN;
        }
        let first = unit.first_day(self.day(at), i64::from(back));
        first.map_or(Timestamp::MIN, |day| self.start_of_day(day))
    }

    /// The first instant of the next unit; after everything, where there is none in our
    /// years.
    pub(crate) fn next_start(&self, unit: CalendarUnit, at: Timestamp) -> Timestamp {
        if at.as_millis() > Instant::MAX.as_millisecond() {
            return Timestamp::MAX;
        }
        let first = unit.first_day(self.day(at), -1);
        first.map_or(Timestamp::MAX, |day| self.start_of_day(day))
    }

    /// Whole days from that of an instant to the next with the month and day of another;
    /// zero on the day itself. The 29th of February is the 28th in years without it.
    pub(crate) fn days_to_anniversary(&self, of: Timestamp, at: Timestamp) -> u32 {
        let today = self.day(at);
        let dates = [self.day(of), today].map(NaiveDate::from_epoch_days);
        let [Some(of), Some(date)] = dates else { return 0 };
        let on = |day| move |year| NaiveDate::from_ymd_opt(year, of.month(), day);
        let in_year = |year| on(of.day())(year).or_else(|| on(of.day() - 1)(year));
        let days = (date.year()..=date.year() + 1).filter_map(in_year);
        let mut left = days.map(|day| i64::from(day.to_epoch_days()) - i64::from(today));
        left.find(|left| *left >= 0).map_or(0, |left| left as u32)
    }
}
