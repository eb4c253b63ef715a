//! Names that the host gives to things: texts, cheap to clone, ordered by bytes.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::error::{Error, Result};

/// The longest text that names something, in bytes.
const LONGEST: usize = 256;

/// Refuses a name that is empty, longer than 256 bytes, or holds control
/// characters of ASCII.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<()> {
    let wrong = if text.is_empty() {
        "is empty"
    } else if text.len() > LONGEST {
        "is longer than 256 bytes"
    } else if text.bytes().any(|byte| byte.is_ascii_control()) {
        "holds control characters"
    } else {
        return Ok(());
    };
    Err(Error::input(
        field,
        format!("`{field}` {wrong}: expected 1 to 256 bytes of printable text"),
    ))
}

/// Refuses a name of the host's own that is one of ours.
pub(crate) fn check_own(field: &'static str, is_own: bool) -> Result<()> {
    if is_own {
        return Ok(());
    }
    Err(Error::input(
        field,
        format!("`{field}` has a name of its own that stands for one of ours: expected ours"),
    ))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// The text of this id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(SmolStr::new(text))
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

id! {
    /// The id of an item in the host's catalogue.
    ItemId
}
id! {
    /// The id of an action: something that can be proposed to a customer.
    ActionId
}
id! {
    /// The id of a segment.
    SegmentId
}
id! {
    /// The id of a placement: where on a channel a treatment is shown.
    PlacementId
}
id! {
    /// The id of an order or basket.
    OrderId
}
id! {
    /// The id of an event, as its producer gave it. The same id twice is the same event.
    EventId
}
