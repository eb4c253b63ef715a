//! Time passes: whoever is due is looked at, and nobody else.

use std::cmp::Reverse;
use std::time::Duration;

use super::load::{Changes, Effects};
use super::{Engine, Setup};
use crate::error::Result;
use crate::numeric::short_hash;
use crate::profile::{Membership, Profile};
use crate::segment::{self, Change};
use crate::types::{Identifier, Purpose, SegmentId, Timestamp};
use crate::view::Visit;

impl Engine {
    /// Brings segments and statistics up to `now`, and reports who came into which
    /// segment and who left, at what instant. It visits exactly the customers of whom
    /// something may have changed: those with new events, and those for whom time alone
    /// changes an answer, or ends how long something [is kept](crate::PrivacyPolicy::keep_for):
    /// that goes now. Call it as often as changes are wanted; decisions do not wait
    /// for it.
    ///
    /// # Errors
    /// The store failed for somebody: the first such failure. All others were visited,
    /// and what changed for them is reported by the next call; who was not is due still.
    pub fn advance(&self, now: Timestamp) -> Result<Vec<Change>> {
        let (setup, now) = (self.setup(), now.before_never());
        self.look_at_due(&setup, now)?;
        self.sweep_evidence(now)?;
        if setup.staleness.is_some_and(|staleness| now >= setup.models.at + staleness) {
            self.fit_under(&setup, now)?;
        }
        if setup.staleness.is_some_and(|staleness| setup.must_renew(staleness, now)) {
            self.renew(&setup, now)?;
        }
        Ok(self.report())
    }

    /// Looks at whoever is due. All are visited, whoever the store fails for.
    pub(super) fn look_at_due(&self, setup: &Setup, now: Timestamp) -> Result<()> {
        self.find_due(setup)?;
        let mut failed = Vec::new();
        while let Some((due, customer)) = self.next_due(now) {
            if let Err(error) = self.visit(setup, &customer, now) {
                failed.push((due, customer, error));
            }
        }
        let first = failed.first().map(|(.., error)| error.clone());
        let again = failed.into_iter().map(|(due, customer, _)| Reverse((due, customer)));
        self.lock_due().extend(again);
        first.map_or(Ok(()), Err)
    }

    /// What was found by visits and not yet told.
    pub(super) fn report(&self) -> Vec<Change> {
        let mut changes = std::mem::take(&mut *self.lock_unreported());
        changes.sort();
        let same = |a: &Change, b: &Change| {
            (a.at, &a.customer, &a.segment) == (b.at, &b.customer, &b.segment)
        };
        // Who came and left at one instant was never in it, or was in it all along.
        let told = changes.chunk_by(same).filter_map(|of_one| {
            let came = of_one.iter().filter(|change| change.entered).count();
            let news = came * 2 != of_one.len();
            news.then(|| if came > 0 { of_one.last() } else { of_one.first() }).flatten().cloned()
        });
        told.collect()
    }

    fn next_due(&self, now: Timestamp) -> Option<(Timestamp, Identifier)> {
        let mut due = self.lock_due();
        match due.peek() {
            Some(Reverse((at, _))) if *at <= now => due.pop().map(|Reverse(next)| next),
            _ => None,
        }
    }

    fn visit(&self, setup: &Setup, customer: &Identifier, now: Timestamp) -> Result<()> {
        let goes = |profile: &Profile| profile.goes_at() <= now;
        let gone = self.retrying(|| {
            let mut loaded = self.fetch_whole(setup, customer)?;
            if goes(&loaded.profile) {
                return Ok(Some(true));
            }
            let due = setup.due(&loaded.profile);
            if loaded.version.is_none() || due > now {
                // Erased, or looked at already, or due at another time by now.
                if loaded.version.is_some() && due < Timestamp::MAX {
                    self.lock_due().push(Reverse((due, loaded.profile.customer)));
                }
                return Ok(Some(false));
            }
            let other_rules = loaded.profile.membership.rules != setup.rules();
            let mut membership = std::mem::take(&mut loaded.profile.membership);
            let found = setup.catch_up(&*loaded.whole()?, &mut membership, now);
            loaded.profile.membership = membership;
            let mut effects = Effects { found, ..Effects::of(&loaded) };
            if other_rules {
                let fed = setup.fed(&*loaded.whole()?, now);
                loaded.profile.membership.fed = fed;
            }
            if other_rules || loaded.profile.membership.learn <= now {
                effects.learned = setup.relearn(&mut loaded, now)?;
            }
            if other_rules || loaded.profile.membership.sweep <= now {
                loaded.sweep(&setup.privacy, now);
            }
            // It is written anew anyway.
            loaded.profile.history.pack();
            let due = loaded.profile.membership.due();
            if due < Timestamp::MAX {
                effects.due = Some((due, loaded.profile.customer.clone()));
            }
            let batches = vec![self.write(&mut loaded)?];
            let changes = Changes { batches, effects: Some(effects), ..Changes::none() };
            Ok(self.commit(changes)?.then_some(false))
        })?;
        if gone {
            self.erase_if(setup, customer, &goes, Some(now), None)?;
        }
        Ok(())
    }
}

impl Setup {
    /// When to look at a customer again: at once, if the segments are others now.
    pub(super) fn due(&self, profile: &Profile) -> Timestamp {
        if profile.membership.rules == self.rules() {
            profile.membership.due()
        } else {
            Timestamp::MIN
        }
    }

    /// Whether what was found about everybody is older than it may be.
    fn must_renew(&self, staleness: Duration, now: Timestamp) -> bool {
        let found = &self.models.population;
        let old = found.version() == 0 || now >= found.at() + staleness;
        old && !self.policy.questionnaire.is_empty()
    }

    /// Looks at the customer at each instant at which something may have changed.
    fn catch_up(
        &self,
        profile: &Profile,
        membership: &mut Membership,
        now: Timestamp,
    ) -> Vec<Change> {
        let mut found = Vec::new();
        if membership.rules != self.rules() {
            membership.rules = self.rules();
            membership.check = membership.seen.max(now);
            membership.touched = u32::MAX;
        }
        while membership.check <= now && membership.check < Timestamp::MAX {
            self.look_again(profile, membership, &mut found);
        }
        found
    }

    /// Looks at the customer at the instant at which that is due: at all segments, or only at
    /// those that what was told since can change, if time changes none before.
    fn look_again(&self, profile: &Profile, membership: &mut Membership, found: &mut Vec<Change>) {
        let at = membership.check;
        let in_part = membership.touched != u32::MAX && at < membership.holds;
        let touched = in_part.then_some(membership.touched);
        let view = self.gate().open(profile, Purpose::Personalisation, at, Visit::default());
        let looked = self.policy.program.memberships(&view, &self.models.population, touched);
        let named = |id: &SegmentId| short_hash(id.as_str());
        let (mut members, all, until) = segment::standing(looked.iter(), named);
        for segment in self.segments.iter() {
            let hash = named(segment.id());
            let was = membership.segments.binary_search(&hash).is_ok();
            let is = members.binary_search(&hash).is_ok();
            if was != is && all.binary_search(&hash).is_ok() {
                found.push(Change {
                    at,
                    customer: profile.customer.clone(),
                    segment: segment.id().clone(),
                    entered: is,
                    because: looked.because(segment.id()),
                });
            }
        }
        if in_part {
            let others = membership.segments.iter();
            members.extend(others.filter(|hash| all.binary_search(hash).is_err()));
            members.sort_unstable();
        }
        let before = if in_part { membership.holds } else { Timestamp::MAX };
        membership.segments = members;
        // What holds until now or earlier would be looked at for ever.
        membership.check = until.min(before).max(at.later(1));
        membership.holds = membership.check;
        membership.touched = 0;
        membership.seen = membership.seen.max(at);
    }
}
