//! What outlives an erasure, in a partition of its own named by a pseudonym: that somebody
//! was erased, and the chains of the ledger that were theirs, each until a deadline. It is
//! written before the record goes, and each step is right when it is made twice.

use std::cmp::Reverse;

use super::beside::{read_tip, remains_key, segment_key, tip_key, whose_remains};
use super::volume::durable;
use super::{Engine, Proof};
use crate::consent::{ProofUse, Pseudonym, Remains, Segment, Tip};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{
    Entry, Expected, Key, Stored, Write, decode, encode_key, encode_remains, encode_segment,
    encode_tip,
};
use crate::types::Timestamp;

/// How many parts each chain has; the last is its end.
const PARTS: u32 = 1 << 16;

/// Where a piece of a chain is kept as evidence; its end, if no segment is named.
pub(super) fn evidence_key(whose: &Pseudonym, era: u32, segment: Option<u64>) -> Result<Key> {
    let within = segment.map_or(Some(PARTS - 1), |number| u32::try_from(number).ok());
    let within = within.filter(|within| segment.is_none() || *within < PARTS - 1);
    let first = era.checked_mul(PARTS).and_then(|first| first.checked_add(1));
    let part = first.zip(within).and_then(|(first, within)| first.checked_add(within));
    let key = part.map(|part| remains_key(whose).sibling(part));
    key.ok_or_else(|| Error::new(ErrorKind::Full, "there is no room for more evidence"))
}

/// Which piece of which chain is kept at a key.
pub(super) fn piece_of_evidence(key: &Key) -> Option<(Pseudonym, u32, Option<u64>)> {
    let (whose, place) = (whose_remains(key)?, key.part().checked_sub(1)?);
    let within = place % PARTS;
    Some((whose, place / PARTS, (within != PARTS - 1).then(|| u64::from(within))))
}

pub(super) fn erase(key: Key) -> Write {
    Write { key, expected: Expected::Any, value: None }
}

fn put(key: Key, value: std::sync::Arc<[u8]>) -> Write {
    Write { key, expected: Expected::Any, value: Some(value) }
}

/// A segment out of what was found; nothing if it is not one.
pub(super) fn read_segment(key: &Key, found: Option<&Stored>) -> Option<Segment> {
    match decode(key, &found?.bytes) {
        Ok(Entry::Segment(segment)) => Some(segment),
        _ => None,
    }
}

impl Engine {
    /// Refuses a key with which nothing of this store would be known again.
    pub(super) fn must_be_the_key(&self) -> Result<()> {
        let Some(proof) = &self.proof else {
            return match self.read_one(&Key::new(*b"k", 0))? {
                None => Ok(()),
                Some(_) => Err(Error::configuration(
                    "a key was used over this store: expected `EngineBuilder::proof` with it, or \
                     who was erased could come back",
                )),
            };
        };
        let (key, mark) = (Key::new(*b"k", 0), proof.key.mark(ProofUse::Key, &[]));
        self.retrying(|| {
            if let Some(stored) = self.read_one(&key)? {
                return match decode(&key, &stored.bytes)? {
                    Entry::Key(known) if known == mark => Ok(Some(())),
                    _ => Err(Error::configuration(
                        "another key was used over this store: expected that `ProofKey`",
                    )),
                };
            }
            let first = self.one(key.clone(), None, Some(encode_key(&key, &mark)?));
            Ok(self.commit(durable(first))?.then_some(()))
        })
    }

    pub(super) fn read_one(&self, key: &Key) -> Result<Option<Stored>> {
        Ok(self.store.read(std::slice::from_ref(key))?.pop().flatten())
    }

    /// Changes what is left of somebody, and writes what goes with it.
    pub(super) fn leave(
        &self,
        proof: &Proof,
        whose: &Pseudonym,
        change: &dyn Fn(&mut Remains),
        beside: &[Write],
    ) -> Result<()> {
        let key = remains_key(whose);
        self.retrying(|| {
            let found = self.read_one(&key)?;
            let before = proof.remains(&key, found.as_ref())?;
            let mut after = before.clone().unwrap_or_default();
            change(&mut after);
            if beside.is_empty() && before.as_ref() == Some(&after) {
                return Ok(Some(()));
            }
            let value = encode_remains(&key, &after.sealed(&proof.key, whose))?;
            let expected = found.map_or(Expected::Absent, |it| Expected::Version(it.version));
            let head = Write { key: key.clone(), expected, value: Some(value) };
            let writes = std::iter::once(head).chain(beside.iter().cloned()).collect();
            Ok(self.commit(durable(self.batch(writes)))?.then_some(()))
        })
    }

    /// Lays the chain of a record away as evidence, until its deadline from `at` on; gives
    /// back what erases it where it was.
    pub(super) fn lay_away(&self, record: &Key, at: Option<Timestamp>) -> Result<Vec<Write>> {
        let Some(proof) = &self.proof else { return Ok(Vec::new()) };
        let key = tip_key(record);
        let Some(tip) = read_tip(&key, self.read_one(&key)?.as_ref())? else {
            return Ok(Vec::new());
        };
        let numbers = 0..tip.segments();
        let keys: Vec<Key> = numbers.map(|n| segment_key(record, n)).collect::<Result<_>>()?;
        let found = if keys.is_empty() { Vec::new() } else { self.store.read(&keys)? };
        let segments = keys.iter().zip(&found);
        let segments = segments.map(|(key, found)| read_segment(key, found.as_ref()));
        self.keep(proof, record, tip, segments.collect(), at)?;
        Ok(keys.into_iter().chain([key]).map(erase).collect())
    }

    fn keep(
        &self,
        proof: &Proof,
        record: &Key,
        tip: Tip,
        segments: Vec<Option<Segment>>,
        at: Option<Timestamp>,
    ) -> Result<()> {
        let whose = proof.key.pseudonym(record.partition());
        let (era, from) = (tip.era, at.unwrap_or(tip.last).max(tip.last));
        let until = from + proof.evidence_for;
        let tip = tip.until(&proof.key, &whose, until);
        let mut writes = Vec::with_capacity(1 + segments.len());
        for (number, segment) in (0..).zip(segments) {
            if let Some(segment) = segment {
                let key = evidence_key(&whose, era, Some(number))?;
                let value = encode_segment(&key, &segment)?;
                writes.push(put(key, value));
            }
        }
        let key = evidence_key(&whose, era, None)?;
        let value = encode_tip(&key, &tip)?;
        writes.push(put(key, value));
        let begun = |remains: &mut Remains| remains.eras = remains.eras.max(era.saturating_add(1));
        self.leave(proof, &whose, &begun, &writes)?;
        self.lock_evidence().push(Reverse((until, whose, era)));
        Ok(())
    }

    /// Throws away the evidence of which the deadline has passed.
    pub(super) fn sweep_evidence(&self, now: Timestamp) -> Result<()> {
        let Some(proof) = &self.proof else { return Ok(()) };
        let next = || {
            let mut evidence = self.lock_evidence();
            let due = evidence.peek().is_some_and(|Reverse((until, ..))| *until <= now);
            if due { evidence.pop() } else { None }
        };
        while let Some(Reverse(due)) = next() {
            let (_, whose, era) = due;
            match self.sweep_chain(proof, &whose, era, now) {
                Ok(None) => {}
                // It came later, by another erasure.
                Ok(Some(until)) => self.lock_evidence().push(Reverse((until, whose, era))),
                Err(error) => {
                    self.lock_evidence().push(Reverse(due));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Throws a chain away; if it is to stay, until when.
    fn sweep_chain(
        &self,
        proof: &Proof,
        whose: &Pseudonym,
        era: u32,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let key = evidence_key(whose, era, None)?;
        let Some(tip) = read_tip(&key, self.read_one(&key)?.as_ref())? else { return Ok(None) };
        if let Some(until) = tip.until.filter(|until| *until > now) {
            return Ok(Some(until));
        }
        let numbers = 0..tip.segments();
        let keys = numbers.map(|n| evidence_key(whose, era, Some(n))).chain([Ok(key)]);
        let gone: Vec<Write> = keys.map(|key| key.map(erase)).collect::<Result<_>>()?;
        let swept = |remains: &mut Remains| remains.swept = remains.swept.max(Some(now));
        self.leave(proof, whose, &swept, &gone)?;
        Ok(None)
    }

    /// Looks at a piece of evidence again when it is due.
    pub(super) fn look_again_at(&self, key: &Key, stored: &Stored) {
        let Some((whose, era, None)) = piece_of_evidence(key) else { return };
        // One that cannot be read is told of by `verify_ledger`, and stays.
        if let Ok(Some(Tip { until: Some(until), .. })) = read_tip(key, Some(stored)) {
            self.lock_evidence().push(Reverse((until, whose, era)));
        }
    }
}
