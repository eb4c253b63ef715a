//! What the host says of the attributes of its customers: of which type each is, and which
//! of several values counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Statement, Value};
use crate::error::{Error, Result};
use crate::types::check_text;

/// The host's own attributes, each with its type and which of several values counts.
///
/// An attribute that is not named here is kept as well, with values of any type, of which
/// the latest counts. Whatever the rule, it chooses among values of one
/// [`Origin`](crate::Origin): what the customer declared beats what was observed, and that
/// what was inferred.
///
/// ```
/// use confidant::{AttributeRule, Attributes, Engine};
///
/// let attributes = Attributes::new()
///     .attribute("city", AttributeRule::text().most_trusted(["crm", "web shop"]))
///     .attribute("likes", AttributeRule::set().union())
///     .attribute("customer since", AttributeRule::instant().earliest());
/// let engine = Engine::builder().attributes(attributes).build()?;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Attributes(BTreeMap<Arc<str>, AttributeRule>);

/// What is said of one attribute. The latest value counts, if nothing else is said; where
/// several are the latest, it is one of them, and the same whatever came first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeRule {
    of: Type,
    merge: Merge,
}

/// The type of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Type {
    Text,
    Number,
    Flag,
    Instant,
    Set,
    Location,
    Records,
    Numbers,
}

/// Which of several values counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) enum Merge {
    #[default]
    Latest,
    Earliest,
    MostTrusted(Vec<Arc<str>>),
    Maximum,
    Minimum,
    Union,
}

impl Type {
    /// Of records or numbers there may be none, which is an empty set.
    fn has(self, value: &Value) -> bool {
        if let (Self::Records | Self::Numbers, Value::Set(texts)) = (self, value) {
            return texts.is_empty();
        }
        matches!(
            (self, value),
            (Self::Text, Value::Text(_))
                | (Self::Number, Value::Number(_))
                | (Self::Flag, Value::Flag(_))
                | (Self::Instant, Value::Instant(_))
                | (Self::Set, Value::Set(_))
                | (Self::Location, Value::Location(_))
                | (Self::Records, Value::Records(_))
                | (Self::Numbers, Value::Numbers(_))
        )
    }

    fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Instant => "an instant",
            Self::Set => "a set of texts",
            Self::Location => "a location",
            Self::Records => "a list of records",
            Self::Numbers => "a list of numbers",
        }
    }
}

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident $of:ident)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name() -> Self {
            Self { of: Type::$of, merge: Merge::Latest }
        }
    )*};
}

impl AttributeRule {
    types! {
        /// It is a text.
        text Text
        /// It is a number.
        number Number
        /// It is true or false.
        flag Flag
        /// It is an instant.
        instant Instant
        /// It is a set of texts.
        set Set
        /// It is a place on earth.
        location Location
        /// It is a list of records.
        records Records
        /// It is a list of numbers.
        numbers Numbers
    }

    fn merge(self, merge: Merge) -> Self {
        Self { merge, ..self }
    }

    /// The value that was stated last counts.
    #[must_use]
    pub fn latest(self) -> Self {
        self.merge(Merge::Latest)
    }

    /// The value that was stated first counts.
    #[must_use]
    pub fn earliest(self) -> Self {
        self.merge(Merge::Earliest)
    }

    /// The value of the source that comes first here counts; of values of one source, and
    /// of those of sources that are not named, the latest.
    #[must_use]
    pub fn most_trusted<S: Into<Arc<str>>>(self, sources: impl IntoIterator<Item = S>) -> Self {
        self.merge(Merge::MostTrusted(sources.into_iter().map(Into::into).collect()))
    }

    /// The largest number, or the latest instant, counts.
    #[must_use]
    pub fn maximum(self) -> Self {
        self.merge(Merge::Maximum)
    }

    /// The smallest number, or the earliest instant, counts.
    #[must_use]
    pub fn minimum(self) -> Self {
        self.merge(Merge::Minimum)
    }

    /// All texts of all sets count.
    #[must_use]
    pub fn union(self) -> Self {
        self.merge(Merge::Union)
    }

    fn check(&self) -> Result<()> {
        let wrong = |message: &'static str| Err(Error::configuration(message));
        match &self.merge {
            Merge::Maximum | Merge::Minimum if !matches!(self.of, Type::Number | Type::Instant) => {
                wrong("only numbers and instants have an order: expected one of these")
            }
            Merge::Union if self.of != Type::Set => wrong("only sets have a union: expected a set"),
            Merge::MostTrusted(sources) => {
                sources.iter().try_for_each(|source| check_text("source", source))?;
                let each: BTreeSet<&Arc<str>> = sources.iter().collect();
                if each.len() < sources.len() {
                    return wrong("a trusted source is named twice: expected once");
                }
                if sources.is_empty() {
                    return wrong("no source is trusted: expected at least one");
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Attributes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more attribute; named again, it is as said last.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Arc<str>>, rule: AttributeRule) -> Self {
        self.0.insert(name.into(), rule);
        self
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        for (name, rule) in &self.0 {
            check_text("attribute", name)?;
            rule.check()
                .map_err(|error| Error::configuration(format!("attribute `{name}`: {error}")))?;
        }
        Ok(())
    }

    /// Refuses values that are not of their attribute's type.
    pub(crate) fn check_values(&self, statement: &Statement) -> Result<()> {
        let rule = |(name, value)| Some((name, value, self.0.get::<str>(name)?.of));
        let facts = statement.facts.iter().map(|(name, value)| (&**name, value));
        match facts.filter_map(rule).find(|(_, value, of)| !of.has(value)) {
            None => Ok(()),
            Some((name, _, of)) => Err(Error::input(
                "attributes",
                format!("attribute `{name}` is of another type: expected {}", of.words()),
            )),
        }
    }

    /// Whether a value may count: one of another type was kept under other rules.
    pub(crate) fn fits(&self, name: &str, value: &Value) -> bool {
        self.0.get(name).is_none_or(|rule| rule.of.has(value))
    }

    /// Which of several values of an attribute counts.
    pub(crate) fn merge_of(&self, name: &str) -> &Merge {
        self.0.get(name).map_or(&Merge::Latest, |rule| &rule.merge)
    }
}
