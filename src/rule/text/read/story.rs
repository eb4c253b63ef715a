//! Which one it was, and what followed what.

use winnow::Parser;
use winnow::combinator::{alt, cut_err, opt, preceded, separated, separated_pair, terminated};

use super::behaviours::{bracketed, channel_name, timed};
use super::value::{either, id, list, span, whole};
use super::window::when;
use crate::rule::condition::Condition;
use crate::rule::pick::{Pick, What, Which};
use crate::rule::sequence::{Sequence, Step};
use crate::rule::text::input::{Input, Read, phrase, sign};

/// The first, the last or the most frequent of something.
pub(super) fn pick(input: &mut Input<'_>) -> Read<Condition> {
    let (which, what, _) = (which, what, sign("(")).parse_next(input)?;
    let (of, when) = cut_err(timed).parse_next(input)?;
    let named = |input: &mut Input<'_>| match what {
        What::Channel => channel_name(input),
        What::Item => id(input, "an item"),
        What::Category(_) => id(input, "a category"),
    };
    let one = preceded(sign("="), named).map(|name| vec![name]);
    let several = preceded(phrase("in"), list(named));
    let is = cut_err(alt((one, several))).parse_next(input)?;
    let is = is.into_iter().map(Into::into).collect();
    Ok(Condition::Pick(Box::new(Pick { which, what, of, when, is })))
}

fn which(input: &mut Input<'_>) -> Read<Which> {
    alt((
        phrase("first").value(Which::First),
        phrase("last").value(Which::Last),
        phrase("most frequent").value(Which::MostFrequent),
    ))
    .parse_next(input)
}

fn what(input: &mut Input<'_>) -> Read<What> {
    alt((
        phrase("item").value(What::Item),
        phrase("channel").value(What::Channel),
        preceded(phrase("category"), whole).map(What::Category),
    ))
    .parse_next(input)
}

/// Steps, one after the other.
pub(super) fn sequence(input: &mut Input<'_>) -> Read<Condition> {
    (phrase("sequence"), sign("(")).parse_next(input)?;
    cut_err(terminated(followed, sign(")"))).parse_next(input)
}

fn followed(input: &mut Input<'_>) -> Read<Condition> {
    let steps = separated(1.., step, sign(",")).parse_next(input)?;
    let quiet = separated_pair(preceded(phrase("no"), bracketed), phrase("for"), span);
    let quiet = opt(preceded(sign(","), quiet)).parse_next(input)?;
    let when = opt(preceded(sign(","), when)).parse_next(input)?.unwrap_or_default();
    Ok(Condition::Sequence(Box::new(Sequence { steps, quiet, when })))
}

fn step(input: &mut Input<'_>) -> Read<Step> {
    let within = opt(preceded(phrase("within"), span));
    let without = opt(preceded(phrase("without"), either(bracketed)));
    let (of, within, without) = (bracketed, within, without).parse_next(input)?;
    Ok(Step { of, within, without: without.unwrap_or_default() })
}
