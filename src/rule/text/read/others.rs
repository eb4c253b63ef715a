//! Stages, segments, places among others, clusters, lots and points.

use winnow::Parser;
use winnow::combinator::{
    alt, cut_err, delimited, preceded, separated, separated_pair, terminated,
};

use super::bound::whole_bound;
use super::condition;
use super::value::{decimal, id, list, whole};
use crate::rule::clustering::InCluster;
use crate::rule::condition::{Bucket, Condition, Points};
use crate::rule::lifecycle::Stage;
use crate::rule::ranking::{Ranked, Standing};
use crate::rule::text::error::quoted;
use crate::rule::text::input::{
    Fitting, Input, Miss, Read, ahead, deeper, missed, phrase, place, refuse, sign, skip,
};
use crate::rule::text::token::Sort;
use crate::rule::text::words::{STAGES, nearest};

pub(super) fn stages(input: &mut Input<'_>) -> Read<Condition> {
    phrase("stage")(input)?;
    let one = preceded(sign("="), cut_err(stage)).map(|stage| vec![stage]);
    alt((one, preceded(phrase("in"), cut_err(list(stage))))).map(Condition::Stage).parse_next(input)
}

fn stage(input: &mut Input<'_>) -> Read<Stage> {
    let Some((Sort::Word, found)) = ahead(input, 0) else {
        return missed(input, 0, Fitting::Any("a stage, as `at_risk`"));
    };
    if let Some((_, stage)) = STAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(found)) {
        skip(input, 1);
        return Ok(*stage);
    }
    let names: Vec<String> = STAGES.iter().map(|(name, _)| format!("`{name}`")).collect();
    let meant = nearest(found, STAGES.iter().map(|(name, _)| name));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    let said = format!(
        "{} is no stage: expected {}{meant} (an attribute named `stage` is written in backticks)",
        quoted(found),
        names.join(", "),
    );
    let next = place(input);
    refuse(input, next..next + 1, said)
}

pub(super) fn in_segment(input: &mut Input<'_>) -> Read<Condition> {
    phrase("in segment")(input)?;
    cut_err(|input: &mut Input<'_>| id(input, "a segment"))
        .map(|id| Condition::InSegment(id.into()))
        .parse_next(input)
}

/// A word with something in parentheses behind it.
fn call<'a, T>(
    word: &'static str,
    inside: impl Parser<Input<'a>, T, Miss>,
) -> impl Parser<Input<'a>, T, Miss> {
    preceded((phrase(word), sign("(")), cut_err(terminated(inside, sign(")"))))
}

pub(super) fn rank(input: &mut Input<'_>) -> Read<Condition> {
    let name = |input: &mut Input<'_>| id(input, "a ranking");
    let ranking = call("rank", name).parse_next(input)?.into();
    let standing = cut_err(standing).parse_next(input)?;
    Ok(Condition::Ranked(Ranked { ranking, standing }))
}

fn standing(input: &mut Input<'_>) -> Read<Standing> {
    let part = separated_pair(whole, phrase("of"), whole).map(|(part, of)| Standing::Quantile {
        from: part,
        to: part,
        of,
    });
    let parts = (whole, phrase("to"), whole, phrase("of"), whole)
        .map(|(from, (), to, (), of)| Standing::Quantile { from, to, of });
    alt((
        preceded(phrase("in part"), part),
        preceded(phrase("in parts"), parts),
        delimited(phrase("in top"), percent, phrase("of total")).map(Standing::TopShare),
        preceded(phrase("in first"), whole).map(Standing::First),
        delimited(phrase("above"), percent, phrase("of mean")).map(Standing::OverMean),
        delimited(phrase("below"), percent, phrase("of mean")).map(Standing::UnderMean),
    ))
    .parse_next(input)
}

/// A percentage, in millionths of the whole.
fn percent(input: &mut Input<'_>) -> Read<u32> {
    let share = decimal(input, 4)?;
    sign("%")(input)?;
    Ok(share)
}

pub(super) fn in_cluster(input: &mut Input<'_>) -> Read<Condition> {
    let name = |input: &mut Input<'_>| id(input, "a clustering");
    let clustering = call("cluster", name).parse_next(input)?.into();
    let number = cut_err(preceded(sign("="), whole)).parse_next(input)?;
    Ok(Condition::InCluster(InCluster { clustering, number }))
}

pub(super) fn bucket(input: &mut Input<'_>) -> Read<Condition> {
    let name = |input: &mut Input<'_>| id(input, "a draw");
    let share = (name, sign(","), whole, phrase("to"), whole);
    let (draw, _, from, _, to) = call("bucket", share).parse_next(input)?;
    Ok(Condition::Bucket(Bucket { draw: draw.into(), from, to }))
}

pub(super) fn points(input: &mut Input<'_>) -> Read<Condition> {
    let condition = |input: &mut Input<'_>| deeper(input, condition);
    let part = separated_pair(whole, phrase("if"), condition).map(|(n, part)| (part, n));
    let parts = call("points", separated(0.., part, sign(","))).parse_next(input)?;
    let test = cut_err(whole_bound).parse_next(input)?;
    Ok(Condition::Points(Points { parts, test }))
}

/// `all(...)` and `any(...)`, which say how the parts are grouped.
pub(super) fn grouped(input: &mut Input<'_>) -> Read<Condition> {
    let inside = || separated(0.., |input: &mut Input<'_>| deeper(input, condition), sign(","));
    alt((call("all", inside()).map(Condition::All), call("any", inside()).map(Condition::Any)))
        .parse_next(input)
}
