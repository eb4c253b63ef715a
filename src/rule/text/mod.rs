//! Conditions in words: the text that a [`Condition`] is read from and written to. What is
//! read is cut into [pieces](token), then [read](mod@read) by a grammar; whatever does not
//! fit is said [with its place](error). What is [written](write) is read as the same
//! condition again. The forms are listed at [`Condition`].

mod error;
mod input;
#[cfg(feature = "json")]
mod json;
mod read;
mod token;
mod words;
mod write;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod made;

use std::fmt;
use std::str::FromStr;

use super::condition::Condition;
use crate::error::{Error, Result};

/// In words, as they are read again.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write::condition(f, self, 0)
    }
}

/// From words. An error says the line and the column, what stands there, and what would fit.
impl FromStr for Condition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        read::read(text).map_err(|wrong| wrong.of(text))
    }
}
