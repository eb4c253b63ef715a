//! The stored form: an envelope of eight bytes, then the value.
//!
//! | bytes | what |
//! |---|---|
//! | 0..2 | `cf` |
//! | 2 | version of the format, 1 |
//! | 3 | what it is: 1 a customer, 2 a redirect to one, 3 a volume that is being used up |
//! | 4..8 | CRC-32 of all that follows, little endian |
//! | 8.. | the value, in postcard's wire format |

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::profile::Profile;
use crate::types::Identifier;

const MAGIC: [u8; 2] = *b"cf";
const VERSION: u8 = 1;

/// What a key can hold.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A customer.
    Customer(Box<Profile>),
    /// The customer is kept under another identifier.
    Redirect(Identifier),
    /// So many were given.
    Spent(u64),
}

/// The stored form of a value.
pub(crate) fn encode(entry: &Entry) -> Result<Arc<[u8]>> {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(&MAGIC);
    let (kind, bytes) = match entry {
        Entry::Customer(profile) => (1, put(&**profile, bytes)?),
        Entry::Redirect(identifier) => (2, put(identifier, bytes)?),
        Entry::Spent(count) => (3, put(count, bytes)?),
    };
    Ok(seal(kind, bytes))
}

/// Appends a value behind the room for the envelope.
fn put<T: Serialize + ?Sized>(value: &T, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    bytes.resize(8, 0);
    postcard::to_extend(value, bytes)
        .map_err(|error| Error::store("a value cannot be written", error))
}

fn seal(kind: u8, mut bytes: Vec<u8>) -> Arc<[u8]> {
    let sum = bytes.get(8..).map_or(0, crc32fast::hash);
    if let Some((head, _)) = bytes.split_first_chunk_mut::<8>() {
        let [a, b, c, d] = sum.to_le_bytes();
        *head = [MAGIC[0], MAGIC[1], VERSION, kind, a, b, c, d];
    }
    bytes.into()
}

/// Reads a stored form back.
pub(crate) fn decode(bytes: &[u8]) -> Result<Entry> {
    let corrupt = |what: &'static str| Error::new(ErrorKind::Corrupt, what);
    let Some((head, body)) = bytes.split_first_chunk::<8>() else {
        return Err(corrupt("a stored value is shorter than its envelope"));
    };
    let [a, b, version, kind, sum @ ..] = *head;
    if [a, b] != MAGIC {
        return Err(corrupt("a stored value is not one of ours"));
    }
    if version != VERSION {
        return Err(corrupt(
            "a stored value was written by a newer version: use that version",
        ));
    }
    if u32::from_le_bytes(sum) != crc32fast::hash(body) {
        return Err(corrupt(
            "a stored value is damaged: its checksum does not fit",
        ));
    }
    match kind {
        1 => {
            let profile: Profile = get(body)?;
            profile
                .history
                .is_whole()
                .then_some(())
                .ok_or_else(|| corrupt("a customer's columns differ in length"))?;
            Ok(Entry::Customer(Box::new(profile)))
        }
        2 => get(body).map(Entry::Redirect),
        3 => get(body).map(Entry::Spent),
        _ => Err(corrupt("a stored value is of an unknown kind")),
    }
}

fn get<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(Error::new(
            ErrorKind::Corrupt,
            "a stored value cannot be read",
        )),
    }
}
