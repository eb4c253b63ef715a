//! Facts about a customer: what the customer said, what a system saw, what was worked
//! out. They are kept apart, for what somebody says of themselves beats what others think.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Detail, Event, Value, value};
use crate::error::{Error, Result};
use crate::types::{Basis, Purpose, Timestamp, check_instant, check_text, redacted};

/// Where a fact about a customer comes from; the first that has anything to say is
/// believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The customer said so.
    Declared,
    /// A system saw it, or knows it: a customer relationship system, a till, a browser.
    Observed,
    /// It was worked out from other things: a score, a guess, an enrichment.
    Inferred,
}

impl Origin {
    /// All of them, the strongest first.
    pub const ALL: [Self; 3] = [Self::Declared, Self::Observed, Self::Inferred];

    /// The stable name of this origin, which its events have too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The sentence of facts about a customer; see [`Event::declared`],
/// [`Event::observed`] and [`Event::inferred`].
#[derive(Clone, PartialEq)]
#[must_use = "a declaration is nothing until it is recorded"]
pub struct Declaration {
    pub(super) event: Event,
}

/// What is stated, and on what terms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Statement {
    pub(crate) origin: Origin,
    pub(crate) facts: BTreeMap<Arc<str>, Value>,
    pub(crate) source: Option<Arc<str>>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) basis: Option<Basis>,
}

impl Declaration {
    fn with(mut self, change: impl FnOnce(&mut Statement)) -> Self {
        if let Detail::Stated(statement) = &mut self.event.detail {
            change(statement);
        }
        self
    }

    /// One fact. Its data category comes from the host's privacy policy, its type and
    /// which of several values counts from the host's [`Attributes`](crate::Attributes).
    pub fn attribute(self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.with(|statement| _ = statement.facts.insert(name.into(), value.into().settled()))
    }

    /// The system that knows it: `crm`, `preference centre`, `churn model 7`.
    pub fn source(self, source: impl Into<Arc<str>>) -> Self {
        self.with(|statement| statement.source = Some(source.into()))
    }

    /// From this instant on it does not count any more.
    pub fn until(self, until: Timestamp) -> Self {
        self.with(|statement| statement.until = Some(until))
    }

    /// It was given for this purpose, and no other ever sees it.
    pub fn only_for(self, purpose: Purpose) -> Self {
        self.with(|statement| statement.purpose = Some(purpose))
    }

    /// Why it may be kept; if not said, as the privacy policy says of its category. What
    /// a contract needs is kept while the customer has not said anything, and still no
    /// purpose sees it without consent. A contract is no basis for special categories.
    pub fn basis(self, basis: Basis) -> Self {
        self.with(|statement| statement.basis = Some(basis))
    }
}

impl Statement {
    pub(super) fn new(origin: Origin) -> Self {
        let facts = BTreeMap::new();
        Self { origin, facts, source: None, until: None, purpose: None, basis: None }
    }

    pub(super) fn check(&self, at: Timestamp) -> Result<()> {
        self.source.as_ref().map_or(Ok(()), |source| check_text("source", source))?;
        self.purpose.as_ref().map_or(Ok(()), Purpose::check)?;
        if let Some(until) = self.until {
            check_instant("until", until)?;
            if until <= at {
                return Err(Error::input(
                    "until",
                    "`until` is not after `at`: expected a later instant",
                ));
            }
        }
        value::check_all("attributes", self.facts.iter())
    }
}

redacted! {
    Declaration {}
}
