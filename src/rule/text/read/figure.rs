//! Figures over what a customer did, and ratios of them.

use winnow::Parser;
use winnow::combinator::{alt, cut_err, opt, peek, preceded};

use super::behaviours::{category, property_name, timed};
use super::bound::{ago_bound, amount_bound, decimal_bound, whole_bound};
use super::value::currency;
use crate::rule::condition::Condition;
use crate::rule::metric::{History, Measure, Metric, Numbers, Ratio};
use crate::rule::text::input::{Input, Read, phrase, place, refuse, sign};
use crate::types::Currency;

/// A measure, or one of amounts that waits for their currency.
#[derive(Clone)]
enum Draft {
    Ready(Measure),
    Amounts(fn(Currency) -> Measure, Option<Currency>),
}

/// What is done with numbers.
type Of = fn(Numbers) -> Measure;

/// A figure with a bound on it.
pub(super) fn history(input: &mut Input<'_>) -> Read<Condition> {
    let draft = head(input)?;
    let (of, when) = cut_err(timed).parse_next(input)?;
    let (measure, test) =
        cut_err(|input: &mut Input<'_>| bounded(input, &draft)).parse_next(input)?;
    Ok(Condition::History(Box::new(History { measure, of, when, test })))
}

fn bounded(
    input: &mut Input<'_>,
    draft: &Draft,
) -> Read<(Measure, crate::rule::behaviours::Bound)> {
    let measure = match draft {
        Draft::Amounts(measure, known) => {
            let priced = amount_bound(input, *known)?;
            return Ok((measure(priced.currency), priced.range));
        }
        Draft::Ready(measure) => measure.clone(),
    };
    let bound = match &measure {
        Measure::Since | Measure::SinceFirst => ago_bound(input)?,
        Measure::Average(_) | Measure::Minimum(_) | Measure::Maximum(_) | Measure::Sum(_) => {
            decimal_bound(input)?
        }
        _ => whole_bound(input)?,
    };
    Ok((measure, bound))
}

/// A figure without a bound.
pub(super) fn metric(input: &mut Input<'_>) -> Read<Metric> {
    let begin = place(input);
    let draft = head(input)?;
    let next = place(input);
    let (of, when) = cut_err(timed).parse_next(input)?;
    let measure = match draft {
        Draft::Ready(measure) => measure,
        Draft::Amounts(measure, Some(currency)) => measure(currency),
        Draft::Amounts(_, None) => {
            return refuse(
                input,
                begin..next - 1,
                "nothing says here of what currency: expected that, as `total in EUR(purchased)`",
            );
        }
    };
    Ok(Metric { measure, of, when })
}

/// What is measured, and the parenthesis behind it.
fn head(input: &mut Input<'_>) -> Read<Draft> {
    let draft = alt((plain, amounts, numbers)).parse_next(input)?;
    sign("(")(input)?;
    Ok(draft)
}

fn plain(input: &mut Input<'_>) -> Read<Draft> {
    alt((
        phrase("count").value(Measure::Count),
        phrase("orders").value(Measure::Orders),
        phrase("items").value(Measure::Items),
        phrase("channels").value(Measure::Channels),
        phrase("categories").value(Measure::Categories),
        phrase("quantity").value(Measure::Sum(Numbers::Quantity)),
        phrase("last").value(Measure::Since),
        phrase("first").value(Measure::SinceFirst),
        phrase("days since").value(Measure::DaysSince),
    ))
    .map(Draft::Ready)
    .parse_next(input)
}

/// Of amounts, where `of` says nothing else.
fn amounts(input: &mut Input<'_>) -> Read<Draft> {
    let of: fn(Currency) -> Measure = alt((
        phrase("total").value(Measure::Total as fn(Currency) -> Measure),
        phrase("average basket").value(Measure::Basket as fn(Currency) -> Measure),
        phrase("average").value((|c| Measure::Average(Numbers::Amount(c))) as fn(_) -> _),
        phrase("smallest").value((|c| Measure::Minimum(Numbers::Amount(c))) as fn(_) -> _),
        phrase("largest").value((|c| Measure::Maximum(Numbers::Amount(c))) as fn(_) -> _),
    ))
    .parse_next(input)?;
    let currency = opt(preceded(phrase("in"), currency)).parse_next(input)?;
    peek(sign("(")).parse_next(input)?;
    Ok(Draft::Amounts(of, currency))
}

/// Of numbers that are named.
fn numbers(input: &mut Input<'_>) -> Read<Draft> {
    if opt(phrase("sum in")).parse_next(input)?.is_some() {
        let currency = currency(input)?;
        phrase("of amount")(input)?;
        return Ok(Draft::Amounts(|c| Measure::Sum(Numbers::Amount(c)), Some(currency)));
    }
    if opt(phrase("sum of amount")).parse_next(input)?.is_some() {
        return Ok(Draft::Amounts(|c| Measure::Sum(Numbers::Amount(c)), None));
    }
    let of: Of = alt((
        phrase("sum of").value(Measure::Sum as Of),
        phrase("average of").value(Measure::Average as Of),
        phrase("smallest of").value(Measure::Minimum as Of),
        phrase("largest of").value(Measure::Maximum as Of),
    ))
    .parse_next(input)?;
    let quantity = phrase("quantity").value(Numbers::Quantity);
    let property = (property_name, opt(preceded(phrase("as"), category)))
        .map(|(name, category)| Numbers::Property(name, category));
    let numbers = cut_err(alt((quantity, property))).parse_next(input)?;
    Ok(Draft::Ready(of(numbers)))
}

/// One figure over another.
pub(super) fn ratio(input: &mut Input<'_>) -> Read<Condition> {
    (phrase("ratio"), sign("(")).parse_next(input)?;
    let pair = (metric, sign(","), metric, sign(")"), decimal_bound);
    let (part, _, whole, _, test) = cut_err(pair).parse_next(input)?;
    Ok(Condition::Ratio(Box::new(Ratio { part, whole, test })))
}
