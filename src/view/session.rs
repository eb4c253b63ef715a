//! The present visit.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::event::Value;
use crate::types::{ItemId, check_text, redacted};

/// What is going on right now: travels with the request, is never recorded, and is
/// used only while the customer's level is at least
/// [`Contextual`](crate::Level::Contextual).
///
/// ```
/// use confidant::Session;
///
/// let visit = Session::new().viewing("espresso").set("weather", "rain");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Session {
    viewing: Vec<ItemId>,
    context: BTreeMap<Arc<str>, Value>,
}

/// How many items and values one visit may hold.
const MOST: usize = 256;

impl Session {
    /// A visit in which nothing has happened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The customer looks at an item, after those already named.
    #[must_use]
    pub fn viewing(mut self, item: impl Into<ItemId>) -> Self {
        self.viewing.push(item.into());
        self
    }

    /// Something about the visit: the device, the weather, the campaign that brought
    /// the customer.
    #[must_use]
    pub fn set(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.context.insert(name.into(), value.into());
        self
    }

    /// The items looked at, in order.
    #[must_use]
    pub fn items(&self) -> &[ItemId] {
        &self.viewing
    }

    /// A value about the visit.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.context.get(name)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.viewing.len() > MOST || self.context.len() > MOST {
            return Err(Error::input(
                "session",
                format!("`session` holds too many things: expected at most {MOST}"),
            ));
        }
        self.viewing.iter().try_for_each(|item| check_text("session", item.as_str()))?;
        self.context.iter().try_for_each(|(name, value)| {
            check_text("session", name)?;
            value.check("session")
        })
    }
}

redacted! {
    Session {}
}
