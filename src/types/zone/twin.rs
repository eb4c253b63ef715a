//! The calendar of a zone, found by walking along the clock, minute by minute and day by
//! day. Slow, and plain enough to be believed.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Weekday};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{CalendarUnit, Zone};
use crate::types::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const UNITS: [CalendarUnit; 5] = [
    CalendarUnit::Day,
    CalendarUnit::Week,
    CalendarUnit::Month,
    CalendarUnit::Quarter,
    CalendarUnit::Year,
];

const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Lisbon",
    "Europe/Moscow",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Antarctica/Troll",
];

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What the clock shows.
fn clock(zone: &Zone, at: i64) -> NaiveDateTime {
    let secs = jiff::Timestamp::from_millisecond(at).unwrap();
    let offset = i64::from(zone.rules.to_offset(secs).seconds());
    DateTime::from_timestamp_millis(at + offset * 1000).unwrap().naive_utc()
}

/// The first minute at which the clock shows this date or a later one.
fn begins(zone: &Zone, date: NaiveDate) -> i64 {
    let noon = date.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_millis();
    let mut minute = noon - 48 * HOUR;
    while clock(zone, minute).date() < date {
        minute += MINUTE;
    }
    minute
}

/// The date whose beginning is the last one not after an instant.
fn date(zone: &Zone, at: i64) -> NaiveDate {
    let mut date = clock(zone, at).date() + Days::new(2);
    while begins(zone, date) > at {
        date = date.pred_opt().unwrap();
    }
    date
}

/// Whether a unit begins with a date.
fn is_first(unit: CalendarUnit, date: NaiveDate) -> bool {
    match unit {
        CalendarUnit::Day => true,
        CalendarUnit::Week => date.weekday() == Weekday::Mon,
        CalendarUnit::Month => date.day() == 1,
        CalendarUnit::Quarter => date.day() == 1 && [1, 4, 7, 10].contains(&date.month()),
        CalendarUnit::Year => date.ordinal() == 1,
    }
}

fn back(unit: CalendarUnit, mut date: NaiveDate, back: u32) -> NaiveDate {
    for n in 0..=back {
        if n > 0 {
            date = date.pred_opt().unwrap();
        }
        while !is_first(unit, date) {
            date = date.pred_opt().unwrap();
        }
    }
    date
}

fn next(unit: CalendarUnit, date: NaiveDate) -> NaiveDate {
    date.iter_days().skip(1).find(|date| is_first(unit, *date)).unwrap()
}

fn agree(zone: &Zone, millis: i64, random: &mut StdRng) {
    let (at, today) = (Timestamp::from_millis(millis), date(zone, millis));
    let place = || format!("{zone} {at}");
    assert_eq!(zone.day(at), today.to_epoch_days(), "{}", place());
    for unit in UNITS {
        let so_many = random.random_range(0..6);
        let first = Timestamp::from_millis(begins(zone, back(unit, today, so_many)));
        assert_eq!(zone.start_of(unit, at, so_many), first, "{unit:?} {so_many} {}", place());
        let after = Timestamp::from_millis(begins(zone, next(unit, today)));
        assert_eq!(zone.next_start(unit, at), after, "{unit:?} {}", place());
        assert!(zone.start_of(unit, at, 0) <= at && at < after, "{unit:?} {}", place());
    }
    let of = millis + random.random_range(-400..400) * 24 * HOUR;
    let born = date(zone, of);
    let is_it = |day: NaiveDate| {
        let leap = NaiveDate::from_ymd_opt(day.year(), 2, 29).is_some();
        let (month, of_month) = (born.month(), born.day());
        let moved = (month, of_month) == (2, 29) && !leap;
        (day.month(), day.day()) == if moved { (2, 28) } else { (month, of_month) }
    };
    let left = today.iter_days().position(is_it).unwrap();
    let found = zone.days_to_anniversary(Timestamp::from_millis(of), at);
    assert_eq!(found as usize, left, "{} {born}", place());
}

#[test]
fn a_calendar_is_what_the_clock_shows() {
    let mut random = StdRng::seed_from_u64(6);
    for name in ZONES {
        let zone = zone(name);
        for _ in 0..60 {
            let minutes = random.random_range(0..70 * 365 * 24 * 60);
            agree(&zone, minutes * MINUTE + random.random_range(0..MINUTE), &mut random);
        }
    }
}

#[test]
fn and_around_every_change_of_a_clock() {
    let mut random = StdRng::seed_from_u64(7);
    for name in ZONES {
        let zone = zone(name);
        let mut changes: Vec<i64> = (0..70 * 365 * 4)
            .map(|n| n * 6 * HOUR)
            .filter(|from| {
                let offset = |at: i64| clock(&zone, at).and_utc().timestamp_millis() - at;
                offset(*from) != offset(from + 6 * HOUR)
            })
            .collect();
        while changes.len() > 30 {
            changes.swap_remove(random.random_range(0..changes.len()));
        }
        for change in changes {
            agree(&zone, change + random.random_range(-30 * HOUR..36 * HOUR), &mut random);
        }
    }
}

/// From what was in the news; no rule of ours.
#[test]
fn days_that_are_known() {
    let days = [
        // Zone, an instant, the first instant of its day, and of the next one.
        ("UTC", "2026-03-02T18:20:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"),
        ("Europe/Lisbon", "2026-03-29T12:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("Europe/Lisbon", "2026-10-25T12:00:00Z", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"),
        ("Europe/Moscow", "2026-03-02T20:59:59Z", "2026-03-01T21:00:00Z", "2026-03-02T21:00:00Z"),
        ("Europe/Moscow", "2014-10-26T10:00:00Z", "2014-10-25T20:00:00Z", "2014-10-26T21:00:00Z"),
        (
            "America/New_York",
            "2026-11-01T12:00:00Z",
            "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z",
        ),
        // No midnight on 2018-11-04: the clock goes from 24:00 of the 3rd to 01:00.
        (
            "America/Sao_Paulo",
            "2018-11-04T12:00:00Z",
            "2018-11-04T03:00:00Z",
            "2018-11-05T02:00:00Z",
        ),
        // Two hours from 23:00 on: the 17th of February 2018 lasts 25 hours.
        (
            "America/Sao_Paulo",
            "2018-02-18T02:30:00Z",
            "2018-02-17T02:00:00Z",
            "2018-02-18T03:00:00Z",
        ),
        // Midnight comes twice: one minute later the clock is put back by an hour.
        (
            "America/St_Johns",
            "2005-10-30T02:35:00Z",
            "2005-10-30T02:30:00Z",
            "2005-10-31T03:30:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T02:00:00Z",
            "2026-04-04T13:00:00Z",
            "2026-04-05T13:30:00Z",
        ),
        ("Asia/Kathmandu", "2026-03-02T18:20:00Z", "2026-03-02T18:15:00Z", "2026-03-03T18:15:00Z"),
        // After the 29th of December 2011 came the 31st.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
        // The rules of today go on.
        ("Europe/Lisbon", "2345-07-01T12:00:00Z", "2345-06-30T23:00:00Z", "2345-07-01T23:00:00Z"),
    ];
    for (name, instant, first, after) in days {
        let (zone, instant) = (zone(name), at(instant));
        let day = CalendarUnit::Day;
        assert_eq!(zone.start_of(day, instant, 0), at(first), "{name} {instant}");
        assert_eq!(zone.next_start(day, instant), at(after), "{name} {instant}");
        assert_eq!(zone.start_of_day(zone.day(instant)), at(first), "{name} {instant}");
    }
}

#[test]
fn units_that_are_known() {
    let now = "2026-05-20T10:00:00Z";
    let units = [
        (CalendarUnit::Week, 0, "2026-05-17T23:00:00Z", "2026-05-24T23:00:00Z"),
        (CalendarUnit::Week, 7, "2026-03-29T23:00:00Z", "2026-05-24T23:00:00Z"),
        (CalendarUnit::Month, 0, "2026-04-30T23:00:00Z", "2026-05-31T23:00:00Z"),
        (CalendarUnit::Month, 5, "2025-12-01T00:00:00Z", "2026-05-31T23:00:00Z"),
        (CalendarUnit::Quarter, 0, "2026-03-31T23:00:00Z", "2026-06-30T23:00:00Z"),
        (CalendarUnit::Quarter, 2, "2025-09-30T23:00:00Z", "2026-06-30T23:00:00Z"),
        (CalendarUnit::Year, 0, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        (CalendarUnit::Year, 56, "1969-12-31T23:00:00Z", "2027-01-01T00:00:00Z"),
    ];
    let lisbon = zone("Europe/Lisbon");
    for (unit, back, first, after) in units {
        assert_eq!(lisbon.start_of(unit, at(now), back), at(first), "{unit:?} {back}");
        assert_eq!(lisbon.next_start(unit, at(now)), at(after), "{unit:?}");
    }
}

#[test]
fn anniversaries_that_are_known() {
    let lisbon = zone("Europe/Lisbon");
    let days = [
        ("1985-05-21", "2026-05-20T10:00:00Z", 1),
        ("1985-05-20", "2026-05-20T10:00:00Z", 0),
        ("1985-05-19", "2026-05-20T10:00:00Z", 364),
        ("1984-02-29", "2026-02-27T10:00:00Z", 1),
        ("1984-02-29", "2026-02-28T10:00:00Z", 0),
        ("1984-02-29", "2028-02-28T10:00:00Z", 1),
        ("1984-02-29", "2027-03-01T00:00:00Z", 365),
        ("2030-01-01", "2026-12-31T23:59:00Z", 1),
        // The evening before, in UTC.
        ("1985-05-19T23:30:00Z", "2026-05-19T22:59:00Z", 1),
        ("1985-05-19T23:30:00Z", "2026-05-19T23:00:00Z", 0),
    ];
    for (of, now, left) in days {
        assert_eq!(lisbon.days_to_anniversary(at(of), at(now)), left, "{of} {now}");
    }
}

/// Any instant has an answer, and it is in order.
#[test]
fn no_instant_is_too_far() {
    let mut random = StdRng::seed_from_u64(8);
    let edges = [
        i64::MIN,
        i64::MIN + 1,
        jiff::Timestamp::MIN.as_millisecond() - 1,
        jiff::Timestamp::MIN.as_millisecond(),
        -5_000_000_000_000,
        0,
        jiff::Timestamp::MAX.as_millisecond(),
        jiff::Timestamp::MAX.as_millisecond() + 1,
        i64::MAX - 1,
        i64::MAX,
    ];
    let edges = edges
        .into_iter()
        .chain((0..300).map(|_| random.random::<i64>() >> (random.random::<u32>() % 30)));
    let edges: Vec<i64> = edges.collect();
    for name in ZONES {
        let zone = zone(name);
        for at in edges.iter().copied().map(Timestamp::from_millis) {
            for unit in UNITS {
                for back in [0, 1, 1000, u32::MAX] {
                    assert!(zone.start_of(unit, at, back) <= at, "{name} {unit:?} {at} {back}");
                }
                let next = zone.next_start(unit, at);
                assert!(next > at || at == Timestamp::MAX, "{name} {unit:?} {at}");
            }
            let left = zone.days_to_anniversary(at, Timestamp::from_millis(0));
            assert!(left < 366, "{name} {at}");
            let left = zone.days_to_anniversary(Timestamp::from_millis(0), at);
            assert!(left < 366, "{name} {at}");
        }
        for day in [i32::MIN, i32::MAX] {
            _ = zone.start_of_day(day);
        }
    }
}

#[test]
fn zones_are_known_by_name() {
    assert_eq!(zone("UTC"), Zone::utc());
    assert_ne!(zone("Asia/Kolkata"), zone("Asia/Calcutta"));
    assert_eq!(zone("Pacific/Apia").to_string(), "Pacific/Apia");
    assert_eq!(format!("{:?}", zone("Europe/Lisbon")), "Zone(Europe/Lisbon)");
    let sorted: BTreeSet<Zone> = ZONES.into_iter().map(zone).collect();
    assert!(sorted.iter().map(Zone::name).is_sorted());
    for unknown in ["", "Europe/lisbon", "Europe/Atlantis", "+01:00", "CET-1", "Etc/Unknown", "é"]
    {
        let error = unknown.parse::<Zone>().unwrap_err().to_string();
        assert!(error.contains("expected a name of the IANA database"), "{unknown}: {error}");
    }
    let text = serde_json::to_string(&zone("Europe/Lisbon")).unwrap();
    assert_eq!(text, "\"Europe/Lisbon\"");
    assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), zone("Europe/Lisbon"));
    assert!(serde_json::from_str::<Zone>("\"Moon/Sea\"").is_err());
    let bytes = postcard::to_allocvec(&zone("Europe/Lisbon")).unwrap();
    assert_eq!(postcard::from_bytes::<Zone>(&bytes).unwrap(), zone("Europe/Lisbon"));
}
