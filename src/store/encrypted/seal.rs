//! What one key does: it names a place, hides versions, and seals values. All by one
//! primitive, AES-256-GCM-SIV (RFC 8452).
//!
//! | bytes of a sealed value | what |
//! |---|---|
//! | 0..2 | `ce` |
//! | 2 | version of the form, 1 |
//! | 3 | what it is: 1 a value, 2 the mark of a partition that is being forgotten |
//! | 4..20 | tag |
//! | 20.. | sealed: the version, 16 bytes; the length of the partition, 4 bytes, little endian; the partition; the value |
//!
//! **The nonce** is the first twelve bytes of the hidden version, under which the value is
//! stored. No entropy is needed: a version is made once, hidden versions look like chance, so
//! among 2^32 batches under one key, far more than are ever written of one customer, two
//! share a nonce with a chance of 2^-33. And then nothing is lost, nor when somebody contrives
//! two changes that are given the same version, or for the parts of one batch, which have
//! their nonce in common: under GCM-SIV the same nonce shows no more than whether two values
//! are the same, with the same associated data.
//!
//! **The associated data** are the first four bytes, the part, and the hidden version. So a
//! value that turns up in another part or under another version is refused; under another
//! partition the key is another one.
//!
//! **The hidden version.** A version is a plain hash of what was written, partition and all:
//! left in the open, guesses could be tried against it, and a backup would tell on a customer
//! whose key is long destroyed. So it goes through a function that only the key knows: the
//! tag of nothing at all, with the version as associated data.

use aes_gcm_siv::{AeadInOut, Aes256GcmSiv, KeyInit};

use super::keys::SecretKey;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Key, Stored, Version};

const MAGIC: [u8; 2] = *b"ce";
const FORM: u8 = 1;
const VALUE: u8 = 1;
const FORGETTING: u8 = 2;

/// What names and hidden versions are made under.
const NONCE: [u8; 12] = *b"no plaintext";

/// What begins the associated data of each thing that the primitive is used for.
const NAME: u8 = 0;
const VERSION: u8 = 1;
const SEALED: u8 = 2;

/// What begins the name of every place.
const PLACE: u8 = b'e';

/// A key, ready for use.
pub(super) struct Seal {
    cipher: Aes256GcmSiv,
    name: [u8; 16],
}

/// What a sealed value turned out to be.
pub(super) enum Opened {
    Value(Key, Stored),
    Forgetting,
}

impl Seal {
    pub(super) fn new(key: &SecretKey) -> Self {
        let mut seal =
            Self { cipher: Aes256GcmSiv::new(key.as_bytes().into()), name: Default::default() };
        seal.name = seal.tag(&[NAME]);
        seal
    }

    pub(super) fn name(&self) -> [u8; 16] {
        self.name
    }

    /// Where what is sealed with this key is kept: nobody without it knows whose it is.
    pub(super) fn place(&self, part: u32) -> Key {
        Key::new([&[PLACE][..], &self.name].concat(), part)
    }

    /// A version as it is stored.
    pub(super) fn hidden(&self, version: Version) -> Version {
        Version::from_bytes(self.tag(&[&[VERSION][..], &version.to_bytes()].concat()))
    }

    /// A function of some data that only the key knows.
    fn tag(&self, data: &[u8]) -> [u8; 16] {
        let nothing: &mut [u8] = &mut [];
        // Only what is longer than 64 GiB is an error.
        let tag = self.cipher.encrypt_inout_detached(&NONCE.into(), data, nothing.into());
        tag.unwrap_or_default().into()
    }

    /// The sealed form of a value.
    pub(super) fn seal(&self, key: &Key, version: Version, value: &[u8]) -> Result<Stored> {
        self.sealed(VALUE, key.part(), version, key.partition(), value)
    }

    /// The mark of a partition that is being forgotten: always the same.
    pub(super) fn forgetting(&self) -> Result<Stored> {
        self.sealed(FORGETTING, 0, Version::from_bytes(Default::default()), &[], &[])
    }

    fn sealed(
        &self,
        kind: u8,
        part: u32,
        version: Version,
        partition: &[u8],
        value: &[u8],
    ) -> Result<Stored> {
        let hidden = self.hidden(version);
        let head = [MAGIC[0], MAGIC[1], FORM, kind];
        let mut bytes = Vec::with_capacity(40 + partition.len() + value.len());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&version.to_bytes());
        bytes.extend_from_slice(&(partition.len() as u32).to_le_bytes());
        bytes.extend_from_slice(partition);
        bytes.extend_from_slice(value);
        if let Some((_, sealed)) = bytes.split_first_chunk_mut::<4>()
            && let Some((tag, body)) = sealed.split_first_chunk_mut::<16>()
        {
            let data = data(head, part, hidden);
            let made = self.cipher.encrypt_inout_detached(&nonce(hidden), &data, body.into());
            *tag = made.map_err(|_| Error::new(ErrorKind::Store, "a value is too long"))?.into();
        }
        Ok(Stored { version: hidden, bytes: bytes.into() })
    }

    /// Opens what was found in a part of this key's place.
    pub(super) fn open(&self, part: u32, stored: &Stored) -> Result<Opened> {
        let (head, tag, body) = split(&stored.bytes).ok_or_else(foreign)?;
        let kind = match head {
            [a, b, FORM, kind @ (VALUE | FORGETTING)] if [a, b] == MAGIC => kind,
            [a, b, form, _] if [a, b] == MAGIC && form > FORM => return Err(newer()),
            _ => return Err(foreign()),
        };
        let mut body = body.to_vec();
        let data = data(head, part, stored.version);
        let buffer = body.as_mut_slice().into();
        self.cipher
            .decrypt_inout_detached(&nonce(stored.version), &data, buffer, &tag.into())
            .map_err(|_| changed())?;
        if kind == FORGETTING {
            return Ok(Opened::Forgetting);
        }
        let (version, rest) = body.split_first_chunk().ok_or_else(changed)?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(changed)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (partition, value) = rest.split_at_checked(length).ok_or_else(changed)?;
        let stored = Stored { version: Version::from_bytes(*version), bytes: value.into() };
        Ok(Opened::Value(Key::new(partition, part), stored))
    }
}

/// The name of the key under which something is kept.
pub(super) fn name(place: &Key) -> Result<[u8; 16]> {
    let name = place.partition().strip_prefix(&[PLACE]);
    name.and_then(|name| name.try_into().ok()).ok_or_else(foreign)
}

fn split(bytes: &[u8]) -> Option<([u8; 4], [u8; 16], &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    let (tag, body) = rest.split_first_chunk()?;
    Some((*head, *tag, body))
}

fn nonce(hidden: Version) -> aes_gcm_siv::Nonce {
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = hidden.to_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l].into()
}

fn data(head: [u8; 4], part: u32, hidden: Version) -> Vec<u8> {
    [&[SEALED][..], &head, &part.to_le_bytes(), &hidden.to_bytes()].concat()
}

fn foreign() -> Error {
    Error::new(
        ErrorKind::Incompatible,
        "the store holds something that was not encrypted here: expected one that is empty, or \
         was only ever written through an encrypted store",
    )
}

fn newer() -> Error {
    Error::new(
        ErrorKind::Incompatible,
        "an encrypted value was written by a newer version of this crate: use that one",
    )
}

fn changed() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "an encrypted value does not open with its key: it was changed, or comes from another \
         place",
    )
}
