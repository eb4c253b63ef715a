//! Neither the trait nor the type is the host's.
use confidant::Permit;
use serde::{Deserialize, Deserializer};

impl<'de> Deserialize<'de> for Permit {
    //~^ E0117: only traits defined in the current crate can be implemented
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        todo!()
    }
}
