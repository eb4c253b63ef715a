//! The name of a batch, and of every value that it wrote.

use std::fmt;

use twox_hash::XxHash3_128;

use super::{Expected, Write};

/// 128 bits that name a batch and so a version of what it wrote. They say nothing of what
/// came first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version([u8; 16]);

impl Version {
    /// The version of sixteen bytes, as a store gives them back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes to keep with a value.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The version of what these writes make, as the `count`-th batch of an engine.
    ///
    /// It follows from what was there and what will be, so two engines can only come to
    /// the same version by making the same change of the same thing. The count keeps
    /// apart what one engine does twice.
    pub(crate) fn of(count: u64, writes: &[Write]) -> Self {
        let mut change = Vec::with_capacity(128);
        for write in writes {
            change.extend_from_slice(&write.key.part().to_le_bytes());
            change.extend_from_slice(&(write.key.partition().len() as u64).to_le_bytes());
            change.extend_from_slice(write.key.partition());
            match write.expected {
                Expected::Absent => change.extend_from_slice(&[0]),
                Expected::Version(version) => change.extend_from_slice(&version.0),
                Expected::Any => change.extend_from_slice(&[1]),
            }
            match &write.value {
                None => change.extend_from_slice(&[2]),
                // The envelope's checksum stands for all of the value.
                Some(value) => {
                    change.extend_from_slice(value.get(..super::format::HEAD).unwrap_or(value))
                }
            }
        }
        Self(XxHash3_128::oneshot_with_seed(count, &change).to_le_bytes())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
