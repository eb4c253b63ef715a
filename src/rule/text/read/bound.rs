//! Bounds on figures.

use winnow::Parser;
use winnow::combinator::{alt, opt};

use super::value::{Limits, amount, decimal, limits, span, span_ago, whole};
use crate::rule::behaviours::{Bound, Priced};
use crate::rule::text::input::{
    Input, Read, is_sign_ahead, phrase, place, refuse, refuse_last, sign,
};
use crate::types::Currency;

fn bound((least, most): Limits<i64>) -> Bound {
    match (least, most) {
        (Some(least), Some(most)) => Bound::Between(least, most),
        (None, Some(most)) => Bound::AtMost(most),
        (least, None) => Bound::AtLeast(least.unwrap_or(i64::MIN)),
    }
}

/// On a whole number; `>` and `<` are understood too.
pub(super) fn whole_bound(input: &mut Input<'_>) -> Read<Bound> {
    let strictly = alt((sign(">").value(1), sign("<").value(-1i64)));
    let Some(step) = opt(strictly).parse_next(input)? else {
        return limits(input, whole).map(bound);
    };
    let number: i64 = whole(input)?;
    match number.checked_add(step) {
        Some(least) if step > 0 => Ok(Bound::AtLeast(least)),
        Some(most) => Ok(Bound::AtMost(most)),
        None => refuse_last(input, "no number is beyond this one: expected another"),
    }
}

/// On a number in millionths.
pub(super) fn decimal_bound(input: &mut Input<'_>) -> Read<Bound> {
    not_strict(input)?;
    limits(input, |input| decimal(input, 6)).map(bound)
}

/// On an amount; of a currency that may be known already.
pub(super) fn amount_bound(input: &mut Input<'_>, known: Option<Currency>) -> Read<Priced> {
    not_strict(input)?;
    let (least, most) = limits(input, amount)?;
    let mut currencies = known.into_iter().chain([least, most].into_iter().flatten().map(|m| m.1));
    let currency = currencies.next();
    match currency {
        Some(currency) if currencies.all(|other| other == currency) => Ok(Priced {
            currency,
            range: bound((least.map(|least| least.0), most.map(|most| most.0))),
        }),
        _ => refuse_last(input, "amounts in two currencies: expected one"),
    }
}

/// What is no whole number has no next one.
fn not_strict(input: &mut Input<'_>) -> Read<()> {
    if is_sign_ahead(input, 0, &[">", "<"]) {
        let next = place(input);
        return refuse(
            input,
            next..next + 1,
            "`>` and `<` are for whole numbers: expected `>=`, `<=`, `=` or `between`",
        );
    }
    Ok(())
}

/// On how long ago something was, in milliseconds.
pub(super) fn ago_bound(input: &mut Input<'_>) -> Read<Bound> {
    if opt(phrase("between")).parse_next(input)?.is_some() {
        let least = span(input)?;
        phrase("and")(input)?;
        return Ok(Bound::Between(least.0, span_ago(input)?.0));
    }
    let signs = (
        sign(">").value((true, 1)),
        sign(">=").value((true, 0)),
        sign("<").value((false, -1i64)),
        sign("<=").value((false, 0)),
    );
    let (is_least, step) = alt(signs).parse_next(input)?;
    match span_ago(input)?.0.checked_add(step) {
        Some(least) if is_least => Ok(Bound::AtLeast(least)),
        Some(most) => Ok(Bound::AtMost(most)),
        None => refuse_last(input, "the length of time is too large: expected a shorter one"),
    }
}
