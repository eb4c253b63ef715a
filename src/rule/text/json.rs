//! Conditions as JSON that can be kept: with the number of the form in front, so that a later
//! version of this crate knows what it reads, and this one what it cannot read.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::rule::condition::Condition;

/// The newest form.
const VERSION: u32 = 1;

/// How long a text may be, in bytes.
const LONGEST: usize = 1 << 24;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    condition: &'a Condition,
}

/// What is read first; the rest may be of any form.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(rename = "version")]
    _version: IgnoredAny,
    condition: Condition,
}

impl Condition {
    /// This condition as JSON, with the version of the form.
    ///
    /// ```
    /// use confidant::{Condition, attribute};
    ///
    /// let json = attribute("city").is("Porto").to_json();
    /// assert_eq!(
    ///     json,
    ///     r#"{"version":1,"condition":{"attribute":["city",{"one_of":[{"text":"Porto"}]}]}}"#,
    /// );
    /// assert_eq!(Condition::from_json(&json)?.to_string(), "city = Porto");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every condition has a JSON form; a number that is not finite becomes null and is
        // refused when it is read.
        serde_json::to_string(&Written { version: VERSION, condition: self }).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) writes: 16 MiB at most, and 128 brackets deep,
    /// which are 30 to 60 levels of conditions.
    ///
    /// # Errors
    /// It is no JSON, of a newer version, or no condition. The message names the place.
    pub fn from_json(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::configuration(format!(
                "a condition is longer than {LONGEST} bytes: expected a shorter one"
            )));
        }
        let head: Head = parsed(text)?;
        match head.version {
            VERSION => parsed(text).map(|body: Body| body.condition),
            0 => Err(Error::configuration("`version` is 0: expected 1")),
            newer => Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "a condition of version {newer}: this version of the crate reads {VERSION}, \
                     use a newer one"
                ),
            )),
        }
    }
}

fn parsed<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let said = error.into_inner();
        if said.is_data() && path != "." {
            return Error::configuration(format!("`{path}` is not usable: {said}"));
        }
        Error::configuration(format!(
            "not a condition: {said}: expected `{{\"version\":1,\"condition\":...}}`"
        ))
    })?;
    json.end().map_err(|said| Error::configuration(format!("not a condition: {said}")))?;
    Ok(read)
}
