//! Tests of a value that are more than a comparison of numbers: of texts, of sets, of
//! places, of objects within lists.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::behaviours::Bound;
use super::condition::Condition;
use super::test::{Ago, Since, Test};
use crate::error::{Error, Result};
use crate::event::Value;
use crate::types::Location;
use crate::types::{Timestamp, check_text};

/// How large a compiled regular expression may be, in bytes.
const LARGEST: usize = 1 << 20;

/// A test, ready to be made.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    test: Node,
    /// What it was made of.
    of: Test,
}

#[derive(Debug, Clone)]
enum Node {
    Exists,
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    AllOf(Vec<Arc<str>>),
    /// At least, at most; in the order of values of one type.
    AtLeast(Value),
    AtMost(Value),
    MoreThan(Value),
    LessThan(Value),
    Contains(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Matches(Regex),
    Near(Location, u64),
    Size(i64, i64),
    Ago(i64, i64),
    Some(Box<Within>),
}

/// What an object must meet.
#[derive(Debug, Clone)]
enum Within {
    All(Vec<Within>),
    Any(Vec<Within>),
    Not(Box<Within>),
    Field(Box<str>, Node),
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of
    }
}

impl Eq for Matcher {}

impl Hash for Matcher {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Values hold numbers, which have no hash; what is equal is written equally.
        format!("{:?}", self.of).hash(state);
    }
}

impl Matcher {
    /// # Errors
    /// A value cannot be compared, a regular expression is wrong or too large, or a test is
    /// of no use here.
    pub(super) fn compile(test: &Test) -> Result<Self> {
        Ok(Self { test: node(test)?, of: test.clone() })
    }

    /// The same of something that does not change with time.
    ///
    /// # Errors
    /// The test compares with now, or as above.
    pub(super) fn timeless(test: &Test) -> Result<Self> {
        let matcher = Self::compile(test)?;
        if matcher.test.is_timed() {
            return Err(Error::configuration(
                "a property is tested for what it is: expected no comparison with now",
            ));
        }
        Ok(matcher)
    }

    /// Whether a value meets it, which does not compare with now.
    pub(super) fn holds(&self, value: &Value) -> bool {
        self.test.holds(value, 0)
    }

    /// Whether a value meets it at an instant.
    pub(super) fn holds_at(&self, value: &Value, now: Timestamp) -> bool {
        self.test.holds(value, now.as_millis())
    }

    /// The first later instant at which time alone may change that.
    pub(super) fn until(&self, value: &Value, now: Timestamp) -> Timestamp {
        let mut until = i64::MAX;
        self.test.until(value, now.as_millis(), &mut until);
        Timestamp::from_millis(until)
    }
}

fn node(test: &Test) -> Result<Node> {
    Ok(match test {
        Test::Exists => Node::Exists,
        Test::OneOf(values) => Node::OneOf(checked(values)?),
        Test::NoneOf(values) => Node::NoneOf(checked(values)?),
        Test::AllOf(values) => Node::AllOf(texts(values)?),
        Test::AtLeast(value) => Node::AtLeast(ordered(value)?),
        Test::AtMost(value) => Node::AtMost(ordered(value)?),
        Test::MoreThan(value) => Node::MoreThan(ordered(value)?),
        Test::LessThan(value) => Node::LessThan(ordered(value)?),
        Test::Contains(text) => Node::Contains(part(text)?),
        Test::StartsWith(text) => Node::StartsWith(part(text)?),
        Test::EndsWith(text) => Node::EndsWith(part(text)?),
        Test::Matches(expression) => Node::Matches(regex(expression)?),
        Test::Near(location, metres) => Node::Near(*location, *metres),
        Test::Size(number) => {
            let (least, most) = bounds(number.0)?;
            Node::Size(least, most)
        }
        Test::Ago(Since(ago)) => {
            let (least, most) = since(*ago)?;
            Node::Ago(least, most)
        }
        Test::Some(condition) => Node::Some(Box::new(within(condition)?)),
        Test::Anniversary(_) | Test::Unchanged(_) => {
            return Err(Error::configuration(
                "only an attribute itself has anniversaries and a past: expected another test \
                 of what is within it",
            ));
        }
    })
}

fn within(condition: &Condition) -> Result<Within> {
    let each = |parts: &[Condition]| parts.iter().map(within).collect::<Result<Vec<_>>>();
    Ok(match condition {
        Condition::Always => Within::All(Vec::new()),
        Condition::All(parts) => Within::All(each(parts)?),
        Condition::Any(parts) => Within::Any(each(parts)?),
        Condition::Not(part) => Within::Not(Box::new(within(part)?)),
        Condition::Attribute(name, test) => {
            check_text("field", name)?;
            Within::Field(name.clone(), node(test)?)
        }
        _ => {
            return Err(Error::configuration(
                "an object in a list has fields alone: expected `attribute` with a field's name",
            ));
        }
    })
}

fn checked(values: &[Value]) -> Result<Vec<Value>> {
    for value in values {
        value.check("value")?;
        if value.is_compound() {
            return Err(Error::configuration(
                "a set, a list or a location is never equal to one: expected its own tests",
            ));
        }
    }
    Ok(values.to_vec())
}

fn texts(values: &[Value]) -> Result<Vec<Arc<str>>> {
    let text = |value: &Value| match value {
        Value::Text(text) => check_text("value", text).map(|()| text.clone()),
        _ => Err(Error::configuration("a set holds texts: expected these")),
    };
    values.iter().map(text).collect()
}

/// A value that has an order.
pub(super) fn ordered(value: &Value) -> Result<Value> {
    value.check("value")?;
    match value {
        Value::Number(_) | Value::Instant(_) => Ok(value.clone()),
        Value::Set(_) => Err(Error::configuration(
            "a set has no order: expected `one_of` or `all_of` with its texts",
        )),
        _ => Err(Error::configuration(
            "only numbers and instants have an order: expected one of these",
        )),
    }
}

fn part(text: &str) -> Result<Box<str>> {
    check_text("value", text)?;
    Ok(text.into())
}

fn regex(expression: &str) -> Result<Regex> {
    check_text("value", expression)?;
    RegexBuilder::new(expression).size_limit(LARGEST).nest_limit(64).build().map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            error => error.to_string().lines().last().unwrap_or_default().to_owned(),
        };
        Error::configuration(format!("`{expression}` is no regular expression: {why}"))
    })
}

/// The smallest and the largest of a bound that something can be in.
///
/// # Errors
/// Nothing can.
pub(super) fn bounds(bound: Bound) -> Result<(i64, i64)> {
    let (least, most) = bound.range();
    if least > most {
        return Err(Error::configuration("a range is empty: expected the smaller number first"));
    }
    Ok((least, most))
}

/// The same of how long ago.
pub(super) fn since(ago: Ago) -> Result<(i64, i64)> {
    let (least, most) = ago.range();
    bounds(Bound::Between(least, most))
}

impl Node {
    fn is_timed(&self) -> bool {
        match self {
            Self::Ago(..) => true,
            Self::Some(within) => within.is_timed(),
            _ => false,
        }
    }

    fn holds(&self, value: &Value, now: i64) -> bool {
        let one_of = |values: &[Value]| match value {
            Value::Set(set) => {
                values.iter().any(|one| matches!(one, Value::Text(t) if set.contains(t)))
            }
            value => values.iter().any(|one| one == value),
        };
        match self {
            Self::Exists => true,
            Self::OneOf(values) => one_of(values),
            Self::NoneOf(values) => !one_of(values),
            Self::AllOf(texts) => {
                matches!(value, Value::Set(set) if texts.iter().all(|text| set.contains(text)))
            }
            Self::AtLeast(bound) => compare(value, bound).is_some_and(Ordering::is_ge),
            Self::AtMost(bound) => compare(value, bound).is_some_and(Ordering::is_le),
            Self::MoreThan(bound) => compare(value, bound).is_some_and(Ordering::is_gt),
            Self::LessThan(bound) => compare(value, bound).is_some_and(Ordering::is_lt),
            Self::Contains(part) => any_text(value, |text| text.contains(&**part)),
            Self::StartsWith(part) => any_text(value, |text| text.starts_with(&**part)),
            Self::EndsWith(part) => any_text(value, |text| text.ends_with(&**part)),
            Self::Matches(regex) => any_text(value, |text| regex.is_match(text)),
            Self::Near(from, metres) => {
                matches!(value, Value::Location(to) if from.distance(to) <= *metres)
            }
            Self::Size(least, most) => {
                value.size().is_some_and(|size| (*least..=*most).contains(&(size as i64)))
            }
            Self::Ago(least, most) => matches!(value, Value::Instant(at)
                if (*least..=*most).contains(&now.saturating_sub(at.as_millis()))),
            Self::Some(within) => {
                matches!(value, Value::Records(list) if list.iter().any(|one| within.holds(one, now)))
            }
        }
    }

    fn until(&self, value: &Value, now: i64, until: &mut i64) {
        match (self, value) {
            (Self::Ago(least, most), Value::Instant(at)) => {
                let edges = [*least, most.saturating_add(1)];
                let edges = edges.map(|edge| at.as_millis().saturating_add(edge));
                edges
                    .into_iter()
                    .filter(|edge| *edge > now)
                    .for_each(|edge| *until = edge.min(*until));
            }
            (Self::Some(within), Value::Records(list)) => {
                list.iter().for_each(|one| within.until(one, now, until));
            }
            _ => {}
        }
    }
}

impl Within {
    fn is_timed(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::is_timed),
            Self::Not(part) => part.is_timed(),
            Self::Field(_, node) => node.is_timed(),
        }
    }

    fn holds(&self, record: &crate::event::Record, now: i64) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(record, now)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(record, now)),
            Self::Not(part) => !part.holds(record, now),
            Self::Field(name, node) => record.get(name).is_some_and(|value| node.holds(value, now)),
        }
    }

    fn until(&self, record: &crate::event::Record, now: i64, until: &mut i64) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.until(record, now, until));
            }
            Self::Not(part) => part.until(record, now, until),
            Self::Field(name, node) => {
                record.get(name).into_iter().for_each(|value| node.until(value, now, until));
            }
        }
    }
}

/// The order of two values of one type that has one.
fn compare(value: &Value, bound: &Value) -> Option<Ordering> {
    match (value, bound) {
        // Negative zero equals zero.
        (Value::Number(a), Value::Number(b)) => Some((a + 0.0).total_cmp(&(b + 0.0))),
        (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn any_text(value: &Value, is: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Text(text) => is(text),
        Value::Set(texts) => texts.iter().any(|text| is(text)),
        _ => false,
    }
}
