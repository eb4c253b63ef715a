//! What is kept for proof beside a customer's record, as far as it takes to record: the end
//! of the ledger's chain, in the record's own partition so that a choice and its line are
//! one commit; and who was erased, by pseudonym.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Loaded, place_of};
use super::{Engine, Proof};
use crate::consent::{Pseudonym, Remains, Spoken, Tip};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Detail, Event};
use crate::store::{Entry, Expected, Key, Stored, Write, decode, encode_segment, encode_tip};
use crate::types::{Identifier, Timestamp};

/// The last of the parts of a partition that hold its chain; the segments come from
/// [`SEGMENTS`] on. Sealed chunks never come that far, and pages of ids come after it.
const TIP: u32 = (1 << 31) - 1;
const SEGMENTS: u32 = 1 << 30;

/// What was read, and what is to be written with the record.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// The end of the chain, once it was read.
    tip: Option<Option<Tip>>,
    /// What is left of whom, once it was read.
    remains: BTreeMap<Key, Option<Remains>>,
    spoken: Vec<Spoken>,
}

/// Where the end of the chain of a record is kept.
pub(super) fn tip_key(record: &Key) -> Key {
    record.sibling(TIP)
}

/// Where a sealed segment of the chain of a record is kept.
pub(super) fn segment_key(record: &Key, number: u64) -> Result<Key> {
    let part = u32::try_from(number).ok().and_then(|number| SEGMENTS.checked_add(number));
    part.filter(|part| *part < TIP)
        .map(|part| record.sibling(part))
        .ok_or_else(|| Error::new(ErrorKind::Full, "the ledger of a customer is full"))
}

/// The place of a key among what is kept of a chain in a record's partition.
pub(super) enum Place {
    Tip,
    Segment(u64),
}

pub(super) fn place_in_ledger(key: &Key) -> Option<Place> {
    match key.part() {
        _ if key.partition().first() != Some(&b'c') => None,
        TIP => Some(Place::Tip),
        part @ SEGMENTS..TIP => Some(Place::Segment(u64::from(part - SEGMENTS))),
        _ => None,
    }
}

/// Where what is left of somebody is kept.
pub(super) fn remains_key(whose: &Pseudonym) -> Key {
    Key::new([b"e", &whose.as_bytes()[..]].concat(), 0)
}

/// Whose remains are kept at a key.
pub(super) fn whose_remains(key: &Key) -> Option<Pseudonym> {
    let (mark, whose) = key.partition().split_first()?;
    let whose = <[u8; 32]>::try_from(whose).ok()?;
    (*mark == b'e').then(|| Pseudonym::from_bytes(whose))
}

impl Proof {
    /// The pseudonym of an identifier in its usual form.
    pub(super) fn whose(&self, who: &Identifier) -> Pseudonym {
        self.key.pseudonym(place_of(who).partition())
    }

    /// Reads what is left of somebody.
    pub(super) fn remains(&self, key: &Key, found: Option<&Stored>) -> Result<Option<Remains>> {
        let Some(stored) = found else { return Ok(None) };
        match (decode(key, &stored.bytes)?, whose_remains(key)) {
            (Entry::Remains(remains), Some(whose)) if remains.is_sealed(&self.key, &whose) => {
                Ok(Some(remains))
            }
            _ => Err(Error::new(
                ErrorKind::Corrupt,
                "what is kept of an erasure is not what was written, or was with another key",
            )),
        }
    }
}

/// The end of a chain out of what was found.
pub(super) fn read_tip(key: &Key, found: Option<&Stored>) -> Result<Option<Tip>> {
    match found.map(|stored| decode(key, &stored.bytes)).transpose()? {
        None => Ok(None),
        Some(Entry::Tip(tip)) => Ok(Some(*tip)),
        Some(_) => Err(Error::new(ErrorKind::Corrupt, "a key holds something else")),
    }
}

impl Loaded {
    /// What must be read for proof before some events are recorded.
    pub(super) fn keys_beside<'a>(&self, events: impl Iterator<Item = &'a Event>) -> Vec<Key> {
        if self.proof.is_none() {
            return Vec::new();
        }
        let (mut who, mut chosen) = (BTreeSet::new(), false);
        let mut last = None;
        for event in events {
            if last != Some(&event.customer) {
                who.insert(&event.customer);
            }
            last = Some(&event.customer);
            match &event.detail {
                Detail::Linked { other, .. } | Detail::Unlinked(other) => _ = who.insert(other),
                Detail::Consent(_) => chosen = true,
                _ => {}
            }
        }
        self.keys_beside_of(who, chosen)
    }

    /// What must be read of the erasures of some, and of the ledger if something was chosen.
    pub(super) fn keys_beside_of<'a>(
        &'a self,
        mut who: BTreeSet<&'a Identifier>,
        chosen: bool,
    ) -> Vec<Key> {
        let Some(proof) = &self.proof else { return Vec::new() };
        if chosen {
            // The number of a chain that begins now stands there.
            who.insert(&self.profile.customer);
        }
        let keys = who.into_iter().map(|who| remains_key(&proof.whose(who)));
        let mut keys: Vec<Key> =
            keys.filter(|key| !self.beside.remains.contains_key(key)).collect();
        keys.extend((chosen && self.beside.tip.is_none()).then(|| tip_key(&self.key)));
        keys
    }

    /// Whether a key is one of those.
    pub(super) fn is_beside(&self, key: &Key) -> bool {
        *key == tip_key(&self.key) || whose_remains(key).is_some()
    }

    /// Adds what was found under one of those; it may be nothing.
    pub(super) fn add_beside(&mut self, key: &Key, found: Option<Stored>) -> Result<()> {
        let Some(proof) = &self.proof else { return Ok(()) };
        if *key == tip_key(&self.key) {
            // No damage keeps a choice from being in force; the ledger says that there is some.
            let whose = proof.whose(&self.profile.customer);
            self.beside.tip = Some(match read_tip(key, found.as_ref()) {
                Err(error) if error.kind() == ErrorKind::Corrupt => Some(Tip::broken(&whose)),
                tip => tip?,
            });
        } else {
            // Without it nobody knows who is not to come back.
            let remains = proof.remains(key, found.as_ref())?;
            self.beside.remains.insert(key.clone(), remains);
        }
        Ok(())
    }

    /// What is left of somebody, as far as it was read.
    pub(super) fn remains_of(&self, who: &Identifier) -> Option<&Remains> {
        let proof = self.proof.as_ref()?;
        // Almost nobody was erased.
        let any = self.beside.remains.values().any(Option::is_some);
        any.then(|| self.beside.remains.get(&remains_key(&proof.whose(who))))??.as_ref()
    }

    /// Whether an event was before somebody was erased under one of its identifiers; of a
    /// prospect it does not matter when.
    pub(super) fn was_erased(&self, event: &Event) -> bool {
        let erased = |who| self.remains_of(who).and_then(|remains| remains.erased_at);
        let other = match &event.detail {
            Detail::Linked { other, .. } | Detail::Unlinked(other) => erased(other),
            _ => None,
        };
        let any_time = matches!(event.detail, Detail::Prospect(_));
        let at = erased(&event.customer).max(other);
        at.is_some_and(|at| any_time || event.at <= at)
    }

    /// Notes a choice for the ledger.
    pub(super) fn note(&mut self, event: &Event, now: Timestamp) {
        if let Detail::Consent(choice) = &event.detail {
            let Some(proof) = &self.proof else { return };
            let other = event.customer != self.profile.customer;
            let under = other.then(|| proof.whose(&event.customer));
            let (at, event, choice) = (event.at, event.fingerprint(), choice.clone());
            self.beside.spoken.push(Spoken { now, at, event, under, choice });
        }
    }

    /// Notes every choice of a record that came as a whole.
    pub(super) fn note_all(&mut self, now: Timestamp) {
        let Some(proof) = &self.proof else { return };
        let spoken = self.profile.choices.iter().map(|chosen| Spoken {
            now,
            at: chosen.at,
            event: chosen.id,
            under: chosen.under.as_ref().map(|who| proof.whose(who)),
            choice: chosen.choice.clone(),
        });
        self.beside.spoken.extend(spoken);
    }

    /// What is written with the record of what was chosen.
    pub(super) fn append(&mut self) -> Result<Vec<Write>> {
        let spoken = std::mem::take(&mut self.beside.spoken);
        let Some(proof) = self.proof.as_ref().filter(|_| !spoken.is_empty()) else {
            return Ok(Vec::new());
        };
        let whose = proof.whose(&self.profile.customer);
        let era = self.remains_of(&self.profile.customer).map_or(0, |remains| remains.eras);
        let tip = self.beside.tip.take().flatten();
        let tip = tip.unwrap_or_else(|| Tip::begin(&whose, era));
        let (tip, full) = tip.with(&proof.key, &whose, spoken);
        // The head of the record has the condition.
        let write = |key, value| Write { key, expected: Expected::Any, value: Some(value) };
        let mut writes = Vec::with_capacity(1 + full.len());
        for (number, segment) in full {
            let key = segment_key(&self.key, number)?;
            let value = encode_segment(&key, &segment)?;
            writes.push(write(key, value));
        }
        let key = tip_key(&self.key);
        let value = encode_tip(&key, &tip)?;
        writes.push(write(key, value));
        Ok(writes)
    }
}

impl Engine {
    /// The name under which what a customer chose is proven, and under which it is known
    /// that they were erased; none without a [key](crate::EngineBuilder::proof).
    #[must_use]
    pub fn pseudonym(&self, customer: impl Into<Identifier>) -> Option<Pseudonym> {
        let customer = customer.into();
        let proof = self.proof.as_ref()?;
        Some(proof.whose(&self.setup().identity.normal(&customer)))
    }
}
