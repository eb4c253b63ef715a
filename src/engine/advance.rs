//! Time passes: whoever is due is looked at, and nobody else.

use std::cmp::Reverse;
use std::time::Duration;

use super::load::{Changes, Effects};
use super::{Engine, Setup};
use crate::error::Result;
use crate::profile::{Membership, Profile};
use crate::rule::Slots;
use crate::segment::Change;
use crate::types::{Identifier, Purpose, Timestamp};
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
            let recent = self.lock_recent().take(customer, membership.answers);
            let (found, recent) = setup.catch_up(&*loaded.whole()?, &mut membership, recent, now);
            if let Some(answers) = recent {
                self.lock_recent().put(customer, membership.answers, answers);
            }
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

    /// Looks at the customer at each instant at which something may have changed; beside what
    /// changed, the answers with which that was done last, if it was done.
    fn catch_up(
        &self,
        profile: &Profile,
        membership: &mut Membership,
        mut recent: Option<Slots>,
        now: Timestamp,
    ) -> (Vec<Change>, Option<Slots>) {
        let mut found = Vec::new();
        if membership.rules != self.rules() {
            membership.rules = self.rules();
            membership.check = membership.seen.max(now);
            membership.touched = u32::MAX;
        }
        while membership.check <= now && membership.check < Timestamp::MAX {
            recent = self.look_again(profile, membership, recent, &mut found);
        }
        (found, recent)
    }

    /// Looks at the customer at the instant at which that is due: at all segments, or, with the
    /// answers from before, only at those that what was told since can change, if time changes
    /// none before.
    fn look_again(
        &self,
        profile: &Profile,
        membership: &mut Membership,
        recent: Option<Slots>,
        found: &mut Vec<Change>,
    ) -> Option<Slots> {
        let (at, touched, holds) = (membership.check, membership.touched, membership.holds);
        let in_part = touched != u32::MAX && at < holds;
        membership.seen = membership.seen.max(at);
        membership.touched = 0;
        let program = &self.policy.program;
        if in_part && touched & program.segment_kinds() == 0 {
            membership.check = holds;
            return recent;
        }
        let view = self.gate().open(profile, Purpose::Personalisation, at, Visit::default());
        let population = &self.models.population;
        let (looked, whole) = match recent.filter(|_| in_part) {
            Some(recent) => {
                (program.look_again(&view, population, touched, (recent, holds)), false)
            }
            None => (program.look(&view, population), true),
        };
        let was_in = |hash: &u32| membership.segments.binary_search(hash);
        let changed: Vec<(u32, bool)> =
            looked.members().filter(|(hash, is)| was_in(hash).is_ok() != *is).collect();
        for (hash, entered) in &changed {
            let id = program.segment_named(*hash);
            let news = id.map(|segment| Change {
                at,
                customer: profile.customer.clone(),
                segment: segment.clone(),
                entered: *entered,
                because: looked.because(segment),
            });
            found.extend(news);
        }
        if whole {
            let members = looked.members().filter_map(|(hash, is)| is.then_some(hash));
            membership.segments = members.collect();
            membership.segments.sort_unstable();
        } else {
            changed.into_iter().for_each(|(hash, is)| put(&mut membership.segments, hash, is));
        }
        // What holds until now or earlier would be looked at for ever.
        membership.check = looked.holds().max(at.later(1));
        membership.holds = membership.check;
        let (answers, digest) = looked.into_answers();
        membership.answers = digest;
        Some(answers)
    }
}

/// Puts a hash among others that are ascending, or takes it out.
fn put(hashes: &mut Vec<u32>, hash: u32, is_in: bool) {
    match (hashes.binary_search(&hash), is_in) {
        (Err(place), true) => hashes.insert(place, hash),
        (Ok(place), false) => _ = hashes.remove(place),
        _ => {}
    }
}
