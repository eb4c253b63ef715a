//! Events as lines of JSON, written by producers in any language.

use super::{Event, wire::Wire};
use crate::error::{Error, Result};

impl Event {
    /// Reads one event from one line of JSON.
    ///
    /// ```
    /// use confidant::Event;
    ///
    /// let line = r#"{"event": "purchased", "customer": "ana", "at": "2026-03-02T18:20:00Z",
    ///     "item": "espresso", "amount": "12.90 EUR", "channel": "web", "id": "order 1, line 1"}"#;
    /// assert_eq!(Event::from_json(line)?.customer().value(), "ana");
    ///
    /// let wrong = Event::from_json(r#"{"event": "purchased", "customer": "ana", "at": "yesterday"}"#);
    /// assert_eq!(
    ///     wrong.unwrap_err().to_string(),
    ///     "`at` is not usable: expected RFC 3339, as in `2026-03-02T18:20:00Z`",
    /// );
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// | field | in | form |
    /// |---|---|---|
    /// | `event` | all | `viewed`, `purchased`, ... as [`Kind`](crate::Kind) names them, a name of the host's own, or `declared`, `observed`, `inferred`, `consent`, `linked`, `unlinked`, `outcome`, `retracted` |
    /// | `customer` | all | a customer number, or another identifier as `{"loyalty_card": "4711"}` |
    /// | `at` | all | RFC 3339 |
    /// | `id`, `channel` | all, optional | text |
    /// | `item`, `order`, `place`, `action` | behaviour, optional | text |
    /// | `quantity` | behaviour, optional | number |
    /// | `amount` | behaviour, optional | `"12.90 EUR"` |
    /// | `properties` | behaviour, optional | object of texts, numbers, flags, `{"instant": "2026-03-02T18:20:00Z"}`, `{"lat": 38.7, "lon": -9.1}` in degrees, lists of texts, or lists of objects of all these |
    /// | `properties_of` | behaviour, optional | the same, per data category |
    /// | `corrects` | behaviour, optional | the id of the event in whose place it stands |
    /// | `attributes` | `declared`, `observed`, `inferred` | object, as `properties` |
    /// | `source`, `purpose` | the same, optional | text |
    /// | `until` | the same, optional | RFC 3339 |
    /// | `basis` | the same, optional | `consent`, `contract` |
    /// | `notice` | `consent`, optional | the number of a version |
    /// | `restrict` | `consent`, optional | `true` or `false` |
    /// | `level` | `consent`, optional | `off`, `contextual`, `own_history`, `collaborative` |
    /// | `allow`, `withdraw`, `refuse`, `asked`, `defer`, `revoke`, `invalidate` | `consent`, optional | lists of purposes |
    /// | `allow_only` | `consent`, optional | per purpose a list of data categories |
    /// | `object_to`, `lift_objection` | `consent`, optional | lists of channels |
    /// | `identifier` | `linked`, `unlinked` | as `customer` |
    /// | `evidence` | `linked`, optional | `stated`, `logged_in`, `card_scanned`, `mail_opened`, `matched` |
    /// | `action`, `reply` | `outcome` | text; `accepted`, `declined`, `bounced`, `not_sent` |
    /// | `retracts` | `retracted` | the id of the event that is taken back |
    ///
    /// Some properties have a meaning of their own: `reverses` the id of a purchase,
    /// `reading` a number, `effort` from 0 to 1, `emotion` and `sentiment` from -1 to 1,
    /// `topic` a text.
    ///
    /// # Errors
    /// The line is not JSON, or a field is missing, unknown or not of its form. The
    /// message names the field or the column, never its content.
    pub fn from_json(line: &str) -> Result<Self> {
        if !line.trim_start().starts_with('{') {
            return Err(Error::input("line", "not an event: expected one JSON object on one line"));
        }
        let mut json = serde_json::Deserializer::from_str(line);
        let wire: Wire =
            serde_path_to_error::deserialize(&mut json).map_err(|error| explain(&error))?;
        json.end().map_err(|error| not_json(&error))?;
        Self::try_from(wire)
    }

    /// This event as one line of JSON, without the line's end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every value that an event holds has a JSON form; a number that is not
        // finite becomes null and is refused when it is read.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Names the field and what would be right; what serde says would quote the content.
fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = error.path().to_string();
    let top = path.split(['.', '[']).next().unwrap_or_default();
    match FORMS.iter().find(|(field, _)| *field == top) {
        Some((field, form)) if error.inner().is_data() => {
            Error::input(field, format!("`{field}` is not usable: expected {form}"))
        }
        _ if error.inner().is_data() => Error::input(
            "line",
            format!(
                "a field before column {} is not known or stands twice: expected each known field once",
                error.inner().column()
            ),
        ),
        _ => not_json(error.inner()),
    }
}

fn not_json(error: &serde_json::Error) -> Error {
    let column = error.column();
    Error::input("line", format!("not JSON from column {column}: expected one object on one line"))
}

const FORMS: [(&str, &str); 36] = [
    ("event", "a text, as `purchased`"),
    ("customer", "a text, or an object as `{\"loyalty_card\": \"4711\"}`"),
    ("at", "RFC 3339, as in `2026-03-02T18:20:00Z`"),
    ("id", "a text"),
    ("channel", "a text, as `web`"),
    ("item", "a text"),
    ("quantity", "a number"),
    ("amount", "an amount and a currency, as in `\"12.90 EUR\"`"),
    ("order", "a text"),
    ("place", "a text"),
    ("action", "a text"),
    (
        "properties",
        "an object of texts, numbers, flags, instants, locations, lists of texts or lists of objects",
    ),
    ("properties_of", "an object of such objects, one per data category"),
    (
        "attributes",
        "an object of texts, numbers, flags, instants, locations, lists of texts or lists of objects",
    ),
    ("source", "a text"),
    ("until", "RFC 3339, as in `2026-03-02T18:20:00Z`"),
    ("purpose", "a text, as `personalisation`"),
    ("basis", "`consent` or `contract`"),
    ("restrict", "`true` or `false`"),
    ("notice", "a whole number, the version of a notice"),
    ("level", "`off`, `contextual`, `own_history` or `collaborative`"),
    ("allow", "a list of purposes"),
    ("allow_only", "an object: per purpose a list of data categories"),
    ("withdraw", "a list of purposes"),
    ("refuse", "a list of purposes"),
    ("asked", "a list of purposes"),
    ("defer", "a list of purposes"),
    ("revoke", "a list of purposes"),
    ("invalidate", "a list of purposes"),
    ("object_to", "a list of channels"),
    ("lift_objection", "a list of channels"),
    ("identifier", "a text, or an object as `{\"loyalty_card\": \"4711\"}`"),
    ("evidence", "`stated`, `logged_in`, `card_scanned`, `mail_opened` or `matched`"),
    ("reply", "`accepted`, `declined`, `bounced` or `not_sent`"),
    ("retracts", "a text"),
    ("corrects", "a text"),
];
