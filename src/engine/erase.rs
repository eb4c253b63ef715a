//! Forgetting a customer: the record, the ways that lead to it, and what others know of it.

use std::cmp::Reverse;
use std::sync::Arc;

use super::beside::tip_key;
use super::erased::Account;
use super::household::notes_key;
use super::learn::contribution;
use super::load::{Changes, Effects, Loaded};
use super::record::Touched;
use super::volume::durable;
use super::{Engine, Setup};
use crate::error::{Error, Result};
use crate::learn::Contribution;
use crate::profile::Profile;
use crate::store::{Durability, Expected, Version, Write, redirect};
use crate::types::{Identifier, Timestamp};

impl Engine {
    /// Forgets a customer (GDPR 17): the record, the identifiers that lead to it, and
    /// what was learned from it, exactly and at once; models too, but for
    /// [those](Self::late_models) that follow at the next [`fit`](Self::fit). False for a
    /// stranger.
    ///
    /// # Errors
    /// The engine has a [key](crate::EngineBuilder::proof): then it is to know when, by
    /// [`erase_with_certificate`](Self::erase_with_certificate). Or the store failed; then
    /// try again with the same identifier.
    pub fn erase(&self, customer: impl Into<Identifier>) -> Result<bool> {
        let asked = customer.into();
        asked.check("customer")?;
        if self.proof.is_some() {
            return Err(Error::configuration(
                "this engine proves what it erases: expected `Engine::erase_with_certificate`",
            ));
        }
        let setup = &*self.setup();
        let asked = setup.identity.normal(&asked).into_owned();
        self.erase_if(setup, &asked, &|_| true, None, None)
    }

    /// Forgets a customer if this is so; false for a stranger, and for whom it is not. Who is
    /// accounted for does not come back.
    pub(super) fn erase_if(
        &self,
        setup: &Setup,
        asked: &Identifier,
        so: &dyn Fn(&Profile) -> bool,
        at: Option<Timestamp>,
        mut account: Option<&mut Account>,
    ) -> Result<bool> {
        // What was left to do about links is done first. The way that was asked by goes last,
        // so whose record it is can be found again.
        self.fetch(setup, asked)?;
        let mut customer = asked.clone();
        let mut spared = false;
        let mut abroad = Abroad::default();
        let known = self.retrying(|| {
            customer = self.resolve(asked)?;
            let loaded = match account {
                Some(_) => self.fetch_whole(setup, &customer)?,
                None => self.fetch(setup, &customer)?,
            };
            let Some(version) = loaded.version else { return Ok(Some(false)) };
            if loaded.profile.customer != customer {
                // It joined another one meanwhile.
                return Ok(None);
            }
            spared = !so(&loaded.profile);
            if spared {
                return Ok(Some(false));
            }
            abroad = Abroad::of(&loaded.profile);
            if let (Some(account), Some(proof)) = (account.as_deref_mut(), &self.proof) {
                let behind = loaded.keys_behind().into_iter();
                let behind = behind.chain([notes_key(&loaded.key), tip_key(&loaded.key)]);
                account.take(&proof.key, asked, &*loaded.whole()?, behind.collect());
                let at = account.up_to(at.unwrap_or(loaded.profile.membership.seen));
                let mut names = account.names().iter().map(|who| proof.whose(who));
                names.try_for_each(|whose| self.leave(proof, &whose, &|it| it.erase(at), &[]))?;
            }
            self.forget_abroad(setup, &abroad, at)?;
            let links = loaded.profile.identity.others.iter();
            for link in links.filter(|link| *link != asked && **link != customer) {
                if self.cut(link, &customer, at)?.is_none() {
                    return Ok(None);
                }
            }
            let changes = self.gone(&loaded, version, at)?;
            Ok(self.commit(changes)?.then_some(true))
        })?;
        if spared {
            return Ok(false);
        }
        // Once more: while the record was there, others may have heard of it again.
        self.forget_abroad(setup, &abroad, at)?;
        abroad.where_to.iter().try_for_each(|who| self.fetch(setup, who).map(|_| ()))?;
        let theirs = |who: &Identifier| *who == customer || abroad.mine.contains(who);
        self.lock_unreported().retain(|change| !theirs(&change.customer));
        self.lock_due().retain(|Reverse((_, customer))| !theirs(customer));
        abroad.mine.iter().chain([&customer]).for_each(|who| self.lock_recent().forget(who));
        // Of a stranger too: a crash may have come before it last time.
        self.store.forget(self.place(&customer).partition())?;
        // The way that was asked by goes last, so that asking again finds what is left.
        let led = *asked != customer && self.retrying(|| self.cut(asked, &customer, at))?;
        Ok(known || led)
    }

    /// The commit by which a record goes, with all that lies behind it and what was learned
    /// from it.
    fn gone(&self, loaded: &Loaded, version: Version, at: Option<Timestamp>) -> Result<Changes> {
        let erase = |key, expected| Write { key, expected, value: None };
        let head = erase(loaded.key.clone(), Expected::Version(version));
        let behind = loaded.keys_behind().into_iter().chain([notes_key(&loaded.key)]);
        let behind = behind.map(|key| erase(key, Expected::Any));
        let behind = behind.chain(self.lay_away(&loaded.key, at)?);
        let batches = vec![self.batch(std::iter::once(head).chain(behind).collect())];
        let learned = (contribution(&loaded.profile), Contribution::default());
        let learned = Some(Arc::new(learned));
        let effects = Some(Effects { learned, ..Effects::of(loaded) });
        Ok(Changes { batches, durability: Durability::Durable, effects })
    }

    /// Takes the customer's identifiers out of the records of others to which links lead
    /// that did not hold. Who those are without them is settled once the customer is gone.
    fn forget_abroad(&self, setup: &Setup, abroad: &Abroad, at: Option<Timestamp>) -> Result<()> {
        for who in &abroad.where_to {
            self.retrying(|| {
                let mut other = self.fetch_as_it_is(setup, who)?;
                if other.profile.identity.moving.is_some() {
                    return self.fetch(setup, who).map(|_| None);
                }
                let mine = |end: &Identifier| abroad.mine.contains(end);
                if other.version.is_none() || !other.profile.forget(&mine) {
                    return Ok(Some(()));
                }
                other.profile.hear(&|a, b| setup.as_good(a, b));
                if other.profile.is_nothing() {
                    // Only what was forgotten had made a record of it.
                    let expected = other.version.map_or(Expected::Absent, Expected::Version);
                    let head = Write { key: other.key.clone(), expected, value: None };
                    let behind = self.lay_away(&other.key, at)?;
                    let gone = self.batch(std::iter::once(head).chain(behind).collect());
                    let gone = self.commit(durable(gone))?;
                    return gone.then(|| self.store.forget(other.key.partition())).transpose();
                }
                // What bound them may be gone.
                let touched = Touched {
                    essential: true,
                    segments: true,
                    learning: true,
                    ..Touched::default()
                };
                let at = other.profile.membership.seen;
                let changes = self.changes(setup, at, &mut other, touched)?;
                Ok(self.commit(changes)?.then_some(()))
            })?;
        }
        Ok(())
    }

    /// Takes away the way from an identifier to a customer, if it leads there, and forgets
    /// it: true. It may lead nowhere, or have been given to somebody else: false. Nothing
    /// when somebody came in between.
    pub(super) fn cut(
        &self,
        link: &Identifier,
        customer: &Identifier,
        at: Option<Timestamp>,
    ) -> Result<Option<bool>> {
        let key = self.place(link);
        let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
        let leads = match found {
            Some(stored) if redirect(&key, &stored.bytes)?.as_ref() == Some(customer) => {
                let erase = |key, expected| Write { key, expected, value: None };
                let way = erase(key.clone(), Expected::Version(stored.version));
                let notes = erase(notes_key(&key), Expected::Any);
                let behind = self.lay_away(&key, at)?.into_iter();
                let gone = self.batch([way, notes].into_iter().chain(behind).collect());
                if !self.commit(durable(gone))? {
                    return Ok(None);
                }
                true
            }
            _ => false,
        };
        self.store.forget(key.partition())?;
        Ok(Some(leads))
    }
}

/// What others know of a customer: which identifiers, and in whose records.
#[derive(Default)]
struct Abroad {
    mine: Vec<Identifier>,
    where_to: Vec<Identifier>,
}

impl Abroad {
    fn of(profile: &Profile) -> Self {
        let ends = profile.identity.ties.iter().flat_map(|tie| tie.ends());
        let where_to = ends.filter(|end| !profile.is(end)).cloned().collect();
        Self { mine: profile.identifiers().cloned().collect(), where_to }
    }
}
