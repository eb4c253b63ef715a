//! A free value: of a property or of an attribute.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{Timestamp, check_instant, check_text};

/// How many properties or attributes one event may hold.
const MOST: usize = 64;

/// A value that the host gives freely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A text of at most 256 bytes.
    Text(Arc<str>),
    /// A finite number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// An instant.
    Instant(Timestamp),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Instant(instant) => write!(f, "{instant}"),
        }
    }
}

pub(crate) fn check_all<'a>(
    field: &'static str,
    values: impl ExactSizeIterator<Item = (&'a Arc<str>, &'a Value)>,
) -> Result<()> {
    if values.len() > MOST {
        return Err(Error::input(
            field,
            format!("`{field}` holds too many values: expected at most {MOST}"),
        ));
    }
    for (name, value) in values {
        check_text(field, name)?;
        value.check(field)?;
    }
    Ok(())
}

impl Value {
    /// Refuses what cannot be kept or compared.
    pub(crate) fn check(&self, field: &'static str) -> Result<()> {
        match self {
            Self::Text(text) => check_text(field, text),
            Self::Number(number) if !number.is_finite() => Err(Error::input(
                field,
                format!("`{field}` holds a number that is not finite: expected a finite one"),
            )),
            Self::Instant(instant) => check_instant(field, *instant),
            Self::Number(_) | Self::Flag(_) => Ok(()),
        }
    }
}
