//! Time passes: whoever is due is looked at, and nobody else.

use std::cmp::Reverse;

use super::Engine;
use super::load::Changes;
use crate::error::Result;
use crate::numeric::short_hash;
use crate::profile::Profile;
use crate::segment::{self, Change};
use crate::types::{Identifier, Purpose, SegmentId, Timestamp};

impl Engine {
    /// Brings segments and statistics up to `now`, and reports who came into which
    /// segment and who left, at what instant. It visits exactly the customers of whom
    /// something may have changed: those with new events, and those for whom time alone
    /// changes an answer. Call it as often as changes are wanted; decisions do not wait
    /// for it.
    ///
    /// # Errors
    /// The store failed. Customers already visited stay visited; the others are due
    /// still.
    pub fn advance(&self, now: Timestamp) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        while let Some((due, customer)) = self.next_due(now) {
            match self.visit(&customer, now) {
                Ok(mut found) => changes.append(&mut found),
                Err(error) => {
                    self.lock_due().push(Reverse((due, customer)));
                    return Err(error);
                }
            }
        }
        changes.sort();
        let stale = |staleness| now >= self.current_models().at + staleness;
        if self.staleness.is_some_and(stale) {
            self.fit(now)?;
        }
        Ok(changes)
    }

    fn next_due(&self, now: Timestamp) -> Option<(Timestamp, Identifier)> {
        let mut due = self.lock_due();
        let first = due.peek().is_some_and(|Reverse((at, _))| *at <= now);
        due.pop().filter(|_| first).map(|Reverse(next)| next)
    }

    fn visit(&self, customer: &Identifier, now: Timestamp) -> Result<Vec<Change>> {
        self.retrying(|| {
            let mut loaded = self.fetch(customer)?;
            if loaded.version.is_none() || loaded.profile.membership.due > now {
                // Erased, or looked at already.
                return Ok(Some(Vec::new()));
            }
            let found = self.catch_up(&mut loaded.profile, now);
            let mut changes = Changes::none();
            if loaded.profile.membership.unlearned {
                changes.learned = self.relearn(&mut loaded.profile, now);
            }
            let due = loaded.profile.membership.due;
            if due < Timestamp::MAX {
                changes.due = Some((due, loaded.profile.customer.clone()));
            }
            changes.batches.push(loaded.write()?);
            Ok(self.commit(changes)?.then_some(found))
        })
    }

    /// Looks at the customer at each instant at which something may have changed.
    fn catch_up(&self, profile: &mut Profile, now: Timestamp) -> Vec<Change> {
        let mut found = Vec::new();
        while profile.membership.due <= now {
            let at = profile.membership.due;
            let (members, until) = self.standing(profile, at);
            let named = |id: &SegmentId| short_hash(id.as_str());
            for segment in &self.segments {
                let hash = named(segment.id());
                let was = profile.membership.segments.binary_search(&hash).is_ok();
                let is = members.binary_search(&hash).is_ok();
                if was != is {
                    found.push(Change {
                        at,
                        customer: profile.customer.clone(),
                        segment: segment.id().clone(),
                        entered: is,
                    });
                }
            }
            profile.membership.segments = members;
            profile.membership.due = until;
        }
        found
    }

    /// The segments that a customer is in at an instant, and until when.
    fn standing(&self, profile: &Profile, at: Timestamp) -> (Vec<u32>, Timestamp) {
        let view = self.gate().open(profile, Purpose::Personalisation, at, None);
        let holdings = self.policy.program.memberships(&view);
        let (members, until) =
            segment::standing(holdings.into_iter(), |id| short_hash(id.as_str()));
        // What holds until now or earlier would be looked at for ever.
        (members, until.max(Timestamp::from_millis(at.as_millis().saturating_add(1))))
    }
}
