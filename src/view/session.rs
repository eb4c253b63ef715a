//! The present visit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::event::Value;
use crate::event::known::{BROWSER, DEVICE};
use crate::types::{Channel, ItemId, check_text, millis, redacted};

/// What is going on right now: travels with the request, is never recorded, and is
/// used only while the customer's level is at least
/// [`Contextual`](crate::Level::Contextual).
///
/// ```
/// use std::time::Duration;
///
/// use confidant::{Channel, Session};
///
/// let visit = Session::new()
///     .on(Channel::Web)
///     .device("phone")
///     .viewing("espresso")
///     .dwell(["coffee", "beans"], Duration::from_secs(40))
///     .set("weather", "rain");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Session {
    viewing: Vec<ItemId>,
    context: BTreeMap<Arc<str>, Value>,
    /// Milliseconds.
    dwell: BTreeMap<Vec<Arc<str>>, u64>,
}

/// How many items, values and categories one visit may hold.
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

    /// The channel: the value `channel`.
    #[must_use]
    pub fn on(self, channel: Channel) -> Self {
        self.set("channel", channel.name())
    }

    /// The device, as `phone`: the value `device`.
    #[must_use]
    pub fn device(self, device: impl Into<Arc<str>>) -> Self {
        self.set(DEVICE, Value::Text(device.into()))
    }

    /// The browser: the value `browser`.
    #[must_use]
    pub fn browser(self, browser: impl Into<Arc<str>>) -> Self {
        self.set(BROWSER, Value::Text(browser.into()))
    }

    /// Where the customer is, a store or a city: the value `place`.
    #[must_use]
    pub fn place(self, place: impl Into<Arc<str>>) -> Self {
        self.set("place", Value::Text(place.into()))
    }

    /// The customer stayed with a category, named from the widest down, for this time, to
    /// the millisecond; times that are told one after the other add up.
    #[must_use]
    pub fn dwell<T: Into<Arc<str>>>(
        mut self,
        category: impl IntoIterator<Item = T>,
        time: Duration,
    ) -> Self {
        let path = category.into_iter().map(Into::into).collect();
        let known = self.dwell.entry(path).or_default();
        *known = known.saturating_add(millis(time).unsigned_abs());
        self
    }

    /// Something else about the visit: the weather, the campaign that brought the customer.
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

    /// What is being looked at: the item that was named last.
    #[must_use]
    pub fn looking_at(&self) -> Option<&ItemId> {
        self.viewing.last()
    }

    /// How long the customer stayed with each category, in milliseconds, in the order of the
    /// names.
    #[must_use]
    pub fn stayed(&self) -> &BTreeMap<Vec<Arc<str>>, u64> {
        &self.dwell
    }

    /// A value about the visit.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.context.get(name)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let things = [self.viewing.len(), self.context.len(), self.dwell.len()];
        if things.iter().any(|things| *things > MOST) {
            return Err(Error::input(
                "session",
                format!("`session` holds too many things: expected at most {MOST}"),
            ));
        }
        self.viewing.iter().try_for_each(|item| check_text("session", item.as_str()))?;
        for path in self.dwell.keys() {
            if path.is_empty() || path.len() > MOST {
                return Err(Error::input(
                    "session",
                    format!(
                        "`session` holds a category of no name or of too many: expected 1 to {MOST}"
                    ),
                ));
            }
            path.iter().try_for_each(|name| check_text("session", name))?;
        }
        self.context.iter().try_for_each(|(name, value)| {
            check_text("session", name)?;
            value.check("session")
        })
    }
}

redacted! {
    Session {}
}
