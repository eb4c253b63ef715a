//! Conditions in words: the text that a [`Condition`] is read from and written to.

use std::fmt;

use super::condition::Condition;

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
