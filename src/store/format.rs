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

/// Sizes are rounded up to this many bytes with zeros: a customer whose record grows a
/// little with every event then mostly fits where it was.
const STEP: usize = 64;

const CUSTOMER: u8 = 1;
const REDIRECT: u8 = 2;
const SPENT: u8 = 3;

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

/// The stored form of a customer.
pub(crate) fn encode_customer(profile: &Profile) -> Result<Arc<[u8]>> {
    seal(CUSTOMER, profile)
}

/// The stored form of the way to a customer.
pub(crate) fn encode_redirect(to: &Identifier) -> Result<Arc<[u8]>> {
    seal(REDIRECT, to)
}

/// The stored form of a volume that is being used up.
pub(crate) fn encode_spent(times: u64) -> Result<Arc<[u8]>> {
    seal(SPENT, &times)
}

fn seal<T: Serialize + ?Sized>(kind: u8, value: &T) -> Result<Arc<[u8]>> {
    let mut bytes = Vec::with_capacity(2048);
    bytes.resize(8, 0);
    let mut bytes = postcard::to_extend(value, bytes)
        .map_err(|error| Error::store("a value cannot be written", error))?;
    bytes.resize(bytes.len().next_multiple_of(STEP), 0);
    let sum = bytes.get(8..).map_or(0, crc32fast::hash);
    if let Some((head, _)) = bytes.split_first_chunk_mut::<8>() {
        let [a, b, c, d] = sum.to_le_bytes();
        *head = [MAGIC[0], MAGIC[1], VERSION, kind, a, b, c, d];
    }
    Ok(bytes.into())
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
        return Err(corrupt("a stored value was written by a newer version: use that version"));
    }
    if u32::from_le_bytes(sum) != crc32fast::hash(body) {
        return Err(corrupt("a stored value is damaged: its checksum does not fit"));
    }
    match kind {
        CUSTOMER => get(body).map(|profile| Entry::Customer(Box::new(profile))),
        REDIRECT => get(body).map(Entry::Redirect),
        SPENT => get(body).map(Entry::Spent),
        _ => Err(corrupt("a stored value is of an unknown kind")),
    }
}

/// The way to a customer, if that is what the bytes are.
pub(crate) fn redirect(bytes: &[u8]) -> Result<Option<Identifier>> {
    if bytes.get(3) != Some(&REDIRECT) {
        return Ok(None);
    }
    match decode(bytes)? {
        Entry::Redirect(to) => Ok(Some(to)),
        _ => Ok(None),
    }
}

fn get<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    match postcard::take_from_bytes(body) {
        Ok((value, rest)) if rest.len() < STEP && rest.iter().all(|byte| *byte == 0) => Ok(value),
        _ => Err(Error::new(ErrorKind::Corrupt, "a stored value cannot be read")),
    }
}
