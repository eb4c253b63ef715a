//! Hashes that are written down and so may never change: SipHash-2-4 with fixed keys.

use std::fmt;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;
use siphasher::sip128::{Hasher128, SipHasher24 as SipHasher128};

/// 128 bits that stand for the exact content of something: a policy, a model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Digest(u64, u64);

impl Digest {
    pub(crate) fn low(self) -> u64 {
        self.0
    }

    /// What stands for several contents together, whatever their order: the sum of theirs.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0), self.1.wrapping_add(other.1))
    }

    /// The sum without one of them.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0), self.1.wrapping_sub(other.1))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest of a value: of its serde form in a fixed binary encoding.
pub(crate) fn digest<T: Serialize + ?Sized>(value: &T) -> Digest {
    let mut hasher = SipHasher128::new_with_keys(0x636f_6e66, 0x6964_616e);
    // The encoding fails only for values that no type of ours can hold.
    hasher.write(&postcard::to_allocvec(value).unwrap_or_default());
    let hash = hasher.finish128();
    Digest(hash.h1, hash.h2)
}

/// 64 bits that stand for a text of a kind; `kind` keeps equal texts of different
/// kinds apart.
pub(crate) fn fingerprint(kind: u64, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(0x6576_656e_7400, kind);
    hasher.write(bytes);
    hasher.finish()
}

/// 31 bits of a name with the highest bit set, so that it never equals a small code.
pub(crate) fn short_hash(name: &str) -> u32 {
    (fingerprint(0, name.as_bytes()) >> 33) as u32 | 1 << 31
}
