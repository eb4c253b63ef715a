//! The stored form: an envelope of twelve bytes, then the value.
//!
//! | bytes | what |
//! |---|---|
//! | 0..2 | `cf` |
//! | 2 | version of the format, 1 |
//! | 3 | what it is: 1 a customer, 2 a redirect to one, 3 a volume that is being used up, 4 a sealed chunk of a customer, 5 a page of ids, 6 the end of a chain of the ledger, 7 a sealed segment of one, 8 what is left of somebody who was erased, 9 what the host's key is known by |
//! | 4..12 | checksum, little endian: XXH3, 64 bits, of all that follows, seeded with the same of the key and of bytes 2 and 3 |
//! | 12.. | the value, in postcard's wire format |
//!
//! The seed binds a value to its key: one that turns up under another is found out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use super::Key;
use crate::consent::{Hash256, Remains, Segment, Tip};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Chunk, Profile};
use crate::types::Identifier;

const MAGIC: [u8; 2] = *b"cf";
const VERSION: u8 = 1;

/// How long an envelope is.
pub(super) const HEAD: usize = 12;

const CUSTOMER: u8 = 1;
const REDIRECT: u8 = 2;
const SPENT: u8 = 3;
const CHUNK: u8 = 4;
const IDS: u8 = 5;
const TIP: u8 = 6;
const SEGMENT: u8 = 7;
const REMAINS: u8 = 8;
const KEY: u8 = 9;

/// What a key can hold.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A customer.
    Customer(Box<Profile>),
    /// The customer is kept under another identifier.
    Redirect(Identifier),
    /// So much of a volume was given.
    Spent(Spent),
    /// A sealed piece of a customer's record.
    Chunk(Box<Chunk>),
    /// Ids of what was sealed, ascending.
    Ids(Vec<u64>),
    /// The end of a chain of the ledger.
    Tip(Box<Tip>),
    /// A sealed segment of one.
    Segment(Segment),
    /// What is left of somebody who was erased.
    Remains(Remains),
    /// What the host's key is known by.
    Key(Hash256),
}

/// How much of a volume was given, and to what question last: with it, no two takings
/// are the same change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spent {
    pub(crate) times: u64,
    pub(crate) question: u64,
}

/// The stored form of a customer.
pub(crate) fn encode_customer(key: &Key, profile: &Profile) -> Result<Arc<[u8]>> {
    seal(key, CUSTOMER, profile)
}

/// The stored form of the way to a customer.
pub(crate) fn encode_redirect(key: &Key, to: &Identifier) -> Result<Arc<[u8]>> {
    seal(key, REDIRECT, to)
}

/// The stored form of a volume that is being used up.
pub(crate) fn encode_spent(key: &Key, spent: Spent) -> Result<Arc<[u8]>> {
    seal(key, SPENT, &spent)
}

/// The stored form of a sealed chunk.
pub(crate) fn encode_chunk(key: &Key, chunk: &Chunk) -> Result<Arc<[u8]>> {
    seal(key, CHUNK, chunk)
}

/// The stored form of a page of ids.
pub(crate) fn encode_ids(key: &Key, ids: &[u64]) -> Result<Arc<[u8]>> {
    seal(key, IDS, &ids.iter().map(|id| id.to_le_bytes()).collect::<Vec<_>>())
}

/// The stored form of the end of a chain.
pub(crate) fn encode_tip(key: &Key, tip: &Tip) -> Result<Arc<[u8]>> {
    seal(key, TIP, tip)
}

/// The stored form of a sealed segment of a chain.
pub(crate) fn encode_segment(key: &Key, segment: &Segment) -> Result<Arc<[u8]>> {
    seal(key, SEGMENT, segment)
}

/// The stored form of what is left of somebody who was erased.
pub(crate) fn encode_remains(key: &Key, remains: &Remains) -> Result<Arc<[u8]>> {
    seal(key, REMAINS, remains)
}

/// The stored form of what the host's key is known by.
pub(crate) fn encode_key(key: &Key, mark: &Hash256) -> Result<Arc<[u8]>> {
    seal(key, KEY, mark)
}

fn seal<T: Serialize + ?Sized>(key: &Key, kind: u8, value: &T) -> Result<Arc<[u8]>> {
    let mut bytes = Vec::with_capacity(2048);
    bytes.resize(HEAD, 0);
    let mut bytes = postcard::to_extend(value, bytes)
        .map_err(|error| Error::store("a value cannot be written", error))?;
    let sum = checksum(key, VERSION, kind, bytes.get(HEAD..).unwrap_or_default());
    if let Some((head, _)) = bytes.split_first_chunk_mut::<HEAD>() {
        let [a, b, c, d, e, f, g, h] = sum.to_le_bytes();
        *head = [MAGIC[0], MAGIC[1], VERSION, kind, a, b, c, d, e, f, g, h];
    }
    Ok(bytes.into())
}

/// Reads back what was stored under a key.
pub(crate) fn decode(key: &Key, bytes: &[u8]) -> Result<Entry> {
    let corrupt = |what: &'static str| Error::new(ErrorKind::Corrupt, what);
    let Some((head, body)) = bytes.split_first_chunk::<HEAD>() else {
        return Err(corrupt("a stored value is shorter than its envelope"));
    };
    let [a, b, version, kind, sum @ ..] = *head;
    if [a, b] != MAGIC {
        return Err(corrupt("a stored value is not one of ours"));
    }
    if u64::from_le_bytes(sum) != checksum(key, version, kind, body) {
        return Err(corrupt("a stored value is damaged: its checksum does not fit"));
    }
    if version != VERSION {
        return Err(Error::new(
            ErrorKind::Incompatible,
            "a stored value was written by a newer version of this crate: use that one",
        ));
    }
    match kind {
        CUSTOMER => get(body).map(|profile| Entry::Customer(Box::new(profile))),
        REDIRECT => get(body).map(Entry::Redirect),
        SPENT => get(body).map(Entry::Spent),
        CHUNK => get(body).map(|chunk| Entry::Chunk(Box::new(chunk))),
        IDS => get(body)
            .map(|ids: Vec<[u8; 8]>| Entry::Ids(ids.into_iter().map(u64::from_le_bytes).collect())),
        TIP => get(body).map(|tip| Entry::Tip(Box::new(tip))),
        SEGMENT => get(body).map(Entry::Segment),
        REMAINS => get(body).map(Entry::Remains),
        KEY => get(body).map(Entry::Key),
        _ => Err(corrupt("a stored value is of an unknown kind")),
    }
}

/// The checksum of a value, under its key and in its form.
fn checksum(key: &Key, version: u8, kind: u8, body: &[u8]) -> u64 {
    let form = u64::from(key.part()) << 16 | u64::from(version) << 8 | u64::from(kind);
    XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot_with_seed(form, key.partition()), body)
}

/// Whether bytes claim to be a customer.
pub(crate) fn is_customer(bytes: &[u8]) -> bool {
    bytes.get(3) == Some(&CUSTOMER)
}

/// The way to a customer, if that is what the bytes are.
pub(crate) fn redirect(key: &Key, bytes: &[u8]) -> Result<Option<Identifier>> {
    if bytes.get(3) != Some(&REDIRECT) {
        return Ok(None);
    }
    match decode(key, bytes)? {
        Entry::Redirect(to) => Ok(Some(to)),
        _ => Ok(None),
    }
}

fn get<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(Error::new(ErrorKind::Corrupt, "a stored value cannot be read")),
    }
}
