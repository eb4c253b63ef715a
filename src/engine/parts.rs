//! What lies behind the head of a busy customer's record: which parts a call needs, and
//! when the head is sealed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::load::{Load, Loaded};
use super::record::normal;
use super::{Engine, Setup};
use crate::consent::PrivacyPolicy;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Detail, Event};
use crate::profile::{Admission, Chunk, Profile, Refused, Sealed, fact_id, told_id};
use crate::store::{Entry, Expected, Key, Stored, Write, decode, encode_chunk, encode_ids};
use crate::types::{Identifier, Timestamp};

/// A part that was read.
pub(super) enum Part {
    Chunk(Box<Chunk>),
    Ids(Vec<u64>),
}

impl Loaded {
    /// What must be read and [added](Self::add) before a decision: none but for a busy
    /// customer.
    #[must_use]
    pub fn keys_to_decide(&self) -> Vec<Key> {
        let sealed = &self.profile.sealed;
        self.missing(sealed.chunks().chain(self.parts_to_seal(1)))
    }

    /// What must be read and [added](Self::add) before an event is recorded: none but for
    /// a busy customer, or where the engine has a [key](crate::EngineBuilder::proof).
    #[must_use]
    pub fn keys_to_record(&self, event: &Event) -> Vec<Key> {
        self.keys_to_record_all(&[(0, &normal(&self.identity, event.clone()))])
    }

    pub(super) fn keys_to_record_all(&self, events: &[(usize, &Event)]) -> Vec<Key> {
        let mut keys = self.keys_to_know(events);
        keys.extend(self.keys_beside(events.iter().map(|(_, event)| *event)));
        keys
    }

    /// The parts of the record itself that must be read before some events are recorded.
    fn keys_to_know(&self, events: &[(usize, &Event)]) -> Vec<Key> {
        let sealed = &self.profile.sealed;
        if sealed.is_empty() {
            return Vec::new();
        }
        // A choice is learned from at once; what is taken back can be anywhere, and so can
        // what makes somebody no prospect.
        let needs_all = |event: &Event| {
            matches!(event.detail, Detail::Consent(_) | Detail::Prospect(_))
                || event.takes_back().is_some()
        };
        let whole = events.iter().any(|(_, event)| needs_all(event));
        let chunks = whole.then(|| sealed.chunks()).into_iter().flatten();
        let home = &self.profile.customer;
        let ids = events.iter().flat_map(|(_, event)| ids(event, home));
        let pages = ids.flat_map(|id| sealed.pages_of(id)).map(|page| page.part());
        self.missing(chunks.chain(pages).chain(self.parts_to_seal(events.len())))
    }

    /// Whether a decision needs nothing more.
    pub(super) fn is_ready(&self) -> bool {
        self.is_settled() && self.keys_to_decide().is_empty()
    }

    /// Adds what was found under keys that were asked for.
    ///
    /// # Errors
    /// A part is not there any more, of kind [`ErrorKind::Conflict`]: the customer was
    /// changed since, load it again. Or the bytes are damaged.
    pub fn add(&mut self, keys: &[Key], found: Vec<Option<Stored>>) -> Result<()> {
        for (key, found) in keys.iter().zip(found) {
            if self.is_beside(key) {
                self.add_beside(key, found)?;
                continue;
            }
            let Some(stored) = found else {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "a part of the record is gone: load the customer again",
                ));
            };
            let part = match decode(key, &stored.bytes)? {
                Entry::Chunk(chunk) => Part::Chunk(chunk),
                Entry::Ids(ids) => Part::Ids(ids),
                _ => return Err(Error::new(ErrorKind::Corrupt, "a key holds something else")),
            };
            self.parts.insert(key.part(), part);
        }
        Ok(())
    }

    /// The pages that are rewritten when the head is sealed, should so many additions
    /// fill it.
    fn parts_to_seal(&self, additions: usize) -> Vec<u32> {
        if self.profile.weight() + additions < self.seal_after {
            return Vec::new();
        }
        self.profile.sealed.pages_to_merge().iter().map(|page| page.part()).collect()
    }

    /// The keys of those parts that were not read yet, each once.
    fn missing(&self, parts: impl Iterator<Item = u32>) -> Vec<Key> {
        let mut parts: Vec<u32> = parts.filter(|part| !self.parts.contains_key(part)).collect();
        parts.sort_unstable();
        parts.dedup();
        parts.into_iter().map(|part| self.key.sibling(part)).collect()
    }

    /// Every key behind the head.
    pub(super) fn keys_behind(&self) -> Vec<Key> {
        let sealed = &self.profile.sealed;
        let parts = sealed.chunks().chain(sealed.pages().map(|page| page.part()));
        parts.map(|part| self.key.sibling(part)).collect()
    }

    /// The whole record, with all that was sealed.
    pub(super) fn whole(&self) -> Result<Cow<'_, Profile>> {
        if self.profile.sealed.is_empty() {
            return Ok(Cow::Borrowed(&self.profile));
        }
        let chunk = |part| match self.parts.get(&part) {
            Some(Part::Chunk(chunk)) => Ok(&**chunk),
            _ => Err(unread()),
        };
        let chunks: Vec<&Chunk> = self.profile.sealed.chunks().map(chunk).collect::<Result<_>>()?;
        Ok(Cow::Owned(self.profile.with(&chunks)))
    }

    /// Refuses to go on without the pages that say whether an event is there already.
    pub(super) fn must_know(&self, event: &Event) -> Result<()> {
        if self.keys_to_record_all(&[(0, event)]).is_empty() { Ok(()) } else { Err(unread()) }
    }

    /// Takes an event in.
    pub(super) fn admit(
        &mut self,
        event: &Event,
        policy: &PrivacyPolicy,
        now: Timestamp,
    ) -> Admission {
        let now = now.before_never();
        if matches!(event.detail, Detail::Prospect(_)) && self.dealt(&event.customer) {
            return Admission::NotAllowed(Refused::Known);
        }
        if self.was_erased(event) {
            return Admission::NotAllowed(Refused::Erased);
        }
        let Self { profile, parts, .. } = self;
        let pages = profile.sealed.clone();
        let ids = |id| {
            let mut pages = pages.pages_of(id);
            pages.any(|page| match parts.get(&page.part()) {
                Some(Part::Ids(ids)) => ids.binary_search(&id).is_ok(),
                _ => false,
            })
        };
        let admission = profile.admit(event, policy, now, &ids);
        if let Some(other) = event.takes_back()
            && admission.is_new()
        {
            self.take_back_sealed(other, &event.customer);
        }
        if admission.is_new() {
            self.note(event, now);
        }
        admission
    }

    /// Takes what lies behind the head into it, to be written anew.
    pub(super) fn unpack(&mut self) -> Result<()> {
        if !self.profile.sealed.is_empty() {
            self.stale = self.keys_behind().iter().map(Key::part).collect();
            self.profile = self.whole()?.into_owned();
            self.profile.sealed = Sealed::default();
            self.parts.clear();
            self.rewrite.clear();
        }
        Ok(())
    }

    /// What is to be written behind a head that was taken in whole: as many chunks as it
    /// makes, and the parts that go.
    fn seal_anew(&mut self) -> Result<Vec<Write>> {
        let write = |key, value| Write { key, expected: Expected::Any, value };
        let mut writes = Vec::new();
        let mut pages: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        let mut stale: BTreeSet<u32> = std::mem::take(&mut self.stale).into_iter().collect();
        while self.profile.weight() >= self.seal_after && self.profile.sealed.has_room() {
            let (chunk, mut ids) = self.profile.seal_some(self.seal_after);
            for page in self.profile.sealed.pages_to_merge() {
                ids.extend(pages.remove(&page.part()).unwrap_or_default());
            }
            let (part, new) = self.profile.sealed.add(ids);
            pages.extend(new.into_iter().map(|(page, ids)| (page.part(), ids)));
            let key = self.key.sibling(part);
            stale.remove(&part);
            writes.push(write(key.clone(), Some(encode_chunk(&key, &chunk)?)));
            self.parts.insert(part, Part::Chunk(Box::new(chunk)));
        }
        for (part, ids) in pages {
            let key = self.key.sibling(part);
            stale.remove(&part);
            writes.push(write(key.clone(), Some(encode_ids(&key, &ids)?)));
            self.parts.insert(part, Part::Ids(ids));
        }
        writes.extend(stale.into_iter().map(|part| write(self.key.sibling(part), None)));
        Ok(writes)
    }

    /// Seals the head if it is full; gives back what is to be written behind it.
    pub(super) fn seal_if_full(&mut self) -> Result<Vec<Write>> {
        // What came in whole makes more than one chunk.
        let much = self.profile.sealed.is_empty() && self.profile.weight() >= 2 * self.seal_after;
        if much || !self.stale.is_empty() {
            return self.seal_anew();
        }
        let sealed = &self.profile.sealed;
        if self.profile.weight() < self.seal_after || !sealed.has_room() {
            return Ok(Vec::new());
        }
        let merged = sealed.pages_to_merge();
        if !self.missing(merged.iter().map(|page| page.part())).is_empty() {
            return Ok(Vec::new());
        }
        let write = |key, value| Write { key, expected: Expected::Any, value };
        let (chunk, mut ids) = self.profile.seal();
        let mut writes = Vec::new();
        for page in merged {
            if let Some(Part::Ids(old)) = self.parts.remove(&page.part()) {
                ids.extend(old);
            }
            writes.push(write(self.key.sibling(page.part()), None));
        }
        let (part, pages) = self.profile.sealed.add(ids);
        let key = self.key.sibling(part);
        writes.push(write(key.clone(), Some(encode_chunk(&key, &chunk)?)));
        self.parts.insert(part, Part::Chunk(Box::new(chunk)));
        for (page, ids) in pages {
            let key = self.key.sibling(page.part());
            writes.push(write(key.clone(), Some(encode_ids(&key, &ids)?)));
            self.parts.insert(page.part(), Part::Ids(ids));
        }
        Ok(writes)
    }
}

/// The ids by which an event, or each of its facts, is known behind the head of a record
/// that is kept under `home`.
fn ids(event: &Event, home: &Identifier) -> Vec<u64> {
    let id = event.fingerprint();
    let other = (event.customer != *home).then(|| event.customer.as_text());
    let told = |id| told_id(id, other.as_deref());
    match &event.detail {
        Detail::Stated(statement) => {
            statement.facts.keys().map(|name| told(fact_id(id, name))).collect()
        }
        _ => vec![told(id)],
    }
}

fn unread() -> Error {
    Error::input("loaded", "parts of the record are missing: read and add the keys it asks for")
}

impl Engine {
    /// Loads many customers with what lies behind their heads.
    pub(super) fn fetch_all(
        &self,
        setup: &Setup,
        customers: &[&Identifier],
    ) -> Vec<Result<Box<Loaded>>> {
        let keys: Vec<Key> =
            customers.iter().map(|customer| self.place(&setup.identity.normal(customer))).collect();
        let found =
            if self.in_doubt() { Vec::new() } else { self.store.read(&keys).unwrap_or_default() };
        let mut found = found.into_iter();
        let each = |customer: &&Identifier| match found.next() {
            Some(found) => match self.load_under(setup, &setup.identity.normal(customer), found)? {
                Load::Customer(loaded) if loaded.is_ready() => Ok(loaded),
                _ => self.fetch_whole(setup, customer),
            },
            None => self.fetch_whole(setup, customer),
        };
        customers.iter().map(each).collect()
    }

    /// Loads a customer with what lies behind the head.
    pub(super) fn fetch_whole(&self, setup: &Setup, customer: &Identifier) -> Result<Box<Loaded>> {
        self.fetch_with(setup, customer, &Loaded::keys_to_decide)
    }

    /// Loads a customer with what it takes to record an event.
    pub(super) fn fetch_to_record(&self, setup: &Setup, event: &Event) -> Result<Box<Loaded>> {
        self.fetch_with(setup, &event.customer, &|loaded| loaded.keys_to_record(event))
    }

    /// Loads a customer with what lies behind the head, whatever is left to do about links.
    pub(super) fn fetch_as_it_is(
        &self,
        setup: &Setup,
        customer: &Identifier,
    ) -> Result<Box<Loaded>> {
        let head = || self.fetch_head(setup, customer);
        self.fetch_parts(&head, &Loaded::keys_to_decide)
    }

    /// Loads a customer with the parts that are asked for.
    pub(super) fn fetch_with(
        &self,
        setup: &Setup,
        customer: &Identifier,
        keys: &dyn Fn(&Loaded) -> Vec<Key>,
    ) -> Result<Box<Loaded>> {
        self.fetch_parts(&|| self.fetch(setup, customer), keys)
    }

    fn fetch_parts(
        &self,
        head: &dyn Fn() -> Result<Box<Loaded>>,
        keys: &dyn Fn(&Loaded) -> Vec<Key>,
    ) -> Result<Box<Loaded>> {
        let mut before = None;
        self.retrying(|| {
            let mut loaded = head()?;
            let keys = keys(&loaded);
            if keys.is_empty() {
                return Ok(Some(loaded));
            }
            match loaded.add(&keys, self.store.read(&keys)?) {
                Ok(()) => Ok(Some(loaded)),
                // Sealed anew since the head was read; or, if the head is still the same,
                // really gone.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    if before == Some(loaded.version) {
                        return Err(Error::new(
                            ErrorKind::Corrupt,
                            "a part of a customer's record is not there",
                        ));
                    }
                    before = Some(loaded.version);
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        })
    }
}
