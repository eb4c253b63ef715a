//! What a free value must be: that of an attribute, of the present visit, of a property.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::behaviours::Bound;
use super::condition::{Condition, nested};
use super::span::Span;
use crate::event::Value;
use crate::types::Location;

/// A test of a value. A value that is missing meets none; values of different types are
/// never equal and never ordered. Where a test names texts, a set meets it if any text of
/// its own does, unless the test says "all".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// There is a value.
    Exists,
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is there, and none of these.
    NoneOf(Vec<Value>),
    /// It is a set, and all of these texts are in it.
    AllOf(Vec<Value>),
    /// It is a number or an instant, and at least this.
    AtLeast(Value),
    /// It is a number or an instant, and at most this.
    AtMost(Value),
    /// It is a number or an instant, and more than this.
    MoreThan(Value),
    /// It is a number or an instant, and less than this.
    LessThan(Value),
    /// It is a text that has this in it.
    Contains(Box<str>),
    /// It is a text that begins with this.
    StartsWith(Box<str>),
    /// It is a text that ends with this.
    EndsWith(Box<str>),
    /// It is a text in which this regular expression is found: one without look-around and
    /// back-references, so that it takes time in proportion to the text, whatever it is.
    Matches(Box<str>),
    /// It is an instant, and this long ago; the future is less than nothing ago.
    Ago(#[doc = "In milliseconds."] Since),
    /// It is an instant, and the next anniversary of its local day is at most so many local
    /// days away, by the customer's clock. Who is born on 29 February is older on the 28th,
    /// in other years.
    Anniversary(u32),
    /// It has been what it is for at least this long, restated or not.
    Unchanged(#[doc = "For how long."] Lasting),
    /// It is a location, and at most so many metres from this one.
    Near(Location, u64),
    /// It is a list of objects, and one of them meets this, in which
    /// [`attribute`](crate::attribute) means a field of the object.
    Some(#[serde(deserialize_with = "nested")] Box<Condition>),
    /// It is a set or a list, and holds so many.
    Size(#[doc = "How many."] Number),
}

/// How long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Since(pub(crate) Ago);

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lasting(pub(crate) Span);

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub(crate) Bound);

/// How long ago an instant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ago {
    /// More than this; from the future into the past if negative.
    MoreThan(Span),
    /// This or less, and not in the future.
    AtMost(Span),
    /// At least the first, at most the second.
    Between(Span, Span),
    /// In the future, or now, and at most so far away.
    WithinNext(Span),
}

impl Ago {
    /// The smallest and the largest number of milliseconds ago.
    pub(crate) fn range(self) -> (i64, i64) {
        match self {
            Self::MoreThan(span) => (span.0.saturating_add(1), i64::MAX),
            Self::AtMost(span) => (0, span.0),
            Self::Between(least, most) => (least.0, most.0),
            Self::WithinNext(span) => (span.0.saturating_neg(), 0),
        }
    }
}

/// The words for a test, for a question that waits for one and for a test alone.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $of:ty),*) $([$generic:ident: $bound:path])? => $test:expr;)*) => {
        impl Test {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name$(<$generic: $bound>)?($($arg: $of),*) -> Self {
                $test
            }
        )*}

        impl Asked {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name$(<$generic: $bound>)?(self, $($arg: $of),*) -> Condition {
                self.test($test)
            }
        )*}
    };
}

words! {
    /// It is this; of a set, this text is in it.
    is(value: impl Into<Value>) => Test::OneOf(vec![value.into()]);
    /// It is there and something else; of a set, this text is not in it.
    is_not(value: impl Into<Value>) => Test::NoneOf(vec![value.into()]);
    /// It is one of these; of a set, any of these texts is in it.
    one_of(values: impl IntoIterator<Item = V>) [V: Into<Value>] =>
        Test::OneOf(values.into_iter().map(Into::into).collect());
    /// It is there and none of these; of a set, none of these texts is in it.
    none_of(values: impl IntoIterator<Item = V>) [V: Into<Value>] =>
        Test::NoneOf(values.into_iter().map(Into::into).collect());
    /// It is a set, and all of these texts are in it.
    all_of(values: impl IntoIterator<Item = V>) [V: Into<Value>] =>
        Test::AllOf(values.into_iter().map(Into::into).collect());
    /// It is at least this.
    at_least(value: impl Into<Value>) => Test::AtLeast(value.into());
    /// It is at most this.
    at_most(value: impl Into<Value>) => Test::AtMost(value.into());
    /// It is more than this; of an instant, later.
    more_than(value: impl Into<Value>) => Test::MoreThan(value.into());
    /// It is less than this; of an instant, earlier.
    less_than(value: impl Into<Value>) => Test::LessThan(value.into());
    /// There is a value.
    exists() => Test::Exists;
    /// It has this in it; capitals matter.
    contains(text: &str) => Test::Contains(text.into());
    /// It begins with this; capitals matter.
    starts_with(text: &str) => Test::StartsWith(text.into());
    /// It ends with this; capitals matter.
    ends_with(text: &str) => Test::EndsWith(text.into());
    /// This regular expression is found in it; `(?i)` in front makes capitals equal.
    matches(expression: &str) => Test::Matches(expression.into());
    /// It is an instant more than this long ago.
    longer_ago_than(duration: Duration) => Test::Ago(Since(Ago::MoreThan(duration.into())));
    /// It is an instant at most this long ago, and not in the future.
    at_most_ago(duration: Duration) => Test::Ago(Since(Ago::AtMost(duration.into())));
    /// It is an instant in the future, or now, and at most this far away.
    within_next(duration: Duration) => Test::Ago(Since(Ago::WithinNext(duration.into())));
    /// The next anniversary of its local day is at most so many local days away; zero is
    /// today.
    anniversary_within(days: u32) => Test::Anniversary(days);
    /// It has been what it is for at least this long, restated or not.
    unchanged_for(duration: Duration) => Test::Unchanged(Lasting(duration.into()));
    /// It is a location at most so many metres from this one.
    near(location: Location, metres: u64) => Test::Near(location, metres);
    /// It is a list of objects, one of which meets this; in it,
    /// [`attribute`](crate::attribute) means a field of the object.
    some(condition: Condition) => Test::Some(Box::new(condition));
    /// It is a set or a list, and holds so many or more.
    size_at_least(number: u32) => Test::Size(Number(Bound::AtLeast(number.into())));
    /// It is a set or a list, and holds so many or fewer.
    size_at_most(number: u32) => Test::Size(Number(Bound::AtMost(number.into())));
}

/// A question about a named value, waiting for its test.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct Asked {
    pub(super) name: Box<str>,
    pub(super) of: fn(Box<str>, Test) -> Condition,
}

impl Asked {
    fn test(self, test: Test) -> Condition {
        (self.of)(self.name, test)
    }
}
