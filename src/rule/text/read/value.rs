//! Names, values, numbers and lengths of time.

use winnow::Parser;
use winnow::combinator::{alt, delimited, opt, separated};

use crate::event::Value;
use crate::rule::span::Span;
use crate::rule::text::error::quoted;
use crate::rule::text::input::{
    Fitting, Input, Miss, Read, ahead, is_sign_ahead, missed, phrase, piece, piece_of, place,
    refuse, refuse_last, sign, skip,
};
use crate::rule::text::token::{Sort, unquoted};
use crate::rule::text::words::{LENGTH_NAMES, LENGTHS, calendar_unit, is_reserved};
use crate::types::{Currency, Timestamp};

/// A name: a bare word that is not reserved, or anything in quotes.
pub(super) fn name(input: &mut Input<'_>, described: &'static str) -> Read<String> {
    match ahead(input, 0) {
        Some((Sort::Name | Sort::Text, quoted)) => {
            skip(input, 1);
            Ok(unquoted(quoted))
        }
        Some((Sort::Word, word)) if !is_reserved(word) => {
            skip(input, 1);
            Ok(word.to_owned())
        }
        _ => missed(input, 0, Fitting::Any(described)),
    }
}

/// The name of something that the host numbers, too: a bare number is one.
pub(super) fn id(input: &mut Input<'_>, described: &'static str) -> Read<String> {
    match ahead(input, 0) {
        Some((Sort::Number | Sort::Date, number)) => {
            skip(input, 1);
            Ok(number.to_owned())
        }
        Some((Sort::Word, word)) if is_reserved(word) => {
            let next = place(input);
            let said = format!(
                "`{word}` is a word of the language: {described} of that name is written \
                 in backticks, as `` `{word}` ``"
            );
            refuse(input, next..next + 1, said)
        }
        _ => name(input, described),
    }
}

/// Several, with `or` between them.
pub(super) fn either<'a, T>(
    one: impl Parser<Input<'a>, T, Miss>,
) -> impl FnMut(&mut Input<'a>) -> Read<Vec<T>> {
    let mut several = separated(1.., one, phrase("or"));
    move |input| several.parse_next(input)
}

/// Several in parentheses, with commas between them.
pub(super) fn list<'a, T>(
    one: impl Parser<Input<'a>, T, Miss>,
) -> impl FnMut(&mut Input<'a>) -> Read<Vec<T>> {
    let mut several = delimited(sign("("), separated(0.., one, sign(",")), sign(")"));
    move |input| several.parse_next(input)
}

/// A value of any type that a test can name.
pub(super) fn value(input: &mut Input<'_>) -> Read<Value> {
    if is_sign_ahead(input, 0, &["{"]) {
        let next = place(input);
        return refuse(
            input,
            next..next + 1,
            "a set is asked for its texts: expected `= a`, `in (a, b)` or `has all of (a, b)`",
        );
    }
    alt((instant, number, flag, text.map(Value::from))).parse_next(input)
}

fn flag(input: &mut Input<'_>) -> Read<Value> {
    piece(input, "a value", |sort, text| {
        let is = |word: &str| sort == Sort::Word && text.eq_ignore_ascii_case(word);
        is("true").then_some(true).or_else(|| is("false").then_some(false)).map(Value::Flag)
    })
}

fn number(input: &mut Input<'_>) -> Read<Value> {
    let number = piece(input, "a value", |sort, text| {
        (sort == Sort::Number).then(|| text.parse::<f64>().ok()).flatten()
    })?;
    if !number.is_finite() {
        return too_far(input, number < 0.0);
    }
    Ok(Value::Number(number))
}

fn instant(input: &mut Input<'_>) -> Read<Value> {
    let text = piece(input, "a value", |sort, text| (sort == Sort::Date).then_some(text))?;
    match text.parse::<Timestamp>() {
        Ok(instant) => Ok(Value::Instant(instant)),
        Err(_) => refuse_last(
            input,
            format!(
                "{} is no date: expected one as `2026-03-31` or `2026-03-31T18:20:00Z`",
                quoted(text)
            ),
        ),
    }
}

/// A text.
pub(super) fn text(input: &mut Input<'_>) -> Read<String> {
    match ahead(input, 0) {
        Some((Sort::Word, word)) if is_reserved(word) => {
            let next = place(input);
            let said = format!(
                "`{word}` is a word of the language: a text of these letters stands in double \
                 quotes, as `\"{word}\"`"
            );
            refuse(input, next..next + 1, said)
        }
        _ => name(input, "a value"),
    }
}

/// A whole number.
pub(super) fn whole<T: TryFrom<i128>>(input: &mut Input<'_>) -> Read<T> {
    decimal(input, 0)
}

/// A number with at most so many decimals, in units of the last.
pub(super) fn decimal<T: TryFrom<i128>>(input: &mut Input<'_>, decimals: u32) -> Read<T> {
    let described = if decimals == 0 { "a whole number" } else { "a number" };
    let text = piece(input, described, |sort, text| (sort == Sort::Number).then_some(text))?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals as usize {
        let said = match decimals {
            0 => format!("{} is not whole: expected a whole number", quoted(text)),
            most => format!("{} has too many decimals: expected at most {most}", quoted(text)),
        };
        return refuse_last(input, said);
    }
    let digits = format!("{whole}{fraction:0<width$}", width = decimals as usize);
    match digits.parse::<i128>().ok().and_then(|number| T::try_from(number).ok()) {
        Some(number) => Ok(number),
        None => too_far(input, text.starts_with('-')),
    }
}

/// Refuses the number that was just read.
fn too_far<T>(input: &mut Input<'_>, below: bool) -> Read<T> {
    refuse_last(
        input,
        match below {
            true => "the number is too small: expected a larger one",
            false => "the number is too large: expected a smaller one",
        },
    )
}

/// An amount of a currency, in millionths.
pub(super) fn amount(input: &mut Input<'_>) -> Read<(i64, Currency)> {
    let amount = decimal(input, 6)?;
    Ok((amount, currency(input)?))
}

pub(super) fn currency(input: &mut Input<'_>) -> Read<Currency> {
    piece(input, "a currency, as `EUR`", |sort, text| {
        (sort == Sort::Word).then(|| text.parse().ok()).flatten()
    })
}

/// A length of time.
pub(super) fn span(input: &mut Input<'_>) -> Read<Span> {
    let number: i64 = whole(input)?;
    no_calendar(input, number)?;
    let fitting = Fitting::OneOf("a length of time, as `90 days`", &LENGTH_NAMES);
    let unit = piece_of(input, fitting, |sort, text| {
        let unit = LENGTHS.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(text));
        unit.filter(|_| sort == Sort::Word).map(|(_, millis)| *millis)
    })?;
    match number.checked_mul(unit) {
        Some(millis) => Ok(Span(millis)),
        None => refuse_last(input, "the length of time is too large: expected a shorter one"),
    }
}

/// Refuses units of the calendar: they are no lengths of time.
fn no_calendar(input: &mut Input<'_>, number: i64) -> Read<()> {
    let unit = ahead(input, 0).filter(|(sort, _)| *sort == Sort::Word);
    let length = |text: &str| LENGTHS.iter().any(|(unit, _)| unit.eq_ignore_ascii_case(text));
    let unit = unit.filter(|(_, text)| !length(text));
    let Some((one, days)) = unit.and_then(|(_, text)| Some((text, calendar_unit(text)?.1))) else {
        return Ok(());
    };
    let days = number.saturating_mul(days.into());
    let next = place(input);
    let said = format!(
        "`{one}` is of the calendar and has no fixed length: expected days, as `{days} days`"
    );
    refuse(input, next..next + 1, said)
}

/// A length of time that is said to be ago.
pub(super) fn span_ago(input: &mut Input<'_>) -> Read<Span> {
    let span = span(input)?;
    phrase("ago")(input)?;
    Ok(span)
}

/// A bound, whatever it bounds: the least, the most, or both.
pub(super) type Limits<T> = (Option<T>, Option<T>);

/// A bound on something that is read in one way.
pub(super) fn limits<'a, T: Clone>(
    input: &mut Input<'a>,
    one: fn(&mut Input<'a>) -> Read<T>,
) -> Read<Limits<T>> {
    if opt(sign(">=")).parse_next(input)?.is_some() {
        return Ok((Some(one(input)?), None));
    }
    if opt(sign("<=")).parse_next(input)?.is_some() {
        return Ok((None, Some(one(input)?)));
    }
    if opt(sign("=")).parse_next(input)?.is_some() {
        let exactly = one(input)?;
        return Ok((Some(exactly.clone()), Some(exactly)));
    }
    phrase("between")(input)?;
    let least = one(input)?;
    phrase("and")(input)?;
    Ok((Some(least), Some(one(input)?)))
}
