//! The ledger: what each customer chose, as a chain of hashes under a pseudonym. A record
//! holds the choice itself, when it was made and when it was recorded, and a keyed mark of
//! the event; no identifier, and of the customer no more than the choice says.
//!
//! A chain is sealed segments of 64 records, and a *tip* with the rest: its end is marked
//! with the host's key, so nobody without the key can put another end in its place. Every
//! record stands with its hash, so it is known which one was changed.
//!
//! `hash(n) = SHA-256(hash(n - 1) || record n)`; before the first record comes
//! `SHA-256("confidant ledger 1" || pseudonym || number of the chain)`.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::merkle::Leaf;
use super::proof_key::{Hash256, ProofKey, Pseudonym, Use};
use crate::event::Choice;
use crate::types::Timestamp;

/// How many records a sealed segment holds.
pub(crate) const SEGMENT: usize = 64;

/// Something that was chosen and is to be recorded.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) now: Timestamp,
    pub(crate) at: Timestamp,
    /// The fingerprint of the event.
    pub(crate) event: u64,
    /// The name that it was told under, if that is not the one of the chain.
    pub(crate) under: Option<Pseudonym>,
    pub(crate) choice: Choice,
}

/// A record as it is hashed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    number: u64,
    /// Never before the one of the record before it.
    pub(crate) recorded: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) under: Option<Pseudonym>,
    /// Keyed, so that no guess of an event can be tried against it.
    event: [u8; 16],
    pub(crate) choice: Choice,
}

/// Records one after the other: of each the length, the record, its hash.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Segment(Vec<u8>);

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tip {
    /// Which of the chains of its pseudonym it is.
    pub(crate) era: u32,
    pub(crate) count: u64,
    /// When the last record was recorded.
    pub(crate) last: Timestamp,
    head: Hash256,
    /// From where on it cannot be vouched for: what was found when the next record came did
    /// not fit.
    broken: Option<u64>,
    /// When it goes, once it is evidence.
    pub(crate) until: Option<Timestamp>,
    open: Segment,
    mark: Hash256,
}

impl Tip {
    /// The beginning of a chain.
    pub(crate) fn begin(whose: &Pseudonym, era: u32) -> Self {
        let (none, open) = (None, Segment::default());
        let (head, mark) = (start(whose, era), Hash256([0; 32]));
        Self { era, count: 0, last: Timestamp::MIN, head, broken: none, until: None, open, mark }
    }

    /// The end of a chain whose end could not be read.
    pub(crate) fn broken(whose: &Pseudonym) -> Self {
        Self { broken: Some(0), ..Self::begin(whose, 0) }
    }

    fn content(&self) -> Vec<u8> {
        let Self { era, count, last, head, broken, until, .. } = self;
        let content = (era, count, last, head, broken, until);
        postcard::to_extend(&content, Vec::with_capacity(96)).unwrap_or_default()
    }

    fn sealed(mut self, key: &ProofKey, whose: &Pseudonym) -> Self {
        self.mark = key.mark(Use::Tip, &[whose.as_bytes(), &self.content()]);
        self
    }

    fn is_sealed(&self, key: &ProofKey, whose: &Pseudonym) -> bool {
        key.fits(&self.mark, Use::Tip, &[whose.as_bytes(), &self.content()])
    }

    /// How many segments were sealed.
    pub(crate) fn segments(&self) -> u64 {
        self.count / SEGMENT as u64
    }

    /// The chain with more records, and the segments that became full by them with their
    /// numbers.
    pub(crate) fn with(
        mut self,
        key: &ProofKey,
        whose: &Pseudonym,
        spoken: impl IntoIterator<Item = Spoken>,
    ) -> (Self, Vec<(u64, Segment)>) {
        if self.count > 0 && !self.is_sealed(key, whose) {
            // A new mark would vouch for what nobody wrote.
            self.broken = self.broken.or(Some(self.count));
        }
        let mut full = Vec::new();
        for spoken in spoken {
            self.append(key, whose, spoken);
            if self.count.is_multiple_of(SEGMENT as u64) {
                full.push((self.segments() - 1, std::mem::take(&mut self.open)));
            }
        }
        (self.sealed(key, whose), full)
    }

    fn append(&mut self, key: &ProofKey, whose: &Pseudonym, spoken: Spoken) {
        let under = spoken.under.as_ref().unwrap_or(whose).as_bytes();
        let mark = key.mark(Use::Event, &[under, &spoken.event.to_be_bytes()]).0;
        let recorded = self.last.max(spoken.now);
        let record = Record {
            number: self.count,
            recorded,
            at: spoken.at,
            under: spoken.under,
            event: mark.first_chunk().copied().unwrap_or_default(),
            choice: spoken.choice,
        };
        // The encoding fails only for values that no type of ours can hold.
        let bytes = postcard::to_extend(&record, Vec::with_capacity(256)).unwrap_or_default();
        self.head = next(&self.head, &bytes);
        self.last = recorded;
        self.count += 1;
        self.open.push(&bytes, &self.head);
    }

    /// The same as evidence, which goes at an instant.
    pub(crate) fn until(self, key: &ProofKey, whose: &Pseudonym, until: Timestamp) -> Self {
        let broken = self.broken.or_else(|| (!self.is_sealed(key, whose)).then_some(self.count));
        Self { until: Some(until), broken, ..self }.sealed(key, whose)
    }
}

fn start(whose: &Pseudonym, era: u32) -> Hash256 {
    let begun = Sha256::new_with_prefix(b"confidant ledger 1");
    let begun = begun.chain_update(whose.as_bytes()).chain_update(era.to_be_bytes());
    Hash256(begun.finalize().into())
}

fn next(head: &Hash256, record: &[u8]) -> Hash256 {
    Hash256(Sha256::new_with_prefix(head.0).chain_update(record).finalize().into())
}

impl Segment {
    fn push(&mut self, record: &[u8], hash: &Hash256) {
        self.0.reserve(4 + record.len() + 32);
        self.0.extend_from_slice(&(record.len() as u32).to_le_bytes());
        self.0.extend_from_slice(record);
        self.0.extend_from_slice(&hash.0);
    }

    /// The records with their hashes; nothing in the place of what cannot be read, and
    /// nothing after it.
    fn entries(&self) -> impl Iterator<Item = Option<(&[u8], Hash256)>> {
        let mut rest = Some(self.0.as_slice()).filter(|rest| !rest.is_empty());
        std::iter::from_fn(move || {
            let entry = entry(rest?);
            rest = entry.map(|(.., rest)| rest).filter(|rest| !rest.is_empty());
            Some(entry.map(|(record, hash, _)| (record, hash)))
        })
    }
}

/// The first record of some bytes with its hash, and what follows.
fn entry(bytes: &[u8]) -> Option<(&[u8], Hash256, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    Some((record, Hash256(*hash), rest))
}

/// One byte string, and not one number after the other.
impl Serialize for Segment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Segment;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("records of a ledger")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Segment, E> {
                Ok(Segment(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// What was found of a chain.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The numbers of the records that are not what was recorded, ascending. The number
    /// after the last one stands for the end itself.
    pub(crate) broken: Vec<u64>,
    /// The chain as it was at the instant that was asked about; nothing if it had not begun.
    pub(crate) then: Option<Leaf>,
}

/// Works a whole chain out anew, as it is and as it was at `as_of`. A segment that is not
/// there is nothing.
pub(crate) fn check(
    key: &ProofKey,
    whose: &Pseudonym,
    tip: &Tip,
    segments: &[Option<Segment>],
    as_of: Timestamp,
) -> Checked {
    let mut walk = Walk::new(whose, tip.era, as_of);
    for segment in segments {
        match segment {
            Some(segment) => {
                let before = walk.count;
                walk.over(segment);
                if walk.count != before + SEGMENT as u64 {
                    walk.lose(before + SEGMENT as u64);
                }
            }
            None => walk.lose(walk.count + SEGMENT as u64),
        }
    }
    walk.over(&tip.open);
    let fits = walk.before.is_none_or(|before| before == tip.head);
    walk.checked.broken.extend(tip.broken);
    if !(fits && tip.broken.is_none() && tip.is_sealed(key, whose)) {
        walk.checked.broken.push(tip.count);
    }
    walk.checked.broken.sort_unstable();
    walk.checked.broken.dedup();
    walk.checked
}

/// How far a chain was worked out.
struct Walk<'a> {
    whose: &'a Pseudonym,
    era: u32,
    as_of: Timestamp,
    count: u64,
    /// The hash of the record before; nothing if that was lost.
    before: Option<Hash256>,
    last: Timestamp,
    checked: Checked,
}

impl<'a> Walk<'a> {
    fn new(whose: &'a Pseudonym, era: u32, as_of: Timestamp) -> Self {
        let (before, last) = (Some(start(whose, era)), Timestamp::MIN);
        Self { whose, era, as_of, count: 0, before, last, checked: Checked::default() }
    }

    /// What is to be at this number cannot be read, or too much was.
    fn lose(&mut self, to: u64) {
        self.checked.broken.push(self.count.min(to));
        (self.count, self.before) = (to, None);
    }

    fn over(&mut self, segment: &Segment) {
        for entry in segment.entries() {
            let Some((bytes, hash)) = entry else {
                self.checked.broken.push(self.count);
                return;
            };
            let follows = self.before.is_none_or(|before| next(&before, bytes) == hash);
            let record = postcard::from_bytes::<Record>(bytes).ok();
            let fits =
                |record: &Record| record.number == self.count && record.recorded >= self.last;
            if !follows || !record.as_ref().is_some_and(fits) {
                self.checked.broken.push(self.count);
            }
            self.count += 1;
            self.before = Some(hash);
            if let Some(record) = record {
                self.last = record.recorded;
                if record.recorded <= self.as_of {
                    let (whose, era, count) = (*self.whose, self.era, self.count);
                    self.checked.then = Some(Leaf { whose, era, count, head: hash });
                }
            }
        }
    }
}

/// A record as it is read.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) record: Record,
    /// As it was hashed.
    pub(crate) bytes: Vec<u8>,
    pub(crate) before: Hash256,
    pub(crate) hash: Hash256,
}

/// The records of a chain that can be read, in their order.
pub(crate) fn lines(whose: &Pseudonym, tip: &Tip, segments: &[Option<Segment>]) -> Vec<Line> {
    let mut before = start(whose, tip.era);
    let mut lines = Vec::new();
    for segment in segments.iter().flatten().chain([&tip.open]) {
        for (bytes, hash) in segment.entries().flatten() {
            let last = std::mem::replace(&mut before, hash);
            if let Ok(record) = postcard::from_bytes::<Record>(bytes) {
                let (number, bytes) = (record.number, bytes.to_vec());
                lines.push(Line { number, record, bytes, before: last, hash });
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOSE: Pseudonym = Pseudonym([9; 32]);

    fn key() -> ProofKey {
        ProofKey::new([7; 32])
    }

    fn said(n: u64) -> Spoken {
        let (now, at) = (Timestamp::from_secs(n as i64), Timestamp::from_secs(0));
        Spoken { now, at, event: n, under: None, choice: Choice::default() }
    }

    fn chain(records: u64) -> (Tip, Vec<Option<Segment>>) {
        let (tip, full) = Tip::begin(&WHOSE, 0).with(&key(), &WHOSE, (0..records).map(said));
        (tip, full.into_iter().map(|(_, segment)| Some(segment)).collect())
    }

    fn broken(tip: &Tip, segments: &[Option<Segment>]) -> Vec<u64> {
        check(&key(), &WHOSE, tip, segments, Timestamp::MAX).broken
    }

    /// The records of a segment, put together otherwise.
    fn anew(segment: &Segment, act: impl Fn(&mut Vec<(Vec<u8>, Hash256)>)) -> Segment {
        let read =
            |entry: Option<(&[u8], Hash256)>| entry.map(|(record, hash)| (record.to_vec(), hash));
        let mut entries: Vec<_> = segment.entries().filter_map(read).collect();
        act(&mut entries);
        let mut other = Segment::default();
        entries.iter().for_each(|(record, hash)| other.push(record, hash));
        other
    }

    #[test]
    fn what_is_cut_swapped_or_doubled_is_found() {
        let (tip, segments) = chain(70);
        assert_eq!((broken(&tip, &segments), segments.len()), (Vec::new(), 1));
        type Act = fn(&mut Vec<(Vec<u8>, Hash256)>);
        let acts: [Act; 7] = [
            |all| _ = all.pop(),
            |all| _ = all.remove(0),
            |all| _ = all.remove(3),
            |all| all.swap(1, 2),
            |all| all.insert(2, all[1].clone()),
            |all| all.push(all[all.len() - 1].clone()),
            |all| all.clear(),
        ];
        for (n, act) in acts.iter().enumerate() {
            let other = Tip { open: anew(&tip.open, act), ..tip.clone() };
            assert!(!broken(&other, &segments).is_empty(), "{n}");
            let other = segments.iter().map(|it| it.as_ref().map(|it| anew(it, act)));
            assert!(!broken(&tip, &other.collect::<Vec<_>>()).is_empty(), "{n}");
        }
    }

    /// Whoever has no key can cut a tail off so that all but the mark fits; the next record
    /// does not put a mark on that.
    #[test]
    fn a_new_mark_vouches_for_nothing_that_did_not_fit() {
        let (tip, _) = chain(5);
        let mut short = tip.clone();
        short.open = anew(&tip.open, |all| _ = all.pop());
        short.count = 4;
        short.last = Timestamp::from_secs(3);
        short.head = short.open.entries().flatten().last().map(|(_, hash)| hash).unwrap();
        assert_eq!(broken(&short, &[]), [4]);
        let laid = short.clone().until(&key(), &WHOSE, Timestamp::MAX);
        assert_eq!(broken(&laid, &[]), [4]);
        let (next, _) = short.with(&key(), &WHOSE, [said(9)]);
        assert_eq!(broken(&next, &[]), [4, 5]);
        let (again, _) = next.with(&key(), &WHOSE, [said(10)]);
        assert_eq!(broken(&again, &[]), [4, 6]);
        assert_eq!(broken(&again.until(&key(), &WHOSE, Timestamp::MAX), &[]), [4, 6]);
    }

    #[test]
    fn a_chain_as_of_an_instant_is_its_beginning() {
        let (tip, segments) = chain(70);
        for n in [0, 1, 63, 64, 69] {
            let then = check(&key(), &WHOSE, &tip, &segments, Timestamp::from_secs(n)).then;
            let (short, _) = chain(n as u64 + 1);
            let then = then.map(|leaf| (leaf.count, leaf.head));
            assert_eq!(then, Some((short.count, short.head)));
        }
        let none = check(&key(), &WHOSE, &tip, &segments, Timestamp::from_secs(-1));
        assert_eq!(none.then, None);
    }
}
