//! From a text to a condition.

mod behaviours;
mod bound;
mod figure;
mod others;
mod story;
mod test;
mod value;
mod window;

use winnow::Parser;
use winnow::combinator::{alt, delimited, preceded, separated};

use super::error::{Wrong, quoted};
use super::input::{
    Fitting, Input, Read, ahead, deeper, end, input, is_sign_ahead, missed, phrase, place, refuse,
    sign,
};
use super::token::{Sort, tokens};
use super::words::{BEGINNINGS, is_reserved, nearest};
use crate::rule::behaviours::When;
use crate::rule::condition::{Condition, DEEPEST, TooDeep};
use crate::rule::test::Test;

/// How long a text may be, in bytes.
const LONGEST: usize = 1 << 20;

/// What fits where a condition begins.
const CONDITION: Fitting =
    Fitting::Rather("a condition, as `city = Porto` or `count(purchased, last 90 days) >= 3`");

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Condition, Wrong> {
    if text.len() > LONGEST {
        let said = format!("a condition is longer than {LONGEST} bytes: expected a shorter one");
        return Err(Wrong { place: 0..0, said });
    }
    let tokens = tokens(text)?;
    let mut input = input(text, &tokens);
    let read = condition(&mut input).and_then(|read| end(&mut input).map(|()| read));
    match read {
        Ok(condition) if is_too_deep(&condition, 0) => {
            Err(Wrong { place: 0..0, said: TooDeep.to_string() })
        }
        Ok(condition) => Ok(condition),
        Err(_) => Err(input.state.wrong()),
    }
}

/// Whether something is nested deeper than can be compiled. A text is bounded before that,
/// but `and` and `or` add levels of their own.
fn is_too_deep(condition: &Condition, depth: usize) -> bool {
    let deeper = |part| is_too_deep(part, depth + 1);
    depth > DEEPEST
        || match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(deeper),
            Condition::Not(part) => deeper(part),
            Condition::Attribute(_, Test::Some(part)) | Condition::Session(_, Test::Some(part)) => {
                deeper(part)
            }
            Condition::Points(points) => points.parts.iter().any(|(part, _)| deeper(part)),
            _ => false,
        }
}

/// A condition: alternatives, of which `and` binds closer.
fn condition(input: &mut Input<'_>) -> Read<Condition> {
    let both = separated(1.., opposite, phrase("and")).map(|parts| one_or(parts, Condition::All));
    separated(1.., both, phrase("or")).map(|parts| one_or(parts, Condition::Any)).parse_next(input)
}

fn one_or(mut parts: Vec<Condition>, of: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(one) if parts.is_empty() => one,
        last => {
            parts.extend(last);
            of(parts)
        }
    }
}

fn opposite(input: &mut Input<'_>) -> Read<Condition> {
    let is_not = ahead(input, 0)
        .is_some_and(|(sort, text)| sort == Sort::Word && text.eq_ignore_ascii_case("not"));
    if !is_not {
        return single(input);
    }
    phrase("not")(input)?;
    let part = |input: &mut Input<'_>| deeper(input, opposite);
    alt((not_seen, part.map(|part| Condition::Not(Box::new(part))))).parse_next(input)
}

/// `not seen for 30 days`: nothing was done in this time.
fn not_seen(input: &mut Input<'_>) -> Read<Condition> {
    let span = preceded(phrase("seen for"), value::span).parse_next(input)?;
    let mut count = crate::rule::metric::count(crate::event::Kinds::any()).at_most(0);
    if let Condition::History(history) = &mut count {
        history.when = When::Last(span);
    }
    Ok(count)
}

fn single(input: &mut Input<'_>) -> Read<Condition> {
    let _ = missed::<()>(input, 0, CONDITION);
    let inside = |input: &mut Input<'_>| deeper(input, condition);
    alt((
        delimited(sign("("), inside, sign(")")),
        phrase("always").value(Condition::Always),
        phrase("never").map(|()| Condition::Any(Vec::new())),
        others::grouped,
        alt((story::pick, figure::history, figure::ratio, story::sequence)),
        alt((others::stages, others::in_segment, others::rank, others::in_cluster)),
        alt((others::bucket, others::points)),
        session,
        attribute,
    ))
    .parse_next(input)
}

fn session(input: &mut Input<'_>) -> Read<Condition> {
    phrase("session")(input)?;
    let name = value::name(input, "a name")?;
    Ok(Condition::Session(name.into(), test::test(input)?))
}

/// A test of an attribute: what begins with a name.
fn attribute(input: &mut Input<'_>) -> Read<Condition> {
    let begin = place(input);
    let first = ahead(input, 0);
    let bare = first.filter(|(sort, _)| *sort == Sort::Word).map(|(_, text)| text);
    if let Some(word) = bare.filter(|word| is_reserved(word) && test::begins(input, 1)) {
        let said = format!(
            "`{word}` is a word of the language: an attribute of that name is written in \
             backticks, as `` `{word}` ``"
        );
        return refuse(input, begin..begin + 1, said);
    }
    if first.is_none_or(|(sort, _)| !matches!(sort, Sort::Word | Sort::Name | Sort::Text)) {
        return missed(input, 0, CONDITION);
    }
    let name = value::name(input, "a name")?;
    let tested = test::test(input);
    if let (Err(_), Some(word)) = (&tested, bare)
        && input.state.farthest() == begin + 1
    {
        return unknown(input, begin, word, tested);
    }
    Ok(Condition::Attribute(name.into(), tested?))
}

/// A word that is no attribute that is tested: perhaps another one was meant.
fn unknown<T>(input: &mut Input<'_>, begin: usize, word: &str, tested: Read<Test>) -> Read<T> {
    let is_call = is_sign_ahead(input, 0, &["("]);
    let exact = |known: &&&str| known.eq_ignore_ascii_case(word);
    let known = BEGINNINGS.iter().find(exact);
    let meant = nearest(word, BEGINNINGS).filter(|_| known.is_none());
    let said = match (meant, is_call) {
        (Some(meant), _) => format!("{} is unknown here: did you mean `{meant}`?", quoted(word)),
        (None, true) => format!(
            "{} is unknown here: expected a figure, as `count(purchased, last 90 days) >= 3`",
            quoted(word)
        ),
        (None, false) => {
            return tested.and_then(|_| missed(input, 0, CONDITION));
        }
    };
    refuse(input, begin..begin + 1, said)
}
