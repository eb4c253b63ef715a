//! Which behaviours a figure is about, and of what time.

use winnow::Parser;
use winnow::combinator::{alt, delimited, opt, preceded, separated};

use super::bound::amount_bound;
use super::test::test;
use super::value::{either, id, name};
use super::window::when;
use crate::event::Kind;
use crate::rule::behaviours::{Behaviours, Priced, Property, When, behaviours};
use crate::rule::text::error::quoted;
use crate::rule::text::input::{
    Fitting, Input, Read, ahead, missed, phrase, place, refuse, sign, skip,
};
use crate::rule::text::token::{Sort, unquoted};
use crate::rule::text::words;
use crate::types::{Channel, DataCategory, ItemId};

/// One filter, or a time.
enum Filter {
    Channels(Vec<Channel>),
    Items(Vec<String>),
    Categories(Vec<Vec<Box<str>>>),
    Amount(Priced),
    Price(Priced),
    Property(Property),
    When(When),
}

/// Behaviours in parentheses, with the time that they are of.
pub(super) fn timed(input: &mut Input<'_>) -> Read<(Behaviours, When)> {
    let (of, when) = filtered(input, true)?;
    sign(")")(input)?;
    Ok((of, when.unwrap_or_default()))
}

/// Behaviours in brackets, of no time of their own.
pub(super) fn bracketed(input: &mut Input<'_>) -> Read<Behaviours> {
    let inside = |input: &mut Input<'_>| filtered(input, false).map(|(of, _)| of);
    delimited(sign("["), inside, sign("]")).parse_next(input)
}

fn filtered(input: &mut Input<'_>, timed: bool) -> Read<(Behaviours, Option<When>)> {
    let mut of = behaviours(crate::event::Kinds::any());
    of.kinds = kinds(input)?;
    let mut when = None;
    while opt(sign(",")).parse_next(input)?.is_some() {
        let begin = place(input);
        let filter = match timed {
            true => alt((filter, when_filter)).parse_next(input)?,
            false => filter(input)?,
        };
        let is_time = matches!(filter, Filter::When(_));
        if !add(&mut of, &mut when, filter) {
            let next = place(input);
            let said = match is_time {
                true => "a time stands twice: expected one",
                false => "a filter stands twice: expected one, with `or` between what it names",
            };
            return refuse(input, begin..next, said);
        }
    }
    Ok((of, when))
}

/// Adds a filter; not one of which there is already one that it would widen.
fn add(of: &mut Behaviours, when: &mut Option<When>, filter: Filter) -> bool {
    fn set<T>(into: &mut Vec<T>, from: Vec<T>) -> bool {
        let is_first = into.is_empty();
        into.extend(from);
        is_first
    }
    match filter {
        Filter::Channels(channels) => return set(&mut of.channels, channels),
        Filter::Items(items) => {
            return set(&mut of.items, items.into_iter().map(ItemId::from).collect());
        }
        Filter::Categories(categories) => return set(&mut of.categories, categories),
        Filter::When(new) => return when.replace(new).is_none(),
        Filter::Amount(priced) => of.amounts.push(priced),
        Filter::Price(priced) => of.prices.push(priced),
        Filter::Property(property) => of.properties.push(property),
    }
    true
}

fn filter(input: &mut Input<'_>) -> Read<Filter> {
    let priced = |input: &mut Input<'_>| amount_bound(input, None);
    alt((
        preceded(phrase("on"), either(channel)).map(Filter::Channels),
        preceded(phrase("item"), either(|input: &mut Input<'_>| id(input, "an item")))
            .map(Filter::Items),
        preceded(phrase("in"), either(path)).map(Filter::Categories),
        preceded(phrase("amount"), priced).map(Filter::Amount),
        preceded(phrase("price"), priced).map(Filter::Price),
        preceded(phrase("where"), property).map(Filter::Property),
    ))
    .parse_next(input)
}

fn when_filter(input: &mut Input<'_>) -> Read<Filter> {
    when(input).map(Filter::When)
}

/// A category with those that it is in, from the widest down.
fn path(input: &mut Input<'_>) -> Read<Vec<Box<str>>> {
    let one = |input: &mut Input<'_>| id(input, "a category").map(String::into_boxed_str);
    alt((phrase("any category").map(|()| Vec::new()), separated(1.., one, sign(">"))))
        .parse_next(input)
}

fn property(input: &mut Input<'_>) -> Read<Property> {
    let (name, category) =
        (property_name, opt(preceded(phrase("as"), category))).parse_next(input)?;
    Ok(Property { category, name, test: test(input)? })
}

pub(super) fn property_name(input: &mut Input<'_>) -> Read<Box<str>> {
    match ahead(input, 0) {
        Some((Sort::Word, word)) if words::is_reserved(word) => id(input, "a property"),
        _ => name(input, "a property"),
    }
    .map(String::into_boxed_str)
}

fn kinds(input: &mut Input<'_>) -> Read<Vec<Kind>> {
    if ahead(input, 0).is_some_and(|(_, text)| text.eq_ignore_ascii_case("anything")) {
        skip(input, 1);
        return Ok(Vec::new());
    }
    either(kind).parse_next(input)
}

fn kind(input: &mut Input<'_>) -> Read<Kind> {
    let said = Named { what: "behaviour", described: "a behaviour, as `purchased`" };
    said.read(input, words::kind, Kind::custom, words::kinds())
}

fn channel(input: &mut Input<'_>) -> Read<Channel> {
    let said = Named { what: "channel", described: "a channel, as `web`" };
    let ours = Channel::BASE.into_iter().map(|channel| channel.name().to_owned());
    said.read(input, channel_of, Channel::custom, ours)
}

fn channel_of(word: &str) -> Option<Channel> {
    Channel::BASE.into_iter().find(|channel| channel.name().eq_ignore_ascii_case(word))
}

/// The name of a channel, ours or in backticks.
pub(super) fn channel_name(input: &mut Input<'_>) -> Read<String> {
    channel(input).map(|channel| channel.name().to_owned())
}

pub(super) fn category(input: &mut Input<'_>) -> Read<DataCategory> {
    let said = Named { what: "data category", described: "a data category, as `purchases`" };
    let ours = DataCategory::BASE.into_iter().map(|category| category.name().to_owned());
    let of = |word: &str| {
        DataCategory::BASE.into_iter().find(|ours| ours.name().eq_ignore_ascii_case(word))
    };
    said.read(input, of, DataCategory::custom, ours)
}

/// Something of which there are ours, bare, and those of the host's own, in backticks.
struct Named {
    what: &'static str,
    described: &'static str,
}

impl Named {
    fn read<T>(
        self,
        input: &mut Input<'_>,
        ours: impl FnOnce(&str) -> Option<T>,
        own: impl FnOnce(String) -> T,
        words: impl Iterator<Item = String>,
    ) -> Read<T> {
        let (what, described) = (self.what, self.described);
        let word = match ahead(input, 0) {
            Some((Sort::Name | Sort::Text, piece)) => {
                skip(input, 1);
                return Ok(own(unquoted(piece)));
            }
            Some((Sort::Word, word)) => word,
            _ => return missed(input, 0, Fitting::Any(described)),
        };
        if let Some(ours) = ours(word) {
            skip(input, 1);
            return Ok(ours);
        }
        let said = match words::nearest(word, words) {
            Some(meant) => format!(
                "{} is no {what}: did you mean `{meant}`? One of your own is written in backticks",
                quoted(word)
            ),
            None => format!(
                "{} is no {what}: expected {described}; one of your own is written in backticks",
                quoted(word),
            ),
        };
        let next = place(input);
        refuse(input, next..next + 1, said)
    }
}
