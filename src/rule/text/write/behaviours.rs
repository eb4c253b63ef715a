//! Which behaviours, and of what time.

use std::fmt::{Formatter, Result, Write};

use chrono::{Datelike, NaiveDate};

use super::piece::{Name, Separated, category, channel, kind};
use super::{bound, each};
use crate::rule::behaviours::{Behaviours, Priced, Property, When};
use crate::rule::span::Day;
use crate::rule::text::words::CALENDAR;
use crate::types::{CalendarUnit, Money};

pub(super) fn bracketed(f: &mut Formatter<'_>, of: &Behaviours) -> Result {
    f.write_char('[')?;
    behaviours(f, of)?;
    f.write_char(']')
}

/// The kinds, then the filters.
pub(super) fn behaviours(f: &mut Formatter<'_>, of: &Behaviours) -> Result {
    if of.kinds.is_empty() {
        f.write_str("anything")?;
    }
    each(f, &of.kinds, " or ", kind)?;
    if !of.channels.is_empty() {
        f.write_str(", on ")?;
        each(f, &of.channels, " or ", channel)?;
    }
    if !of.items.is_empty() {
        write!(f, ", item {}", Separated(" or ", of.items.iter().map(|item| Name(item.as_str()))))?;
    }
    if !of.categories.is_empty() {
        f.write_str(", in ")?;
        each(f, &of.categories, " or ", |f, path| path_of(f, path))?;
    }
    of.amounts.iter().try_for_each(|amount| priced(f, ", amount ", *amount))?;
    of.prices.iter().try_for_each(|price| priced(f, ", price ", *price))?;
    of.properties.iter().try_for_each(|of| property(f, of))
}

fn path_of(f: &mut Formatter<'_>, path: &[Box<str>]) -> Result {
    match path {
        [] => f.write_str("any category"),
        path => write!(f, "{}", Separated(" > ", path.iter().map(|name| Name(name)))),
    }
}

fn priced(f: &mut Formatter<'_>, said: &str, priced: Priced) -> Result {
    f.write_str(said)?;
    bound(f, priced.range, |f, micros| write!(f, "{}", Money::micros(micros, priced.currency)))
}

fn property(f: &mut Formatter<'_>, property: &Property) -> Result {
    write!(f, ", where {} ", Name(&property.name))?;
    if let Some(own) = &property.category {
        f.write_str("as ")?;
        category(f, own)?;
        f.write_char(' ')?;
    }
    super::test::test(f, &property.test, 0)
}

/// A time, which is not always.
pub(super) fn when(f: &mut Formatter<'_>, when: When) -> Result {
    let names = |unit| CALENDAR.iter().find(|(_, _, of, _)| *of == unit);
    let one = |unit: CalendarUnit| names(unit).map_or("", |(one, ..)| *one);
    let several = |unit: CalendarUnit| names(unit).map_or("", |(_, several, ..)| *several);
    match when {
        When::Ever => Ok(()),
        When::Last(span) => write!(f, "last {span}"),
        When::Ago(from, to) => write!(f, "{from} to {to} ago"),
        When::This(unit) => write!(f, "this {}", one(unit)),
        When::Previous(1, unit) => write!(f, "previous {}", one(unit)),
        When::Previous(number, unit) => write!(f, "previous {number} {}", several(unit)),
        When::Days(from, to) => {
            f.write_str("from ")?;
            day(f, from)?;
            f.write_str(" to ")?;
            day(f, to)
        }
    }
}

/// A date of four digits for the year; a day that has none, by its number.
fn day(f: &mut Formatter<'_>, day: Day) -> Result {
    let written = day.to_string();
    match written.parse::<NaiveDate>() {
        Ok(date) if (0..=9999).contains(&date.year()) => f.write_str(&written),
        _ => write!(f, "day {}", day.0),
    }
}
