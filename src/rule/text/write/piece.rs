//! Names, texts, values and numbers.

use std::fmt::{Display, Formatter, Result, Write};

use crate::event::{Kind, Value};
use crate::rule::text::token::is_word;
use crate::rule::text::words::is_reserved;
use crate::types::Location;
use crate::types::{Channel, DataCategory};

/// A name: bare if it can be, or in backticks.
pub(super) struct Name<'a>(pub(super) &'a str);

/// A text: bare if it can be, or in double quotes.
pub(super) struct Text<'a>(pub(super) &'a str);

/// A whole number of units, so many of the last decimals.
pub(super) struct Decimal(pub(super) i128, pub(super) u32);

/// Several, with something between them.
pub(super) struct Separated<'a, I>(pub(super) &'a str, pub(super) I);

fn is_bare(text: &str) -> bool {
    is_word(text) && !is_reserved(text)
}

fn quoted(f: &mut Formatter<'_>, text: &str, quote: char) -> Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote || c == '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if is_bare(self.0) { f.write_str(self.0) } else { quoted(f, self.0, '`') }
    }
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if is_bare(self.0) { f.write_str(self.0) } else { quoted(f, self.0, '"') }
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(number, decimals) = *self;
        let (units, sign) = (10u128.pow(decimals), if number < 0 { "-" } else { "" });
        let (whole, rest) = (number.unsigned_abs() / units, number.unsigned_abs() % units);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let rest = format!("{rest:0width$}", width = decimals as usize);
        write!(f, "{sign}{whole}.{}", rest.trim_end_matches('0'))
    }
}

impl<T: Display, I: Iterator<Item = T> + Clone> Display for Separated<'_, I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (n, part) in self.1.clone().enumerate() {
            f.write_str(if n > 0 { self.0 } else { "" })?;
            part.fmt(f)?;
        }
        Ok(())
    }
}

pub(super) fn value(f: &mut Formatter<'_>, value: &Value) -> Result {
    match value {
        Value::Text(text) => write!(f, "{}", Text(text)),
        Value::Location(location) => self::location(f, *location),
        Value::Set(texts) => {
            write!(f, "{{{}}}", Separated(", ", texts.iter().map(|text| Text(text))))
        }
        Value::Number(_)
        | Value::Flag(_)
        | Value::Instant(_)
        | Value::Records(_)
        | Value::Numbers(_) => write!(f, "{value}"),
    }
}

pub(super) fn location(f: &mut Formatter<'_>, location: Location) -> Result {
    let degrees = |millionths: i32| Decimal(millionths.into(), 6);
    write!(f, "({}, {})", degrees(location.latitude), degrees(location.longitude))
}

pub(super) fn kind(f: &mut Formatter<'_>, kind: &Kind) -> Result {
    match kind {
        Kind::Custom(own) => quoted(f, own, '`'),
        ours => f.write_str(ours.name()),
    }
}

pub(super) fn channel(f: &mut Formatter<'_>, channel: &Channel) -> Result {
    match channel {
        Channel::Custom(own) => quoted(f, own, '`'),
        ours => f.write_str(ours.name()),
    }
}

pub(super) fn category(f: &mut Formatter<'_>, category: &DataCategory) -> Result {
    match category {
        DataCategory::Custom(own) => quoted(f, own, '`'),
        ours => f.write_str(ours.name()),
    }
}
