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
id! {
    /// What a message is about, as a customer subscribes to it: `newsletter`, `tips`.
    Topic
}
id! {
    /// Somebody else to whom the host may give data: a partner, an advertiser.
    RecipientId
}
id! {
    /// Whose law holds: the code of a country (ISO 3166-1), of a part of one (ISO 3166-2),
    /// or of a union, as `EU`, in capital letters. What falls under another is written behind
    /// it: `US-CA`. Which countries a union has is nothing that this crate knows: a customer
    /// in `DE` is under the law that is said for `DE`, and under that of the `EU` as `EU-DE`.
    Jurisdiction
}

impl Jurisdiction {
    /// Refuses what is no code.
    pub(crate) fn check(&self) -> Result<()> {
        check_text("jurisdiction", self.as_str())?;
        let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if self.as_str().bytes().all(fits) {
            return Ok(());
        }
        Err(Error::input(
            "jurisdiction",
            "`jurisdiction` is no code: expected one of capital letters, as `DE` or `US-CA`",
        ))
    }

    /// This one, then those that it is a part of, the nearest first.
    pub(crate) fn outwards(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |inner| Some(inner.rsplit_once('-')?.0))
    }
}
