//! Whose clock is meant: the days that people of a time zone count, found by walking.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use confidant::{CalendarUnit, Value};

use crate::common::world::{DAY, HOUR, MINUTE};

/// A clock of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock(Tz);

thread_local! {
    static BEGUN: RefCell<BTreeMap<(&'static str, NaiveDate), i64>> = RefCell::default();
}

impl Clock {
    /// That of a customer's own zone, if there is such a zone; else the host's.
    pub fn of(own: Option<&Value>, host: &str) -> Self {
        let named = |name: &str| name.parse::<Tz>().ok();
        let own = match own {
            Some(Value::Text(name)) => named(name),
            _ => None,
        };
        Self(own.unwrap_or_else(|| named(host).unwrap()))
    }

    /// What it shows.
    fn shows(self, at: i64) -> NaiveDateTime {
        DateTime::from_timestamp_millis(at).unwrap().with_timezone(&self.0).naive_local()
    }

    /// When a day begins: the first minute at which the clock shows it, or a later one.
    pub fn begins(self, day: NaiveDate) -> i64 {
        let key = (self.0.name(), day);
        if let Some(known) = BEGUN.with_borrow(|begun| begun.get(&key).copied()) {
            return known;
        }
        let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis();
        let mut minute = midnight - 30 * HOUR;
        while self.shows(minute).date() < day {
            minute += MINUTE;
        }
        BEGUN.with_borrow_mut(|begun| begun.insert(key, minute));
        minute
    }

    /// The day of an instant: the last one that has begun.
    pub fn day(self, at: i64) -> NaiveDate {
        let shown = self.shows(at).date();
        let next = shown + Days::new(1);
        if self.begins(next) <= at { next } else { shown }
    }

    /// The first day of the unit that is so many before the one of an instant.
    pub fn first_day(self, unit: CalendarUnit, at: i64, back: u32) -> NaiveDate {
        let mut day = first_day(unit, self.day(at));
        for _ in 0..back {
            day = first_day(unit, day - Days::new(1));
        }
        day
    }

    /// How many days it is to the next day of the same month and number.
    pub fn days_to_anniversary(self, of: i64, at: i64) -> u32 {
        let (born, mut day) = (self.day(of), self.day(at));
        let is_anniversary = |day: NaiveDate| {
            let rare = (born.month(), born.day()) == (2, 29) && !day.leap_year();
            (day.month(), day.day()) == (born.month(), if rare { 28 } else { born.day() })
        };
        let mut away = 0;
        while !is_anniversary(day) {
            day = day + Days::new(1);
            away += 1;
        }
        away
    }

    /// All that begins from one instant to another, and a little before.
    pub fn midnights(self, from: i64, to: i64) -> Vec<i64> {
        let mut day = self.day(from);
        let mut midnights = Vec::new();
        while self.begins(day) <= to + DAY {
            midnights.push(self.begins(day));
            day = day + Days::new(1);
        }
        midnights
    }
}

fn first_day(unit: CalendarUnit, of: NaiveDate) -> NaiveDate {
    let mut day = of;
    let is_first = |day: NaiveDate| match unit {
        CalendarUnit::Day => true,
        CalendarUnit::Week => day.weekday() == chrono::Weekday::Mon,
        CalendarUnit::Month => day.day() == 1,
        CalendarUnit::Quarter => day.day() == 1 && matches!(day.month(), 1 | 4 | 7 | 10),
        CalendarUnit::Year => day.day() == 1 && day.month() == 1,
    };
    while !is_first(day) {
        day = day - Days::new(1);
    }
    day
}
