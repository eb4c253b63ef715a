//! Logs on their way from one record to another, in steps that a crash may come between:
//! the record that they leave is marked, and nobody uses it until they have arrived; they
//! are written where they go; the identifiers lead there; they are taken out where they
//! were. Whoever meets a marked record makes the remaining steps, and each step is right
//! when it is made twice.

use std::sync::Arc;

use super::learn::contribution;
use super::load::{Changes, Effects, Loaded};
use super::record::Touched;
use super::volume::durable;
use super::{Engine, Setup};
use crate::error::Result;
use crate::learn::Contribution;
use crate::numeric::short_hash;
use crate::profile::{Moving, Profile};
use crate::segment::Change;
use crate::store::{Durability, Entry, Expected, Write, decode, encode_redirect, redirect};
use crate::types::{Identifier, Timestamp};

impl Engine {
    /// Makes the remaining steps for a marked record. If somebody else makes them too, or
    /// was faster, nothing more is done.
    pub(super) fn finish_moving(
        &self,
        setup: &Setup,
        frozen: Box<Loaded>,
        now: Option<Timestamp>,
    ) -> Result<()> {
        self.finish_after(setup, frozen, now, &mut Vec::new())
    }

    /// The same, where others wait for it already.
    fn finish_after(
        &self,
        setup: &Setup,
        mut frozen: Box<Loaded>,
        now: Option<Timestamp>,
        waiting: &mut Vec<Identifier>,
    ) -> Result<()> {
        let Some(moving) = frozen.profile.identity.moving.take() else { return Ok(()) };
        if waiting.contains(&moving.to) {
            // They wait for each other, so nothing arrived anywhere yet: this one stays.
            return self.commit(durable(self.write(&mut frozen)?)).map(|_| ());
        }
        waiting.push(frozen.profile.customer.clone());
        let Some(mut target) = self.arrival(setup, &frozen, &moving, waiting)? else {
            return Ok(());
        };
        let whole = frozen.whole()?.into_owned();
        let all_left = whole.identifiers().all(|who| moving.who.contains(who));
        let (left, taken) = whole.split(&moving.who, &moving.to);
        target.unpack()?;
        let seen = whole.membership.seen.max(target.profile.membership.seen);
        target.profile.take_logs(&taken, &|_| true);
        target.profile.identity.unsettled |= whole.identity.unsettled;
        target.profile.membership.seen = seen;
        if all_left {
            whole.uses.iter().for_each(|(category, last)| {
                target.profile.uses.note(category, last.clone());
            });
        }
        if !self.commit(self.moved(setup, &mut target, now)?)? {
            return Ok(());
        }
        let others = moving.who.iter().filter(|who| **who != moving.to && **who != whole.customer);
        for who in others {
            self.lead(who, &whole.customer, &moving.to)?;
        }
        let changes = match all_left {
            true => self.gave_way(setup, &frozen, &moving.to, now)?,
            false => {
                frozen.unpack()?;
                frozen.profile = left;
                self.moved(setup, &mut frozen, now)?
            }
        };
        self.commit(changes).map(|_| ())
    }

    /// What is at the place where logs are to arrive, if they still are to.
    fn arrival(
        &self,
        setup: &Setup,
        frozen: &Loaded,
        moving: &Moving,
        waiting: &mut Vec<Identifier>,
    ) -> Result<Option<Box<Loaded>>> {
        let key = self.place(&moving.to);
        let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
        let target = match found {
            None => self.stranger(setup, key, None, &moving.to),
            Some(stored) => match decode(&key, &stored.bytes)? {
                Entry::Redirect(to) if to == frozen.profile.customer => {
                    self.stranger(setup, key, Some(stored.version), &moving.to)
                }
                Entry::Customer(_) => self.fetch_as_it_is(setup, &moving.to)?,
                _ => return Ok(None),
            },
        };
        if target.profile.identity.moving.is_some() {
            // It is to be finished first; whoever began this one comes back.
            return match target.profile.customer == moving.to {
                true => self.finish_after(setup, target, None, waiting).map(|()| None),
                false => Ok(None),
            };
        }
        // Only now is it sure that what was found there was found before they arrived.
        let still = self.store.read(std::slice::from_ref(&frozen.key))?.pop().flatten();
        let still = still.map(|stored| stored.version) == frozen.version;
        Ok(Some(target).filter(|target| still && target.profile.customer == moving.to))
    }

    /// The commit of a record whose logs are others now.
    fn moved(&self, setup: &Setup, loaded: &mut Loaded, now: Option<Timestamp>) -> Result<Changes> {
        loaded.profile.identity.shared = false;
        loaded.profile.hear(&|a, b| setup.as_good(a, b));
        loaded.profile.history.pack();
        let touched =
            Touched { essential: true, segments: true, learning: true, ..Touched::default() };
        let goes = Some(loaded.profile.goes_at());
        let touched = Touched { chosen: now.is_some(), expires: goes, ..touched };
        let at = now.unwrap_or(loaded.profile.membership.seen);
        self.changes(setup, at, loaded, touched)
    }

    /// The commit by which a record gives way to the one where all of its logs are now.
    fn gave_way(
        &self,
        setup: &Setup,
        frozen: &Loaded,
        to: &Identifier,
        now: Option<Timestamp>,
    ) -> Result<Changes> {
        let value = Some(encode_redirect(&frozen.key, to)?);
        let expected = frozen.version.map_or(Expected::Absent, Expected::Version);
        let head = Write { key: frozen.key.clone(), expected, value };
        let behind = frozen.keys_behind().into_iter();
        let behind = behind.map(|key| Write { key, expected: Expected::Any, value: None });
        let batches = vec![self.batch(std::iter::once(head).chain(behind).collect())];
        let learned = (contribution(&frozen.profile), Contribution::default());
        let learned = (learned.0 != learned.1).then(|| Arc::new(learned));
        let at = now.unwrap_or(frozen.profile.membership.seen);
        let found = left_segments(setup, &frozen.profile, at);
        let effects = Some(Effects { learned, found, ..Effects::of(frozen) });
        Ok(Changes { batches, durability: Durability::Durable, effects })
    }

    /// Makes an identifier of a record lead to another one; one that does not lead there any
    /// more was erased or went elsewhere meanwhile.
    fn lead(&self, who: &Identifier, from: &Identifier, to: &Identifier) -> Result<()> {
        let key = self.place(who);
        self.retrying(|| {
            let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
            let Some(stored) = found else { return Ok(Some(())) };
            if redirect(&key, &stored.bytes)?.as_ref() != Some(from) {
                return Ok(Some(()));
            }
            let value: Arc<[u8]> = encode_redirect(&key, to)?;
            let way = self.one(key.clone(), Some(stored.version), Some(value));
            Ok(self.commit(durable(way))?.then_some(()))
        })
    }

    /// Makes an identifier of which nothing is known one of a customer.
    pub(super) fn take_in_stranger(
        &self,
        setup: &Setup,
        who: &Identifier,
        to: &Identifier,
    ) -> Result<()> {
        let key = self.place(who);
        let value: Arc<[u8]> = encode_redirect(&key, to)?;
        if !self.commit(durable(self.one(key, None, Some(value))))? {
            return Ok(());
        }
        let mut target = self.fetch_as_it_is(setup, to)?;
        if target.version.is_none() {
            // Erased meanwhile, and nothing may lead there.
            return self.retrying(|| self.cut(who, to, None)).map(|_| ());
        }
        if target.profile.customer != *to || target.profile.identity.moving.is_some() {
            return Ok(());
        }
        // Nothing came with it that anybody could see or learn from.
        target.profile.identity.welcome(who);
        let touched = Touched { essential: true, ..Touched::default() };
        let changes = self.changes(setup, target.profile.membership.seen, &mut target, touched)?;
        self.commit(changes).map(|_| ())
    }
}

/// The segments that end with a record.
fn left_segments(setup: &Setup, profile: &Profile, at: Timestamp) -> Vec<Change> {
    let was_in = |id: &str| profile.membership.segments.binary_search(&short_hash(id)).is_ok();
    let left = setup.segments.iter().filter(|segment| was_in(segment.id().as_str()));
    let left = left.map(|segment| Change {
        at,
        customer: profile.customer.clone(),
        segment: segment.id().clone(),
        entered: false,
        because: Vec::new(),
    });
    left.collect()
}
