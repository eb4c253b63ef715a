//! Properties that this crate understands: words of a behaviour that few behaviours have.
//! They are kept as free properties are, under these names, and checked for what they mean.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use super::{Behaviour, Value};
use crate::error::{Error, Result};
use crate::types::{EventId, millis};

/// The id of the purchase that is given back or called off.
pub(crate) const REVERSES: &str = "reverses";
/// What a meter says.
pub(crate) const READING: &str = "reading";
/// With which device.
pub(crate) const DEVICE: &str = "device";
/// With which browser.
pub(crate) const BROWSER: &str = "browser";
/// How long, in milliseconds.
pub(crate) const DWELL: &str = "dwell";
const EFFORT: &str = "effort";
const EMOTION: &str = "emotion";
const TOPIC: &str = "topic";
const SENTIMENT: &str = "sentiment";

const ANY: RangeInclusive<f64> = f64::MIN..=f64::MAX;

/// Refuses a value that does not fit the name.
pub(super) fn check(name: &str, value: &Value) -> Result<()> {
    let (field, fits, right) = match name {
        REVERSES => (REVERSES, is_text(value), "the id of an event"),
        TOPIC => (TOPIC, is_text(value), "a text"),
        DEVICE => (DEVICE, is_text(value), "a text"),
        BROWSER => (BROWSER, is_text(value), "a text"),
        DWELL => (DWELL, is_within(value, 0.0..=f64::MAX), "milliseconds, zero or more"),
        READING => (READING, is_within(value, ANY), "a finite number"),
        EFFORT => (EFFORT, is_within(value, 0.0..=1.0), "a number from 0 to 1"),
        EMOTION => (EMOTION, is_within(value, -1.0..=1.0), "a number from -1 to 1"),
        SENTIMENT => (SENTIMENT, is_within(value, -1.0..=1.0), "a number from -1 to 1"),
        _ => return Ok(()),
    };
    if fits {
        return Ok(());
    }
    Err(Error::input(field, format!("`{field}` is not usable: expected {right}")))
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}

fn is_within(value: &Value, range: RangeInclusive<f64>) -> bool {
    matches!(value, Value::Number(number) if range.contains(number))
}

impl Behaviour {
    /// The purchase that is given back or called off, by the id of its event; else it is
    /// found by order and item, or among the latest purchases of the item.
    pub fn reverses(self, purchase: impl Into<EventId>) -> Self {
        let purchase: Arc<str> = purchase.into().as_str().into();
        self.property(REVERSES, Value::Text(purchase))
    }

    /// The device that it was done with, as `phone`.
    pub fn device(self, device: impl Into<Arc<str>>) -> Self {
        self.property(DEVICE, Value::Text(device.into()))
    }

    /// The browser that it was done with.
    pub fn browser(self, browser: impl Into<Arc<str>>) -> Self {
        self.property(BROWSER, Value::Text(browser.into()))
    }

    /// How long the customer stayed with it, to the millisecond.
    pub fn dwell(self, time: Duration) -> Self {
        self.property(DWELL, millis(time) as f64)
    }

    /// What a meter or a counter says: any finite number, in the unit of the item.
    pub fn reading(self, reading: f64) -> Self {
        self.property(READING, reading)
    }

    /// How much effort it took the customer, from 0 to 1, as the host scores it.
    pub fn effort(self, effort: f64) -> Self {
        self.property(EFFORT, effort)
    }

    /// How the customer felt, from -1 to 1, as the host scores it.
    pub fn emotion(self, emotion: f64) -> Self {
        self.property(EMOTION, emotion)
    }

    /// What a post, a review or a request is about.
    pub fn topic(self, topic: impl Into<Arc<str>>) -> Self {
        self.property(TOPIC, Value::Text(topic.into()))
    }

    /// How well a post or a review speaks of its topic, from -1 to 1, as the host scores
    /// it.
    pub fn sentiment(self, sentiment: f64) -> Self {
        self.property(SENTIMENT, sentiment)
    }
}
