//! Somebody of whom the host only heard.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Detail, Event};
use crate::error::{Error, Result};
use crate::types::{Basis, Timestamp, check_instant, check_text, redacted};

/// The sentence of a prospect; see [`Event::prospect`].
#[derive(Clone, PartialEq)]
#[must_use = "a prospect is nothing until it is recorded"]
pub struct Prospect {
    pub(super) event: Event,
}

/// Where somebody is known from, why that may be kept, and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Origins {
    pub(crate) source: Option<Arc<str>>,
    pub(crate) basis: Option<Basis>,
    pub(crate) until: Option<Timestamp>,
}

impl Prospect {
    fn with(mut self, change: impl FnOnce(&mut Origins)) -> Self {
        if let Detail::Prospect(origins) = &mut self.event.detail {
            change(origins);
        }
        self
    }

    /// Where the host has it from: the list, the partner, the fair.
    pub fn source(self, source: impl Into<Arc<str>>) -> Self {
        self.with(|origins| origins.source = Some(source.into()))
    }

    /// Why it may be kept.
    pub fn basis(self, basis: Basis) -> Self {
        self.with(|origins| origins.basis = Some(basis))
    }

    /// From this instant on everything of the prospect goes, unless a link made it a
    /// customer's.
    pub fn until(self, until: Timestamp) -> Self {
        self.with(|origins| origins.until = Some(until))
    }
}

impl Origins {
    pub(crate) fn check(&self, at: Timestamp) -> Result<()> {
        let missing = |field: &'static str, what: &str| {
            Error::input(field, format!("`{field}` is missing: expected {what} of the prospect"))
        };
        let source = self.source.as_ref().ok_or_else(|| missing("source", "the source"))?;
        check_text("source", source)?;
        self.basis.ok_or_else(|| missing("basis", "the basis"))?;
        let until = self.until.ok_or_else(|| missing("until", "the expiry"))?;
        check_instant("until", until)?;
        if until <= at {
            return Err(Error::input(
                "until",
                "`until` is not after `at`: expected a later instant",
            ));
        }
        Ok(())
    }
}

redacted! {
    Prospect {}
}
