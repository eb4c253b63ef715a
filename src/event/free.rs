//! A value as JSON has it. A text, a number and a flag are themselves, an instant is
//! `{"instant": "2026-03-02T18:20:00Z"}`, a location `{"lat": 38.7, "lon": -9.1}`, a set a
//! list of texts, records are a list of objects, and numbers a list of numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Value;
use super::record::{DEEPEST, Record};
use crate::types::Location;

/// A value on its way to a line or from one.
#[derive(Debug)]
pub(super) struct Free(pub(super) Value);

impl Serialize for Free {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written(&self.0).serialize(serializer)
    }
}

struct Written<'a>(&'a Value);

/// The values of a record.
struct Fields<'a>(&'a Record);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Instant(instant) => {
                let mut object = serializer.serialize_map(Some(1))?;
                object.serialize_entry("instant", instant)?;
                object.end()
            }
            Value::Set(texts) => serializer.collect_seq(texts),
            Value::Location(place) => {
                let mut object = serializer.serialize_map(Some(2))?;
                object.serialize_entry("lat", &place.latitude())?;
                object.serialize_entry("lon", &place.longitude())?;
                object.end()
            }
            Value::Records(records) => serializer.collect_seq(records.iter().map(Fields)),
            Value::Numbers(numbers) => serializer.collect_seq(numbers),
        }
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.values().iter().map(|(name, value)| (name, Written(value))))
    }
}

impl<'de> Deserialize<'de> for Free {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        At { depth: 0 }.deserialize(deserializer).map(Self)
    }
}

/// A value in records of records so many deep.
#[derive(Clone, Copy)]
struct At {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for At {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a flag, an instant, a location, or a list")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let (mut texts, mut records, mut numbers) = (BTreeSet::new(), Vec::new(), Vec::new());
        while let Some(element) = list.next_element_seed(Element(self))? {
            match element {
                One::Text(text) => _ = texts.insert(text),
                One::Record(record) => records.push(record),
                One::Number(number) => numbers.push(number),
            }
            let kinds = [!texts.is_empty(), !records.is_empty(), !numbers.is_empty()];
            if kinds.into_iter().filter(|there| *there).count() > 1 {
                return Err(A::Error::custom("a list of several kinds: expected one kind"));
            }
        }
        Ok(match (records.is_empty(), numbers.is_empty()) {
            (true, true) => Value::Set(texts),
            (false, _) => Value::Records(records),
            (true, false) => Value::Numbers(numbers),
        })
    }

    /// An object of ours.
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Value, A::Error> {
        let object = fields(self, object)?;
        let field = |name: &str| object.get(name);
        match (object.len(), field("instant"), field("lat"), field("lon")) {
            (1, Some(Value::Text(instant)), ..) => {
                instant.parse().map(Value::Instant).map_err(A::Error::custom)
            }
            (2, _, Some(Value::Number(lat)), Some(Value::Number(lon))) => {
                Location::degrees(*lat, *lon).map(Value::Location).map_err(A::Error::custom)
            }
            _ => Err(A::Error::custom(
                "an object of another form: expected an instant or a location",
            )),
        }
    }
}

/// One of a list.
enum One {
    Text(Arc<str>),
    Record(Record),
    Number(f64),
}

struct Element(At);

impl<'de> DeserializeSeed<'de> for Element {
    type Value = One;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<One, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element {
    type Value = One;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or an object")
    }

    fn visit_i64<E>(self, number: i64) -> Result<One, E> {
        Ok(One::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<One, E> {
        Ok(One::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<One, E> {
        Ok(One::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<One, E> {
        Ok(One::Text(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<One, A::Error> {
        fields(self.0, object).map(|values| One::Record(values.into()))
    }
}

/// The values of an object, each named once.
fn fields<'de, A: MapAccess<'de>>(
    at: At,
    mut object: A,
) -> Result<BTreeMap<Arc<str>, Value>, A::Error> {
    if at.depth > DEEPEST {
        return Err(A::Error::custom("objects in objects without end: expected at most 4 deep"));
    }
    let (mut fields, inner) = (BTreeMap::new(), At { depth: at.depth + 1 });
    while let Some(name) = object.next_key::<Arc<str>>()? {
        if fields.insert(name, object.next_value_seed(inner)?).is_some() {
            return Err(A::Error::custom("an object names a value twice: expected once"));
        }
    }
    Ok(fields)
}
