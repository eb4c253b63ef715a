//! How a word of ours, or one of the host's own, is written: by its stable name for
//! people, by its place among ours in stored bytes. Neither hangs on how the type is
//! laid out.

macro_rules! named {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    return serializer.serialize_str(self.name());
                }
                // Zero stands for a name of the host's own.
                match (1u8..).zip(&Self::BASE).find(|(_, ours)| *ours == self) {
                    Some((place, _)) => (place, "").serialize(serializer),
                    None => (0u8, self.name()).serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use std::borrow::Cow;
                if deserializer.is_human_readable() {
                    return Cow::<'de, str>::deserialize(deserializer).map(|n| Self::from_name(&n));
                }
                let (place, name) = <(u8, Cow<'de, str>)>::deserialize(deserializer)?;
                let ours = usize::from(place).checked_sub(1).and_then(|at| Self::BASE.get(at));
                match ours {
                    Some(ours) => Ok(ours.clone()),
                    None if place == 0 => Ok(Self::from_name(&name)),
                    None => Err(serde::de::Error::custom("a word of a newer version")),
                }
            }
        }
    };
}

pub(crate) use named;
