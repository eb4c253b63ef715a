//! What a host would write for just this: an enum of tests, and values that are found by
//! their index or by their name.

use std::collections::HashMap;

use super::Contender;
use crate::Result;
use crate::rules::segments::{CONDITIONS, Profile, Segment};

enum Value {
    Number(f64),
    Text(String),
}

enum Test {
    Is(String),
    AtLeast(f64),
    MoreThan(f64),
    AtMost(f64),
    OneOf(Vec<String>),
}

impl Test {
    fn is_met(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Is(operand), Value::Text(text)) => text == operand,
            (Self::OneOf(operands), Value::Text(text)) => operands.contains(text),
            (Self::AtLeast(operand), Value::Number(number)) => number >= operand,
            (Self::MoreThan(operand), Value::Number(number)) => number > operand,
            (Self::AtMost(operand), Value::Number(number)) => number <= operand,
            _ => false,
        }
    }
}

/// Where values are found.
trait Values {
    type Key;

    fn get(&self, key: &Self::Key) -> Option<&Value>;
}

impl Values for Vec<Value> {
    type Key = usize;

    fn get(&self, index: &usize) -> Option<&Value> {
        self.as_slice().get(*index)
    }
}

impl Values for HashMap<String, Value> {
    type Key = String;

    fn get(&self, name: &String) -> Option<&Value> {
        self.get(name)
    }
}

struct HandWritten<V: Values> {
    values: V,
    segments: Vec<Vec<(V::Key, Test)>>,
}

pub(super) fn by_index(profile: &Profile, segments: &[Segment]) -> impl Contender + use<> {
    let index = |segment| tests(segment).map(|(_, test)| test).into_iter().enumerate().collect();
    HandWritten {
        values: Vec::from(values(profile).map(|(_, value)| value)),
        segments: segments.iter().map(index).collect(),
    }
}

pub(super) fn by_name(profile: &Profile, segments: &[Segment]) -> impl Contender + use<> {
    let name = |segment| tests(segment).map(|(name, test)| (name.to_owned(), test)).into();
    HandWritten {
        values: HashMap::from(values(profile).map(|(name, value)| (name.to_owned(), value))),
        segments: segments.iter().map(name).collect(),
    }
}

fn values(profile: &Profile) -> [(&'static str, Value); CONDITIONS] {
    [
        ("country", Value::Text(profile.country.to_owned())),
        ("age", Value::Number(profile.age)),
        ("spent", Value::Number(profile.spent)),
        ("days_away", Value::Number(profile.days_away)),
        ("tier", Value::Text(profile.tier.to_owned())),
    ]
}

fn tests(segment: &Segment) -> [(&'static str, Test); CONDITIONS] {
    [
        ("country", Test::Is(segment.country.to_owned())),
        ("age", Test::AtLeast(segment.age)),
        ("spent", Test::MoreThan(segment.spent)),
        ("days_away", Test::AtMost(segment.days_away)),
        ("tier", Test::OneOf(segment.tiers.map(str::to_owned).into())),
    ]
}

impl<V: Values> Contender for HandWritten<V> {
    fn count(&mut self) -> Result<usize> {
        let is_met = |(key, test): &(V::Key, Test)| {
            self.values.get(key).is_some_and(|value| test.is_met(value))
        };
        Ok(self.segments.iter().filter(|tests| tests.iter().all(is_met)).count())
    }
}
