//! Draws that depend on nothing but their key, so that nobody's presence or absence
//! shifts anybody else's luck.

use std::convert::Infallible;
use std::hash::Hasher;

use rand::{RngExt, TryRng};
use siphasher::sip::SipHasher24;

/// A stream of draws from a keyed counter: the n-th is SipHash-2-4(seed, key, n).
pub(crate) struct Draws {
    keyed: SipHasher24,
    count: u64,
}

impl Draws {
    /// The stream of a key under the host's seed.
    pub(crate) fn new(seed: u64, key: &[&[u8]]) -> Self {
        let mut keyed = SipHasher24::new_with_keys(seed, 0x6472_6177);
        for part in key {
            keyed.write(&(part.len() as u64).to_le_bytes());
            keyed.write(part);
        }
        Self { keyed, count: 0 }
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.random()
    }

    /// A number in `0..n`; zero when `n` is zero.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.random_range(0..n as u64) as usize }
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut hasher = self.keyed;
        hasher.write(&self.count.to_le_bytes());
        self.count = self.count.wrapping_add(1);
        Ok(hasher.finish())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(byte, drawn)| *byte = drawn);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written down once: a change of these numbers changes every host's decisions.
    #[test]
    fn draws_are_fixed_for_ever() {
        let mut draws = Draws::new(7, &[b"ana", b"banner"]);
        let first: Vec<u64> = (0..3).map(|_| draws.try_next_u64().unwrap_or_default()).collect();
        assert_eq!(first, [6660228223615874393, 15559161070286536027, 13593482620804648435]);
        assert_eq!(Draws::new(7, &[b"ana", b"banner"]).below(10), 3);
    }

    #[test]
    fn keys_are_not_run_together() {
        let draw = |key: &[&[u8]]| Draws::new(7, key).unit();
        assert_ne!(draw(&[b"ab", b"c"]), draw(&[b"a", b"bc"]));
        assert_ne!(Draws::new(7, &[b"a"]).unit(), Draws::new(8, &[b"a"]).unit());
    }

    #[test]
    fn draws_are_even() {
        let mut draws = Draws::new(1, &[b"even"]);
        let mut seen = [0u32; 5];
        (0..50_000).for_each(|_| seen[draws.below(5)] += 1);
        assert!(seen.iter().all(|n| (9_700..10_300).contains(n)), "{seen:?}");
        assert_eq!(draws.below(0), 0);
    }
}
