//! Of what time something is asked.

use winnow::Parser;
use winnow::combinator::{alt, preceded, separated_pair};

use super::value::{span, span_ago, whole};
use crate::rule::behaviours::When;
use crate::rule::span::Day;
use crate::rule::text::error::quoted;
use crate::rule::text::input::{
    Fitting, Input, Read, ahead, missed, phrase, piece, piece_of, place, refuse, refuse_last,
};
use crate::rule::text::token::Sort;
use crate::rule::text::words::{CALENDAR_NAMES, calendar_unit};
use crate::types::CalendarUnit;

pub(super) fn when(input: &mut Input<'_>) -> Read<When> {
    alt((
        preceded(phrase("last"), last),
        preceded(phrase("this"), unit).map(When::This),
        preceded(phrase("previous"), previous),
        preceded(phrase("from"), separated_pair(day, phrase("to"), day))
            .map(|(from, to)| When::Days(from, to)),
        ago,
    ))
    .parse_next(input)
}

fn last(input: &mut Input<'_>) -> Read<When> {
    let next = ahead(input, 0).filter(|(sort, _)| *sort == Sort::Word);
    if let Some((unit, _)) = next.and_then(|(_, text)| Some((text, calendar_unit(text)?))) {
        let next = place(input);
        let said = format!(
            "`last` is so long, as `last 30 days`: expected this, `previous {unit}` for the whole \
             one before, or `this {unit}`"
        );
        return refuse(input, next..next + 1, said);
    }
    span(input).map(When::Last)
}

fn previous(input: &mut Input<'_>) -> Read<When> {
    let is_number = ahead(input, 0).is_some_and(|(sort, _)| sort == Sort::Number);
    let number = if is_number { whole(input)? } else { 1 };
    unit(input).map(|unit| When::Previous(number, unit))
}

fn unit(input: &mut Input<'_>) -> Read<CalendarUnit> {
    let fitting = Fitting::OneOf("`day`, `week`, `month`, `quarter` or `year`", &CALENDAR_NAMES);
    piece_of(input, fitting, |sort, text| {
        calendar_unit(text).filter(|_| sort == Sort::Word).map(|(unit, _)| unit)
    })
}

fn ago(input: &mut Input<'_>) -> Read<When> {
    if ahead(input, 0).is_none_or(|(sort, _)| sort != Sort::Number) {
        return missed(input, 0, Fitting::Any("a time, as `60 days to 30 days ago`"));
    }
    let (from, _, to) = (span, phrase("to"), span_ago).parse_next(input)?;
    Ok(When::Ago(from, to))
}

/// A local day: a date, or the number of a day since 1970 that no calendar shows.
fn day(input: &mut Input<'_>) -> Read<Day> {
    if ahead(input, 0).is_some_and(|(_, text)| text.eq_ignore_ascii_case("day")) {
        return preceded(phrase("day"), whole).map(Day).parse_next(input);
    }
    let date =
        piece(input, "a date, as `2026-03-31`", |sort, text| (sort == Sort::Date).then_some(text))?;
    match date.parse() {
        Ok(day) => Ok(day),
        Err(_) => refuse_last(
            input,
            format!("{} is no local day: expected a date, as `2026-03-31`", quoted(date)),
        ),
    }
}
