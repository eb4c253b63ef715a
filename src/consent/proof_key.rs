//! The host's key, and what follows from it: pseudonyms that nobody finds out by trying
//! identifiers, and marks that nobody makes without it. HMAC-SHA-256 (RFC 2104, FIPS 180-4).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

/// 32 bytes that the host keeps for itself: with it an engine keeps a ledger of what
/// customers chose, and a list of those who were erased and are not to come back. Give it
/// to the [builder](crate::EngineBuilder::proof), and the same one for as long as there is
/// anything to prove: under another key nothing that was written is known again.
///
/// It is written nowhere: not into the store, nor into snapshots or exports.
///
/// ```
/// use confidant::{Engine, ProofKey};
///
/// # let from_your_vault = [7; 32];
/// let engine = Engine::builder().proof(ProofKey::new(from_your_vault)).build()?;
/// assert!(engine.pseudonym("ana").is_some());
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct ProofKey {
    /// With the key taken in, so that each use begins half done.
    keyed: Hmac<Sha256>,
}

/// By hand: nothing of a key is printed.
impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofKey(..)")
    }
}

/// What something is keyed for: nothing that is made for one use fits another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    Pseudonym = 1,
    Event = 2,
    Tip = 3,
    Remains = 4,
    Record = 5,
    Contribution = 6,
    Certificate = 7,
    Key = 8,
}

impl ProofKey {
    /// The key of these bytes, which must come from a good source of chance.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        // A short key is filled up with zeros.
        let mut block = [0; 64];
        block.iter_mut().zip(secret).for_each(|(byte, secret)| *byte = secret);
        Self { keyed: Hmac::new(&block.into()) }
    }

    fn taken_in(&self, what: Use, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut keyed = self.keyed.clone();
        keyed.update(&[what as u8]);
        for part in parts {
            // The length keeps the parts apart, whatever is in them.
            keyed.update(&(part.len() as u64).to_be_bytes());
            keyed.update(part);
        }
        keyed
    }

    /// The mark of some bytes for a use.
    pub(crate) fn mark(&self, what: Use, parts: &[&[u8]]) -> Hash256 {
        Hash256(self.taken_in(what, parts).finalize().into_bytes().into())
    }

    /// Whether a mark is that of some bytes, without a hint of how far it fits.
    pub(crate) fn fits(&self, mark: &Hash256, what: Use, parts: &[&[u8]]) -> bool {
        self.taken_in(what, parts).verify_slice(&mark.0).is_ok()
    }

    /// The name under which what is kept at a place is proven.
    pub(crate) fn pseudonym(&self, place: &[u8]) -> Pseudonym {
        Pseudonym(self.mark(Use::Pseudonym, &[place]).0)
    }
}

macro_rules! thirty_two_bytes {
    ($name:ident) => {
        /// In hex.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// Hex in formats that people read, bytes in those that they do not.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match serializer.is_human_readable() {
                    true => serializer.collect_str(self),
                    false => self.0.serialize(serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return <[u8; 32]>::deserialize(deserializer).map(Self);
                }
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                from_hex(&text).map(Self).ok_or_else(|| D::Error::custom("expected 64 hex digits"))
            }
        }

        impl $name {
            /// The bytes.
            #[must_use]
            pub fn to_bytes(self) -> [u8; 32] {
                self.0
            }
        }
    };
}

/// Whoever has the host's [`ProofKey`] can tell whose it is; nobody else, by no number of
/// guesses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub(super) [u8; 32]);

/// 256 bits that stand for the exact content of something: SHA-256, or HMAC-SHA-256 where it
/// is said to be keyed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash256(pub(super) [u8; 32]);

thirty_two_bytes!(Pseudonym);
thirty_two_bytes!(Hash256);

impl Pseudonym {
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, has a shorter key than ours; case 6 a longer one. So it is
    /// ours that is held against the plain definition (RFC 2104).
    #[test]
    fn a_mark_is_an_hmac() {
        use sha2::Digest as _;
        let secret: [u8; 32] = std::array::from_fn(|n| n as u8);
        let pad = |with: u8| -> Vec<u8> {
            secret.iter().copied().chain([0; 32]).map(|byte| byte ^ with).collect()
        };
        let message = [&[5u8][..], &3u64.to_be_bytes(), b"abc"].concat();
        let inner = Sha256::digest([pad(0x36), message].concat());
        let outer = Sha256::digest([&pad(0x5c)[..], &inner[..]].concat());
        let mark = ProofKey::new(secret).mark(Use::Record, &[b"abc"]);
        assert_eq!(mark.0[..], outer[..]);
        assert_eq!(from_hex(&mark.to_string()), Some(mark.0));
        assert!(ProofKey::new(secret).fits(&mark, Use::Record, &[b"abc"]));
        assert!(!ProofKey::new(secret).fits(&mark, Use::Record, &[b"ab", b"c"]));
        assert!(!ProofKey::new([1; 32]).fits(&mark, Use::Record, &[b"abc"]));
    }
}
