//! The form of what travels between engines: an envelope, then the value.
//!
//! | bytes | what |
//! |---|---|
//! | 0..2 | `cf` |
//! | 2 | version of the format, 1 |
//! | 3 | what it is: 16 a snapshot, 17 statistics, 18 a survey |
//! | 4..36 | SHA-256 of bytes 0..4 and of all that follows |
//! | 36.. | the value, in postcard's wire format |
//!
//! What is read may come from anywhere: it costs no more room than it fills.

use postcard::Deserializer;
use postcard::de_flavors::{Flavor, Slice};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, Result};

const MAGIC: [u8; 2] = *b"cf";
const VERSION: u8 = 1;

/// How long an envelope is.
const HEAD: usize = 36;

/// What is in an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Snapshot = 16,
    Statistics = 17,
    Survey = 18,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "a snapshot",
            Self::Statistics => "statistics",
            Self::Survey => "a survey",
        }
    }
}

/// A value in its envelope.
pub(crate) fn seal<T: Serialize>(kind: Kind, value: &T) -> Vec<u8> {
    // Nothing that is sealed has a length or a map that the encoding cannot hold.
    let mut bytes = postcard::to_extend(value, vec![0; HEAD]).unwrap_or_default();
    let form = [MAGIC[0], MAGIC[1], VERSION, kind as u8];
    if let Some((head, body)) = bytes.split_first_chunk_mut::<HEAD>() {
        let sum = checksum(form, body);
        form.iter().chain(&sum).zip(head).for_each(|(from, to)| *to = *from);
    }
    bytes
}

/// The checksum that stands in an envelope.
pub(crate) fn stated(bytes: &[u8]) -> [u8; 32] {
    let head = bytes.first_chunk::<HEAD>().and_then(|head| head.last_chunk());
    head.copied().unwrap_or_default()
}

/// What is in an envelope that should hold this kind.
pub(crate) fn open<'a, T: Deserialize<'a>>(kind: Kind, bytes: &'a [u8]) -> Result<T> {
    let not_ours = || Error::new(ErrorKind::Incompatible, format!("this is not {}", kind.name()));
    let Some((head, body)) = bytes.split_first_chunk::<HEAD>() else { return Err(not_ours()) };
    let [a, b, version, is, sum @ ..] = *head;
    if [a, b] != MAGIC || is != kind as u8 {
        return Err(not_ours());
    }
    if checksum([a, b, version, is], body) != sum {
        return Err(damaged(kind, "its checksum does not fit"));
    }
    if version != VERSION {
        let message = "it was written by a newer version of this crate: use that one";
        return Err(Error::new(ErrorKind::Incompatible, message));
    }
    let mut from = Deserializer::from_flavor(Doubted(Slice::new(body)));
    let value = T::deserialize(&mut from);
    match (value, from.finalize()) {
        (Ok(value), Ok([])) => Ok(value),
        _ => Err(damaged(kind, "its content cannot be read")),
    }
}

/// What an envelope holds is not what it should be.
pub(crate) fn damaged(kind: Kind, what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{} cannot be used: {what}", kind.name()))
}

fn checksum(form: [u8; 4], body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(form).chain_update(body).finalize().into()
}

/// Bytes whose promises are not believed: room is made for what is there, never for what
/// is announced.
struct Doubted<'a>(Slice<'a>);

impl<'a> Flavor<'a> for Doubted<'a> {
    type Remainder = &'a [u8];
    type Source = &'a [u8];

    fn pop(&mut self) -> postcard::Result<u8> {
        self.0.pop()
    }

    /// Less than any announced length, which is then not passed on.
    fn size_hint(&self) -> Option<usize> {
        Some(0)
    }

    fn try_take_n(&mut self, n: usize) -> postcard::Result<&'a [u8]> {
        self.0.try_take_n(n)
    }

    fn finalize(self) -> postcard::Result<&'a [u8]> {
        self.0.finalize()
    }
}
