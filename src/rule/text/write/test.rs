//! What a value must be.

use std::fmt::{Formatter, Result, Write};

use super::piece::{Text, location, value};
use super::{bound, each};
use crate::event::Value;
use crate::rule::test::{Ago, Lasting, Number, Since, Test};

/// Writes a test, behind a name and a space.
pub(super) fn test(f: &mut Formatter<'_>, test: &Test, depth: usize) -> Result {
    match test {
        Test::Exists => f.write_str("exists"),
        Test::OneOf(values) => one_of(f, values, "= ", "in "),
        Test::NoneOf(values) => one_of(f, values, "!= ", "not in "),
        Test::AllOf(values) => {
            f.write_str("has all of ")?;
            list(f, values)
        }
        Test::AtLeast(than) => with(f, ">= ", than),
        Test::AtMost(than) => with(f, "<= ", than),
        Test::MoreThan(than) => with(f, "> ", than),
        Test::LessThan(than) => with(f, "< ", than),
        Test::Contains(text) => write!(f, "contains {}", Text(text)),
        Test::StartsWith(text) => write!(f, "starts with {}", Text(text)),
        Test::EndsWith(text) => write!(f, "ends with {}", Text(text)),
        Test::Matches(text) => write!(f, "matches {}", Text(text)),
        Test::Ago(Since(ago)) => since(f, *ago),
        Test::Anniversary(0) => f.write_str("anniversary today"),
        Test::Anniversary(days) => write!(f, "anniversary in the next {days} days"),
        Test::Unchanged(Lasting(span)) => write!(f, "unchanged for {span}"),
        Test::Near(from, metres) => {
            write!(f, "within {metres} m of ")?;
            location(f, *from)
        }
        Test::Some(condition) => {
            f.write_str("has one with (")?;
            super::condition(f, condition, depth + 1)?;
            f.write_char(')')
        }
        Test::Size(Number(number)) => {
            f.write_str("size ")?;
            bound(f, *number, |f, number| write!(f, "{number}"))
        }
    }
}

fn with(f: &mut Formatter<'_>, said: &str, than: &Value) -> Result {
    f.write_str(said)?;
    value(f, than)
}

fn one_of(f: &mut Formatter<'_>, values: &[Value], one: &str, several: &str) -> Result {
    match values {
        [value] => with(f, one, value),
        values => {
            f.write_str(several)?;
            list(f, values)
        }
    }
}

fn list(f: &mut Formatter<'_>, values: &[Value]) -> Result {
    f.write_char('(')?;
    each(f, values, ", ", value)?;
    f.write_char(')')
}

fn since(f: &mut Formatter<'_>, ago: Ago) -> Result {
    match ago {
        Ago::MoreThan(span) => write!(f, "> {span} ago"),
        Ago::AtMost(span) => write!(f, "<= {span} ago"),
        Ago::Between(least, most) => write!(f, "between {least} and {most} ago"),
        Ago::WithinNext(span) => write!(f, "in the next {span}"),
    }
}
