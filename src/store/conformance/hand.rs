//! The hand that tries a store: it makes keys, versions and batches, and says what it
//! expected when something else came.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::{Debug, Display};
use std::sync::Arc;

use super::super::{Batch, Commit, Durability, Expected, Key, Store, Stored, Version, Write};
use crate::error::Error;

/// What a case comes to.
pub(super) type Verdict<T = ()> = Result<T, Stop>;

/// Why a case is not passed.
pub(super) enum Stop {
    Failed(String),
    Skipped(&'static str),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::Failed(format!("the store failed: {error}{source}"))
    }
}

pub(super) fn failed<T>(why: impl Display) -> Verdict<T> {
    Err(Stop::Failed(why.to_string()))
}

pub(super) fn expect<T: PartialEq + Debug>(when: &str, expected: T, came: T) -> Verdict {
    match expected == came {
        true => Ok(()),
        false => failed(format!("{when}: expected {expected:?}, came {came:?}")),
    }
}

/// A part of the partition that most cases need no more than.
pub(super) fn key(part: u32) -> Key {
    Key::new(*b"partition", part)
}

/// The version of the n-th batch.
pub(super) fn version(n: u64) -> Version {
    Version::from_bytes((u128::from(n) | u128::from(!n) << 64).to_be_bytes())
}

/// Expects the version of the n-th batch.
pub(super) fn made_by(n: u64) -> Expected {
    Expected::Version(version(n))
}

pub(super) fn put(key: &Key, expected: Expected, value: impl Into<Arc<[u8]>>) -> Write {
    Write { key: key.clone(), expected, value: Some(value.into()) }
}

pub(super) fn erase(key: &Key, expected: Expected) -> Write {
    Write { key: key.clone(), expected, value: None }
}

/// The n-th batch.
pub(super) fn batch(n: u64, writes: impl Into<Vec<Write>>) -> Batch {
    Batch { version: version(n), writes: writes.into() }
}

/// All that a store holds.
pub(super) type Contents = BTreeMap<Key, Stored>;

/// What is found under a key, as it is told: an opaque name of the version, and the value.
pub(super) fn told(stored: Option<&Stored>) -> String {
    stored.map_or("nothing".to_owned(), |stored| {
        let (bytes, first) = (stored.bytes.len(), stored.bytes.get(..24));
        let shown = first.unwrap_or(&stored.bytes).escape_ascii();
        let more = first.map_or("", |_| "..");
        format!("\"{shown}{more}\" ({bytes} bytes) of version {}", stored.version)
    })
}

fn same(when: &str, key: &Key, expected: Option<&Stored>, came: Option<&Stored>) -> Verdict {
    match expected == came {
        true => Ok(()),
        false => failed(format!(
            "{when}, part {} of partition \"{}\": expected {}, came {}",
            key.part(),
            key.partition().get(..24).unwrap_or(key.partition()).escape_ascii(),
            told(expected),
            told(came),
        )),
    }
}

/// Expects a store to hold exactly this.
pub(super) fn same_contents(when: &str, expected: &Contents, came: &Contents) -> Verdict {
    let keys = expected.keys().chain(came.keys());
    keys.map(|key| (key, expected.get(key), came.get(key)))
        .try_for_each(|(key, expected, came)| same(when, key, expected, came))
}

/// A store, with hands on it.
#[derive(Clone, Copy)]
pub(super) struct Hand<'a>(pub(super) &'a dyn Store);

impl Hand<'_> {
    /// Commits batches in one call.
    pub(super) fn commit_all(
        self,
        when: &str,
        batches: &[Batch],
        durability: Durability,
    ) -> Verdict<Vec<Commit>> {
        let outcomes = self.0.commit(batches, durability)?;
        match outcomes.len() == batches.len() {
            true => Ok(outcomes),
            false => failed(format!(
                "{when}: expected an outcome for each of {} batches, came {}",
                batches.len(),
                outcomes.len(),
            )),
        }
    }

    /// Commits one batch.
    pub(super) fn commit(self, when: &str, batch: &Batch) -> Verdict<Commit> {
        let one = std::slice::from_ref(batch);
        let outcomes = self.commit_all(when, one, Durability::Buffered)?;
        Ok(outcomes.first().copied().unwrap_or(Commit::Conflict))
    }

    /// Commits a batch that must go through.
    pub(super) fn commits(self, when: &str, batch: &Batch) -> Verdict {
        expect(when, Commit::Committed, self.commit(when, batch)?)
    }

    /// Commits a batch that must not.
    pub(super) fn conflicts(self, when: &str, batch: &Batch) -> Verdict {
        expect(when, Commit::Conflict, self.commit(when, batch)?)
    }

    /// Reads keys in one call.
    pub(super) fn read(self, when: &str, keys: &[Key]) -> Verdict<Vec<Option<Stored>>> {
        let found = self.0.read(keys)?;
        match found.len() == keys.len() {
            true => Ok(found),
            false => failed(format!(
                "{when}: expected something for each of {} keys, came {}",
                keys.len(),
                found.len(),
            )),
        }
    }

    pub(super) fn read_one(self, when: &str, key: &Key) -> Verdict<Option<Stored>> {
        Ok(self.read(when, std::slice::from_ref(key))?.pop().flatten())
    }

    /// Expects what the n-th batch wrote.
    pub(super) fn finds(self, when: &str, key: &Key, n: u64, value: &[u8]) -> Verdict {
        let expected = Stored { version: version(n), bytes: value.into() };
        same(when, key, Some(&expected), self.read_one(when, key)?.as_ref())
    }

    /// Expects nothing.
    pub(super) fn finds_none(self, when: &str, key: &Key) -> Verdict {
        same(when, key, None, self.read_one(when, key)?.as_ref())
    }

    /// All keys with their values, in pages of a size and the store's order. No key may
    /// come twice.
    pub(super) fn scan(self, when: &str, limit: usize) -> Verdict<Vec<(Key, Stored)>> {
        self.scan_with(when, limit, || Ok(()))
    }

    /// The same, with something to do after each page.
    pub(super) fn scan_with(
        self,
        when: &str,
        limit: usize,
        mut between: impl FnMut() -> Verdict,
    ) -> Verdict<Vec<(Key, Stored)>> {
        let mut all: Vec<(Key, Stored)> = Vec::new();
        let mut known = Contents::new();
        loop {
            let page = self.0.scan(all.last().map(|(key, _)| key), limit)?;
            let last = page.len() < limit;
            if page.len() > limit {
                return failed(format!(
                    "{when}: expected a page of up to {limit} keys, came one of {}",
                    page.len(),
                ));
            }
            for (key, stored) in page {
                if known.insert(key.clone(), stored.clone()).is_some() {
                    return failed(format!("{when}, pages of {limit}: a key comes twice"));
                }
                all.push((key, stored));
            }
            if last {
                return Ok(all);
            }
            between()?;
        }
    }

    /// All that the store holds.
    pub(super) fn contents(self, when: &str) -> Verdict<Contents> {
        Ok(self.scan(when, 64)?.into_iter().collect())
    }
}
