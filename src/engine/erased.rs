//! Erasing with proof: what was there, what is kept and why, and that nobody comes back.

use super::Engine;
use super::beside::{read_tip, remains_key};
use super::evidence::evidence_key;
use super::learn::contribution;
use crate::consent::{Hash256, ProofKey, ProofUse, Pseudonym};
use crate::error::{Error, Result};
use crate::learn::Contribution;
use crate::profile::Profile;
use crate::rights::{Erased, ErasureCertificate, Kept};
use crate::store::Key;
use crate::types::{Identifier, Timestamp};

/// What was found of somebody who is being erased.
#[derive(Debug, Default)]
pub(super) struct Account {
    names: Vec<Identifier>,
    /// What stood behind the record.
    behind: Vec<Key>,
    /// When the last thing happened that was told.
    latest: Option<Timestamp>,
    found: Option<(Hash256, Hash256, Erased)>,
}

/// The keyed digest of nothing, or of what a record holds.
fn digest(key: &ProofKey, what: ProofUse, content: &[u8]) -> Hash256 {
    key.mark(what, &[content])
}

impl Account {
    /// Takes note of a record before it goes.
    pub(super) fn take(
        &mut self,
        key: &ProofKey,
        asked: &Identifier,
        profile: &Profile,
        behind: Vec<Key>,
    ) {
        self.behind = behind;
        self.latest = profile.latest();
        self.names = profile.identifiers().chain([asked]).cloned().collect();
        self.names.sort();
        self.names.dedup();
        // The encodings fail only for values that no type of ours can hold.
        let content = postcard::to_allocvec(profile).unwrap_or_default();
        let Contribution { bought, visits, answered, within } = contribution(profile);
        let learned = postcard::to_allocvec(&(bought, visits, answered, within));
        let erased = Erased {
            identifiers: 1 + profile.identity.others.len(),
            events: profile.history.len(),
            attributes: profile.attributes.len(),
            choices: profile.choices.iter().count(),
            contacts: profile.contacts.told().count(),
            links: profile.identity.ties.iter().count(),
        };
        let before = digest(key, ProofUse::Record, &content);
        let learned = digest(key, ProofUse::Contribution, &learned.unwrap_or_default());
        self.found = Some((before, learned, erased));
    }

    pub(super) fn names(&self) -> &[Identifier] {
        &self.names
    }

    /// Up to when what happened is refused: up to the erasure, or up to the last thing that a
    /// faster clock told.
    pub(super) fn up_to(&self, at: Timestamp) -> Timestamp {
        self.latest.map_or(at, |latest| latest.max(at))
    }
}

impl Engine {
    /// Forgets a customer as [`erase`](Self::erase) does, and gives proof of it; nothing for
    /// a stranger.
    ///
    /// What happened up to `now` does not come back, under any of the customer's
    /// identifiers: no late event, no old export, and no [prospect](crate::Event::prospect)
    /// whatever its time ([`NotAllowed::Erased`](crate::NotAllowed::Erased)). For that one
    /// entry a name is kept, a keyed pseudonym with the instant. Whoever deals with the host
    /// again later begins anew, as a stranger. What was chosen stays as evidence for [as
    /// long as said](crate::EngineBuilder::evidence_for), under the same pseudonyms (GDPR
    /// 7(1), 17(3)(e)).
    ///
    /// Somebody who was erased before gets a certificate of that, in which nothing was found.
    ///
    /// ```
    /// use confidant::{Engine, Event, NotAllowed, ProofKey, Recorded, Timestamp, hours};
    ///
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let secret = [7; 32];
    /// let engine = Engine::builder().proof(ProofKey::new(secret)).build()?;
    /// let bought = Event::purchased("ana", monday).id("order 1");
    /// engine.record(monday, bought.clone())?;
    /// let certificate = engine.erase_with_certificate("ana", monday + hours(1))?;
    /// let certificate = certificate.expect("she was known");
    /// assert!(certificate.verify(&ProofKey::new(secret)));
    /// assert_eq!(certificate.erased.events, 1);
    /// // The till sends it once more.
    /// let late = engine.record(monday + hours(2), bought)?;
    /// assert_eq!(late, Recorded::NotAllowed(NotAllowed::Erased));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The engine has no [key](crate::EngineBuilder::proof). Or the store failed; then try
    /// again with the same identifier.
    pub fn erase_with_certificate(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Option<ErasureCertificate>> {
        let asked = customer.into();
        asked.check("customer")?;
        let Some(proof) = self.proof.clone() else {
            return Err(Error::configuration(
                "there is no key to prove an erasure with: expected `EngineBuilder::proof`",
            ));
        };
        let (setup, now) = (&*self.setup(), now.before_never());
        let asked = setup.identity.normal(&asked).into_owned();
        let mut account = Account::default();
        self.erase_if(setup, &asked, &|_| true, Some(now), Some(&mut account))?;
        if account.names.is_empty() {
            account.names.push(asked.clone());
        }
        let whose: Vec<Pseudonym> = account.names.iter().map(|who| proof.whose(who)).collect();
        let key = remains_key(&proof.whose(&asked));
        let remains = proof.remains(&key, self.read_one(&key)?.as_ref())?;
        let Some(erased_at) = remains.and_then(|remains| remains.erased_at) else {
            return Ok(None);
        };
        let after = self.what_is_left(&proof.key, &account)?;
        let nothing = digest(&proof.key, ProofUse::Record, &[]);
        let learned = digest(&proof.key, ProofUse::Contribution, &[]);
        let (before, learned, erased) =
            account.found.unwrap_or((nothing, learned, Erased::default()));
        let mut kept = vec![Kept::Suppressed { entries: whose.len() }];
        kept.extend(self.evidence_kept(&whose)?);
        kept.extend([Kept::Volumes, Kept::Models, Kept::Backups]);
        let certificate =
            ErasureCertificate::new(whose, erased_at, [before, after, learned], erased, kept);
        Ok(Some(certificate.sealed(&proof.key)))
    }

    /// The keyed digest of whatever is kept now where somebody was kept.
    fn what_is_left(&self, key: &ProofKey, account: &Account) -> Result<Hash256> {
        let heads = account.names.iter().map(|who| self.place(who));
        let keys: Vec<Key> = heads.chain(account.behind.iter().cloned()).collect();
        let found = self.store.read(&keys)?.into_iter().flatten();
        let bytes: Vec<u8> = found.flat_map(|stored| stored.bytes.to_vec()).collect();
        Ok(digest(key, ProofUse::Record, &bytes))
    }

    /// Whether somebody was erased at an instant or later.
    pub(super) fn is_erased(&self, who: &Identifier, at: Timestamp) -> Result<bool> {
        Ok(self.erased_at(who)?.is_some_and(|erased_at| at <= erased_at))
    }

    /// Up to when what happened under an identifier is refused.
    pub(super) fn erased_at(&self, who: &Identifier) -> Result<Option<Timestamp>> {
        let Some(proof) = &self.proof else { return Ok(None) };
        let key = remains_key(&proof.whose(who));
        let remains = proof.remains(&key, self.read_one(&key)?.as_ref())?;
        Ok(remains.and_then(|remains| remains.erased_at))
    }

    /// The evidence that is kept under some pseudonyms.
    fn evidence_kept(&self, whose: &[Pseudonym]) -> Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for whose in whose {
            for era in 0..self.eras(whose)? {
                let key = evidence_key(whose, era, None)?;
                let tip = read_tip(&key, self.read_one(&key)?.as_ref())?;
                let until = tip.as_ref().and_then(|tip| tip.until);
                let records = tip.map_or(0, |tip| tip.count);
                kept.extend(until.map(|until| Kept::Evidence { records, until }));
            }
        }
        Ok(kept)
    }

    /// How many chains of somebody were laid away.
    pub(super) fn eras(&self, whose: &Pseudonym) -> Result<u32> {
        let Some(proof) = &self.proof else { return Ok(0) };
        let key = remains_key(whose);
        let remains = proof.remains(&key, self.read_one(&key)?.as_ref())?;
        Ok(remains.map_or(0, |remains| remains.eras))
    }
}
