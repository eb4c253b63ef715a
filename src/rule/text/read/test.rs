//! What a value must be.

use winnow::Parser;
use winnow::combinator::{alt, delimited, preceded, terminated};

use super::bound::whole_bound;
use super::condition;
use super::value::{decimal, list, span, span_ago, text, value, whole};
use crate::event::Value;
use crate::rule::span::Span;
use crate::rule::test::{Ago, Lasting, Number, Since, Test};
use crate::rule::text::input::{
    Fitting, Input, Read, ahead, deeper, is_sign_ahead, missed, phrase, piece, place, refuse,
    refuse_last, sign,
};
use crate::rule::text::token::Sort;
use crate::rule::text::words::{LENGTHS, calendar_unit};
use crate::types::Location;

/// What fits behind a name.
const TEST: Fitting = Fitting::Rather("a test, as `= Porto`, `>= 18`, `in (a, b)` or `exists`");

/// A test of a value, behind its name.
pub(super) fn test(input: &mut Input<'_>) -> Read<Test> {
    let _ = missed::<()>(input, 0, TEST);
    alt((equality, order, of_text, of_time, of_many, near, phrase("exists").value(Test::Exists)))
        .parse_next(input)
}

fn equality(input: &mut Input<'_>) -> Read<Test> {
    alt((
        preceded(sign("="), value).map(|value| Test::OneOf(vec![value])),
        preceded(sign("!="), value).map(|value| Test::NoneOf(vec![value])),
        preceded(phrase("in the next"), span).map(|span| Test::Ago(Since(Ago::WithinNext(span)))),
        preceded(phrase("in"), list(value)).map(Test::OneOf),
        preceded(phrase("not in"), list(value)).map(Test::NoneOf),
    ))
    .parse_next(input)
}

/// A comparison: with a value, or with how long ago it is.
fn order(input: &mut Input<'_>) -> Read<Test> {
    let ago = is_span_ahead(input, 1);
    let known = ahead(input, 2).is_some_and(|(_, unit)| is_unit(unit));
    if ago && known && is_sign_ahead(input, 0, &[">=", "<"]) {
        let next = place(input);
        return refuse(
            input,
            next..next + 1,
            "how long ago an instant is has no such test: expected `> 30 days ago`, \
             `<= 30 days ago` or `between 7 days and 30 days ago`",
        );
    }
    if ago && is_sign_ahead(input, 0, &[">", "<="]) {
        return alt((
            preceded(sign(">"), span_ago).map(|span| Test::Ago(Since(Ago::MoreThan(span)))),
            preceded(sign("<="), span_ago).map(|span| Test::Ago(Since(Ago::AtMost(span)))),
        ))
        .parse_next(input);
    }
    alt((
        preceded(sign(">="), ordered).map(Test::AtLeast),
        preceded(sign("<="), ordered).map(Test::AtMost),
        preceded(sign(">"), ordered).map(Test::MoreThan),
        preceded(sign("<"), ordered).map(Test::LessThan),
    ))
    .parse_next(input)
}

/// Whether a length of time begins at a piece ahead, perhaps of a unit that there is not.
fn is_span_ahead(input: &Input<'_>, by: usize) -> bool {
    let goes_on = |text: &str| ["and", "or"].iter().any(|word| word.eq_ignore_ascii_case(text));
    let number = ahead(input, by).is_some_and(|(sort, _)| sort == Sort::Number);
    number && ahead(input, by + 1).is_some_and(|(sort, text)| sort == Sort::Word && !goes_on(text))
}

fn is_unit(text: &str) -> bool {
    let length = LENGTHS.iter().any(|(unit, _)| unit.eq_ignore_ascii_case(text));
    length || calendar_unit(text).is_some()
}

/// A value that has an order.
fn ordered(input: &mut Input<'_>) -> Read<Value> {
    match ahead(input, 0) {
        Some((Sort::Number | Sort::Date, _)) => value(input),
        _ => missed(input, 0, Fitting::Any("a number or a date")),
    }
}

fn of_text(input: &mut Input<'_>) -> Read<Test> {
    let text = || text.map(String::into_boxed_str);
    alt((
        preceded(phrase("contains"), text()).map(Test::Contains),
        preceded(phrase("starts with"), text()).map(Test::StartsWith),
        preceded(phrase("ends with"), text()).map(Test::EndsWith),
        preceded(phrase("matches"), text()).map(Test::Matches),
    ))
    .parse_next(input)
}

fn of_time(input: &mut Input<'_>) -> Read<Test> {
    let lasting = |span| Test::Unchanged(Lasting(span));
    alt((
        preceded(phrase("between"), between),
        preceded(phrase("unchanged for"), span).map(lasting),
        phrase("anniversary today").value(Test::Anniversary(0)),
        delimited(phrase("anniversary in the next"), whole, alt((phrase("days"), phrase("day"))))
            .map(Test::Anniversary),
    ))
    .parse_next(input)
}

fn between(input: &mut Input<'_>) -> Read<Test> {
    let number = ahead(input, 0).is_some_and(|(sort, _)| matches!(sort, Sort::Number | Sort::Date));
    if number && !is_span_ahead(input, 0) {
        let next = place(input);
        return refuse(
            input,
            next..next + 1,
            "`between` asks how long ago an instant is: expected lengths of time, or for other \
             values `>=` and `<=` with `and` between the two",
        );
    }
    let (least, _, most): (Span, (), Span) = (span, phrase("and"), span_ago).parse_next(input)?;
    Ok(Test::Ago(Since(Ago::Between(least, most))))
}

fn of_many(input: &mut Input<'_>) -> Read<Test> {
    alt((
        preceded(phrase("has all of"), list(text.map(Value::from))).map(Test::AllOf),
        preceded(phrase("has one with"), one_with),
        preceded(phrase("size"), whole_bound).map(|bound| Test::Size(Number(bound))),
    ))
    .parse_next(input)
}

fn one_with(input: &mut Input<'_>) -> Read<Test> {
    let inside = |input: &mut Input<'_>| deeper(input, condition);
    let condition = delimited(sign("("), inside, sign(")")).parse_next(input)?;
    Ok(Test::Some(Box::new(condition)))
}

fn near(input: &mut Input<'_>) -> Read<Test> {
    let (metres, location) =
        preceded(phrase("within"), (terminated(metres, phrase("of")), location))
            .parse_next(input)?;
    Ok(Test::Near(location, metres))
}

/// A distance in whole metres.
fn metres(input: &mut Input<'_>) -> Read<u64> {
    let kilometres = ahead(input, 1).is_some_and(|(_, unit)| unit.eq_ignore_ascii_case("km"));
    let metres = decimal(input, if kilometres { 3 } else { 0 })?;
    piece(input, "`m` or `km`", |_, unit| {
        (kilometres || unit.eq_ignore_ascii_case("m")).then_some(metres)
    })
}

fn location(input: &mut Input<'_>) -> Read<Location> {
    sign("(")(input)?;
    let latitude = degrees(input, 90)?;
    sign(",")(input)?;
    let longitude = degrees(input, 180)?;
    sign(")")(input)?;
    Ok(Location { latitude, longitude })
}

/// Degrees, in millionths, from so many below to so many above zero.
fn degrees(input: &mut Input<'_>, most: i32) -> Read<i32> {
    let degrees: i32 = decimal(input, 6)?;
    if degrees.unsigned_abs() > most.unsigned_abs() * 1_000_000 {
        return refuse_last(
            input,
            format!("there are no such degrees: expected a number from -{most} to {most}"),
        );
    }
    Ok(degrees)
}

/// Whether a test may begin here.
pub(super) fn begins(input: &Input<'_>, by: usize) -> bool {
    let words = ["exists", "contains", "starts", "ends", "matches", "has"];
    is_sign_ahead(input, by, &["=", "!=", ">=", "<=", ">", "<"])
        || ahead(input, by).is_some_and(|(sort, text)| sort == Sort::Word && words.contains(&text))
}
