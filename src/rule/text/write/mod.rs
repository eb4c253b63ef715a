//! From a condition to its text: the one that is read as the same condition again.

mod behaviours;
mod figure;
mod piece;
mod test;

use std::fmt::{Formatter, Result, Write};

use piece::{Name, Separated};

use super::words::STAGES;
use crate::rule::behaviours::{Bound, When};
use crate::rule::condition::{Condition, DEEPEST, Points};
use crate::rule::lifecycle::Stage;
use crate::rule::pick::{Pick, What, Which};
use crate::rule::ranking::{Ranked, Standing};
use crate::rule::sequence::{Sequence, Step};
use crate::types::Channel;

/// Writes a condition; of what is nested deeper than one can be, `…`.
pub(super) fn condition(f: &mut Formatter<'_>, condition: &Condition, depth: usize) -> Result {
    if depth > DEEPEST {
        return f.write_char('…');
    }
    match condition {
        Condition::Always => f.write_str("always"),
        Condition::All(parts) => group(f, parts, ("all", " and "), depth),
        Condition::Any(parts) if parts.is_empty() => f.write_str("never"),
        Condition::Any(parts) => group(f, parts, ("any", " or "), depth),
        Condition::Not(part) => {
            f.write_str("not ")?;
            within(f, part, depth + 1)
        }
        Condition::Attribute(name, test) => {
            write!(f, "{} ", Name(name))?;
            self::test::test(f, test, depth)
        }
        Condition::Session(name, test) => {
            write!(f, "session {} ", Name(name))?;
            self::test::test(f, test, depth)
        }
        Condition::History(history) => figure::history(f, history),
        Condition::InSegment(segment) => write!(f, "in segment {}", Name(segment.as_str())),
        Condition::Ratio(ratio) => figure::ratio(f, ratio),
        Condition::Pick(pick) => self::pick(f, pick),
        Condition::Sequence(sequence) => self::sequence(f, sequence),
        Condition::Stage(stages) => self::stages(f, stages),
        Condition::Ranked(ranked) => self::ranked(f, ranked),
        Condition::InCluster(of) => write!(f, "cluster({}) = {}", Name(&of.clustering), of.number),
        Condition::Bucket(of) => {
            write!(f, "bucket({}, {} to {})", Name(&of.draw), of.from, of.to)
        }
        Condition::Points(points) => self::points(f, points, depth),
    }
}

/// Several: with a word between them; none, or only one, as what they are.
fn group(
    f: &mut Formatter<'_>,
    parts: &[Condition],
    (call, between): (&str, &str),
    depth: usize,
) -> Result {
    match parts {
        [] => write!(f, "{call}()"),
        [one] => {
            write!(f, "{call}(")?;
            condition(f, one, depth + 1)?;
            f.write_char(')')
        }
        parts => each(f, parts, between, |f, part| within(f, part, depth + 1)),
    }
}

/// A part of a group, in parentheses if it is a group.
fn within(f: &mut Formatter<'_>, part: &Condition, depth: usize) -> Result {
    match part {
        Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => {
            f.write_char('(')?;
            condition(f, part, depth)?;
            f.write_char(')')
        }
        part => condition(f, part, depth),
    }
}

/// Each of several, with something between them.
fn each<T>(
    f: &mut Formatter<'_>,
    parts: &[T],
    between: &str,
    mut write: impl FnMut(&mut Formatter<'_>, &T) -> Result,
) -> Result {
    for (n, part) in parts.iter().enumerate() {
        f.write_str(if n > 0 { between } else { "" })?;
        write(f, part)?;
    }
    Ok(())
}

fn pick(f: &mut Formatter<'_>, pick: &Pick) -> Result {
    f.write_str(match pick.which {
        Which::First => "first ",
        Which::Last => "last ",
        Which::MostFrequent => "most frequent ",
    })?;
    match pick.what {
        What::Item => f.write_str("item")?,
        What::Channel => f.write_str("channel")?,
        What::Category(depth) => write!(f, "category {depth}")?,
    }
    figure::of(f, &pick.of, pick.when)?;
    let name = |f: &mut Formatter<'_>, name: &std::sync::Arc<str>| match pick.what {
        What::Channel => piece::channel(f, &Channel::from_name(name)),
        What::Item | What::Category(_) => write!(f, "{}", Name(name)),
    };
    match pick.is.as_slice() {
        [one] => {
            f.write_str(" = ")?;
            name(f, one)
        }
        several => {
            f.write_str(" in (")?;
            each(f, several, ", ", name)?;
            f.write_char(')')
        }
    }
}

fn sequence(f: &mut Formatter<'_>, sequence: &Sequence) -> Result {
    f.write_str("sequence(")?;
    each(f, &sequence.steps, ", ", step)?;
    if let Some((of, span)) = &sequence.quiet {
        f.write_str(", no ")?;
        behaviours::bracketed(f, of)?;
        write!(f, " for {span}")?;
    }
    if sequence.when != When::Ever {
        f.write_str(", ")?;
        behaviours::when(f, sequence.when)?;
    }
    f.write_char(')')
}

fn step(f: &mut Formatter<'_>, step: &Step) -> Result {
    behaviours::bracketed(f, &step.of)?;
    if let Some(span) = step.within {
        write!(f, " within {span}")?;
    }
    if !step.without.is_empty() {
        f.write_str(" without ")?;
        each(f, &step.without, " or ", behaviours::bracketed)?;
    }
    Ok(())
}

fn stages(f: &mut Formatter<'_>, stages: &[Stage]) -> Result {
    let name = |stage: &Stage| {
        let known = STAGES.iter().find(|(_, known)| known == stage);
        known.map_or("", |(name, _)| *name)
    };
    match stages {
        [one] => write!(f, "stage = {}", name(one)),
        several => write!(f, "stage in ({})", Separated(", ", several.iter().map(name))),
    }
}

fn ranked(f: &mut Formatter<'_>, ranked: &Ranked) -> Result {
    write!(f, "rank({}) ", Name(&ranked.ranking))?;
    let percent = |millionths: u32| piece::Decimal(millionths.into(), 4);
    match ranked.standing {
        Standing::Quantile { from, to, of } if from == to => write!(f, "in part {to} of {of}"),
        Standing::Quantile { from, to, of } => write!(f, "in parts {from} to {to} of {of}"),
        Standing::TopShare(share) => write!(f, "in top {}% of total", percent(share)),
        Standing::First(number) => write!(f, "in first {number}"),
        Standing::OverMean(times) => write!(f, "above {}% of mean", percent(times)),
        Standing::UnderMean(times) => write!(f, "below {}% of mean", percent(times)),
    }
}

fn points(f: &mut Formatter<'_>, points: &Points, depth: usize) -> Result {
    f.write_str("points(")?;
    each(f, &points.parts, ", ", |f, (part, number)| {
        write!(f, "{number} if ")?;
        condition(f, part, depth + 1)
    })?;
    f.write_str(") ")?;
    bound(f, points.test, |f, number| write!(f, "{number}"))
}

/// A bound, with its numbers as they are written.
fn bound(
    f: &mut Formatter<'_>,
    bound: Bound,
    write: impl Fn(&mut Formatter<'_>, i64) -> Result,
) -> Result {
    let (said, least, most) = match bound {
        Bound::AtLeast(least) => (">= ", least, None),
        Bound::AtMost(most) => ("<= ", most, None),
        Bound::Between(least, most) if least == most => ("= ", least, None),
        Bound::Between(least, most) => ("between ", least, Some(most)),
    };
    f.write_str(said)?;
    write(f, least)?;
    if let Some(most) = most {
        f.write_str(" and ")?;
        write(f, most)?;
    }
    Ok(())
}
