//! The pure middle: a customer as loaded, and the changes to commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::beside::Beside;
use super::flights::Taught;
use super::parts::Part;
use super::{Engine, Proof, Setup};
use crate::consent::{Permit, PrivacyPolicy};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::IdentityPolicy;
use crate::profile::Profile;
use crate::segment::Change;
use crate::store::{
    Batch, Durability, Entry, Expected, Key, Stored, Version, Write, decode, encode_customer,
    redirect,
};
use crate::types::{Identifier, Purpose, Timestamp, redacted};

/// One customer as found in the store, a stranger if not found.
///
/// It shows nothing by itself: what may be seen of it, and for what, is up to the
/// customer.
pub struct Loaded {
    pub(super) key: Key,
    pub(super) version: Option<Version>,
    /// The head of the record; see [`whole`](Self::whole).
    pub(super) profile: Profile,
    /// What was read of what lies behind the head.
    pub(super) parts: BTreeMap<u32, Part>,
    /// Which of those are not any more what was read.
    pub(super) rewrite: BTreeSet<u32>,
    /// How much the head may hold.
    pub(super) seal_after: usize,
    /// In which form identifiers are kept.
    pub(super) identity: Arc<IdentityPolicy>,
    /// Parts behind the head that are written anew with it, or go.
    pub(super) stale: Vec<u32>,
    pub(super) proof: Option<Arc<Proof>>,
    /// What was read of what is kept for proof.
    pub(super) beside: Beside,
}

/// By hand: the derived one would print everything that is kept of a customer.
impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loaded({} behaviours)", self.profile.history.len())
    }
}

/// What a key turned out to hold.
#[derive(Debug)]
pub enum Load {
    /// The customer.
    Customer(Box<Loaded>),
    /// The customer is kept under this identifier: read that one.
    Elsewhere(Identifier),
}

/// What is to be committed, in order, and then [acknowledged](Engine::acknowledge).
#[must_use = "changes are nothing until they are committed and acknowledged"]
pub struct Changes {
    pub(super) batches: Vec<Batch>,
    pub(super) durability: Durability,
    /// What follows once the customer's record is committed.
    pub(super) effects: Option<Effects>,
}

/// What a committed record means for this engine: when to look at the customer again,
/// what was learned, what is to be reported.
pub(super) struct Effects {
    /// The customer's key.
    pub(super) of: Key,
    /// Whose it is, and for which segments it was looked at.
    pub(super) whose: (u64, Identifier),
    pub(super) due: Option<(Timestamp, Identifier)>,
    pub(super) learned: Option<Taught>,
    pub(super) found: Vec<Change>,
}

impl Changes {
    pub(super) fn none() -> Self {
        Self { batches: Vec::new(), durability: Durability::Buffered, effects: None }
    }

    /// What to commit. A batch is only tried once those before it are committed; at a
    /// conflict, load and ask again.
    #[must_use]
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// Whether they change what was learned.
    pub(super) fn teaches(&self) -> bool {
        self.effects.as_ref().is_some_and(|effects| effects.learned.is_some())
    }

    /// Whose record they write, and what they change of what was learned.
    pub(super) fn of(&self) -> Option<(&Key, Option<&Taught>)> {
        self.effects.as_ref().map(|effects| (&effects.of, effects.learned.as_ref()))
    }

    /// How safe it must be before anybody is told.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.durability
    }
}

impl Effects {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let (of, profile) = (loaded.key.clone(), &loaded.profile);
        let whose = (profile.membership.rules, profile.customer.clone());
        Self { of, whose, due: None, learned: None, found: Vec::new() }
    }
}

/// How often a commit is tried again before somebody else's luck is called a fault.
pub(super) const TRIES: usize = 1000;

/// The most redirects that lead from an identifier to its customer.
const HOPS: usize = 4;

impl Engine {
    /// Where a customer, or the way to one, is kept.
    #[must_use]
    pub fn key(&self, customer: &Identifier) -> Key {
        self.place(&self.setup().identity.normal(customer))
    }

    /// Where a customer is kept whose identifier is in its usual form.
    pub(super) fn place(&self, customer: &Identifier) -> Key {
        place_of(customer)
    }

    /// Reads what was found under [`key`](Self::key).
    ///
    /// # Errors
    /// The bytes are damaged; or, of kind [`ErrorKind::Conflict`], links of the customer are
    /// being settled: call [`settle`](Self::settle), then load again.
    pub fn load(&self, customer: &Identifier, found: Option<Stored>) -> Result<Load> {
        let setup = self.setup();
        match self.load_under(&setup, &setup.identity.normal(customer), found)? {
            Load::Customer(loaded) if !loaded.is_settled() => Err(unsettled()),
            load => Ok(load),
        }
    }

    pub(super) fn load_under(
        &self,
        setup: &Setup,
        customer: &Identifier,
        found: Option<Stored>,
    ) -> Result<Load> {
        let key = self.place(customer);
        let Some(stored) = found else {
            return Ok(Load::Customer(self.stranger(setup, key, None, customer)));
        };
        match decode(&key, &stored.bytes)? {
            Entry::Customer(profile) if profile.customer != *customer => {
                Err(Error::new(ErrorKind::Corrupt, "a record is kept under another's name"))
            }
            Entry::Customer(profile) => {
                let loaded = self.loaded(setup, key, Some(stored.version), *profile);
                Ok(Load::Customer(Box::new(loaded)))
            }
            Entry::Redirect(to) => Ok(Load::Elsewhere(to)),
            _ => Err(Error::new(ErrorKind::Corrupt, "a key holds something else")),
        }
    }

    fn loaded(
        &self,
        setup: &Setup,
        key: Key,
        version: Option<Version>,
        profile: Profile,
    ) -> Loaded {
        let identity = setup.identity.clone();
        let (parts, rewrite, stale, beside) = Default::default();
        let (seal_after, proof) = (self.seal_after, self.proof.clone());
        Loaded { key, version, profile, parts, rewrite, seal_after, identity, stale, proof, beside }
    }

    /// Somebody of whom nothing is known, to be written where this version is.
    pub(super) fn stranger(
        &self,
        setup: &Setup,
        key: Key,
        version: Option<Version>,
        customer: &Identifier,
    ) -> Box<Loaded> {
        let mut profile = Profile::stranger(customer.clone());
        profile.membership.rules = setup.rules();
        Box::new(self.loaded(setup, key, version, profile))
    }

    /// Loads a customer from this engine's store; what was left to do about links is done
    /// first.
    pub(super) fn fetch(&self, setup: &Setup, customer: &Identifier) -> Result<Box<Loaded>> {
        self.retrying(|| {
            let loaded = self.fetch_head(setup, customer)?;
            if loaded.is_settled() {
                return Ok(Some(loaded));
            }
            self.settle_under(setup, customer, None).map(|_| None)
        })
    }

    /// Loads a customer as found.
    pub(super) fn fetch_head(&self, setup: &Setup, customer: &Identifier) -> Result<Box<Loaded>> {
        self.make_sure()?;
        let asked = setup.identity.normal(customer).into_owned();
        self.retrying(|| {
            let loaded = self.fetch_led(setup, &asked)?;
            // Between the way and the record it leads to, they may have parted.
            let here =
                loaded.profile.is(&asked) || self.resolve(&asked)? == loaded.profile.customer;
            Ok(here.then_some(loaded))
        })
    }

    /// Follows the ways from an identifier to a record.
    fn fetch_led(&self, setup: &Setup, asked: &Identifier) -> Result<Box<Loaded>> {
        let mut customer = asked.clone();
        for _ in 0..HOPS {
            let key = self.place(&customer);
            let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
            if !self.lock_doubts().is_empty() {
                self.settle_doubts(&key)?;
            }
            match self.load_under(setup, &customer, found)? {
                Load::Customer(loaded) => return Ok(loaded),
                Load::Elsewhere(other) => customer = other,
            }
        }
        Err(Error::new(ErrorKind::Corrupt, "redirects lead in a circle"))
    }

    /// The identifier under which a customer is kept.
    pub(super) fn resolve(&self, customer: &Identifier) -> Result<Identifier> {
        let mut customer = customer.clone();
        for _ in 0..HOPS {
            let key = self.place(&customer);
            let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
            match found.map(|stored| redirect(&key, &stored.bytes)).transpose()?.flatten() {
                Some(other) => customer = other,
                None => break,
            }
        }
        Ok(customer)
    }

    /// A batch of these changes.
    pub(super) fn batch(&self, writes: Vec<Write>) -> Batch {
        let count = self.batches.fetch_add(1, Ordering::Relaxed);
        Batch { version: Version::of(count, &writes), writes }
    }

    /// A batch of one change.
    pub(super) fn one(
        &self,
        key: Key,
        version: Option<Version>,
        value: Option<Arc<[u8]>>,
    ) -> Batch {
        let expected = version.map_or(Expected::Absent, Expected::Version);
        self.batch(vec![Write { key, expected, value }])
    }

    /// The batch that writes a customer back, sealed first if the head is full.
    pub(super) fn write(&self, loaded: &mut Loaded) -> Result<Batch> {
        let behind = loaded.seal_if_full()?;
        loaded.profile.history.pack_much();
        let value = Some(encode_customer(&loaded.key, &loaded.profile)?);
        let expected = loaded.version.map_or(Expected::Absent, Expected::Version);
        let mut writes = vec![Write { key: loaded.key.clone(), expected, value }];
        writes.extend(behind);
        writes.extend(loaded.rewritten()?);
        writes.extend(loaded.append()?);
        Ok(self.batch(writes))
    }

    /// Tries until nobody else comes in between.
    pub(super) fn retrying<T>(&self, mut attempt: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        for _ in 0..TRIES {
            if let Some(done) = attempt()? {
                return Ok(done);
            }
        }
        Err(too_many())
    }
}

/// Where a customer is kept whose identifier is in its usual form.
pub(super) fn place_of(customer: &Identifier) -> Key {
    let (kind, value) = (customer.kind().name(), customer.value());
    // The length keeps the kind and the value apart, whatever is in them.
    let mut partition = Vec::with_capacity(kind.len() + value.len() + 4);
    partition.extend_from_slice(b"c");
    partition.extend_from_slice(&(kind.len() as u16).to_be_bytes());
    partition.extend_from_slice(kind.as_bytes());
    partition.extend_from_slice(value.as_bytes());
    Key::new(partition, 0)
}

pub(super) fn too_many() -> Error {
    Error::new(ErrorKind::Conflict, "others keep changing the same customer: try again")
}

/// What a record on its way says to somebody who cannot bring it to its end.
fn unsettled() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "links of this customer are being settled: call `Engine::settle`, then load again",
    )
}

impl Loaded {
    /// What the customer allows for a purpose at an instant, under the
    /// [policy in force](Engine::privacy): the check alone, which every view stands on. It
    /// shows nothing by itself.
    ///
    /// ```
    /// use confidant::{Engine, Event, Level, Load, Purpose, Timestamp};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let engine = Engine::builder().build()?;
    /// let Load::Customer(stranger) = engine.load(&"ana".into(), None)? else {
    ///     panic!("who is not kept leads nowhere")
    /// };
    /// let permit = stranger.permit(&engine.privacy(), Purpose::Personalisation, now);
    /// assert!(!permit.allows_data());
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn permit(&self, policy: &PrivacyPolicy, purpose: Purpose, now: Timestamp) -> Permit {
        let permit = Permit::ask(&self.profile.choices, policy, purpose, now);
        if self.profile.is_prospect() { permit.of_nothing() } else { permit }
    }

    /// Whether nothing is left to do about links.
    pub(super) fn is_settled(&self) -> bool {
        self.profile.identity.is_settled()
    }

    /// Refuses another customer than the one who is asked about.
    pub(super) fn must_be(&self, setup: &Setup, customer: &Identifier) -> Result<()> {
        if self.profile.is(&setup.identity.normal(customer)) {
            return Ok(());
        }
        Err(Error::input("customer", "another customer was loaded: expected the one of `customer`"))
    }
}

redacted! {
    Changes { batches, durability }
}
