//! Links: what was said of two identifiers, and what becomes of it.

use super::load::Loaded;
use super::{Engine, Setup};
use crate::error::Result;
use crate::event::{Detail, Event};
use crate::identity::{Apart, Resolved};
use crate::types::{Identifier, Purpose, Timestamp};

use super::record::{NotAllowed, Recorded};

impl Engine {
    /// Records a link or a parting: first as a word in the customer's own record, then in
    /// whose record the identifiers are.
    pub(super) fn link(
        &self,
        setup: &Setup,
        now: Timestamp,
        event: &Event,
        other: &Identifier,
    ) -> Result<Recorded> {
        if event.customer == *other {
            return Ok(Recorded::Duplicate);
        }
        let linked = matches!(event.detail, Detail::Linked { .. });
        if !self.fetch_head(setup, &event.customer)?.is_settled() {
            self.settle_under(setup, &event.customer, Some(now))?;
        }
        let before = self.identifiers_of(setup, &event.customer, other)?;
        let recorded = self.retrying(|| {
            let mut loaded = self.fetch_to_record(setup, event)?;
            if linked && is_full(&loaded, &event.customer, other) {
                return Ok(Some(Recorded::Apart(Apart::Crowded)));
            }
            let refused = self.refuses(setup, &loaded, other, event.at);
            let (recorded, changes) = self.record_checked(setup, now, event, &mut loaded)?;
            if recorded == Recorded::Accepted && linked && refused? {
                let purpose = NotAllowed::Purpose(Purpose::IdentityLinking);
                return Ok(Some(Recorded::NotAllowed(purpose)));
            }
            Ok(self.commit(changes)?.then_some(recorded))
        })?;
        if recorded != Recorded::Accepted {
            return Ok(recorded);
        }
        let resolved = self.settle_under(setup, &event.customer, Some(now))?;
        Ok(match linked {
            true => became(&resolved, (&event.customer, other), &before),
            false => Recorded::Accepted,
        })
    }

    /// Whether whoever is known under another identifier refuses to be linked.
    fn refuses(
        &self,
        setup: &Setup,
        loaded: &Loaded,
        other: &Identifier,
        at: Timestamp,
    ) -> Result<bool> {
        if loaded.profile.is(other) {
            return Ok(false);
        }
        let known = self.fetch(setup, other)?;
        Ok(known.profile.choices.refuses(&setup.privacy, &Purpose::IdentityLinking, at))
    }

    /// The customers of two identifiers before they are linked.
    fn identifiers_of(
        &self,
        setup: &Setup,
        one: &Identifier,
        other: &Identifier,
    ) -> Result<[Vec<Identifier>; 2]> {
        let all = |of| Ok(self.fetch(setup, of)?.profile.identifiers().cloned().collect());
        Ok([all(one)?, all(other)?])
    }
}

/// Whether an end of a link has so many already that one more says nothing.
fn is_full(loaded: &Loaded, end: &Identifier, other: &Identifier) -> bool {
    let ties = &loaded.profile.identity.ties;
    let known = ties.of(end).any(|(_, beyond)| beyond == other);
    !known && ties.is_crowded(end)
}

/// What became of a link, by who is who now and who was who before.
fn became(
    resolved: &Resolved,
    (one, other): (&Identifier, &Identifier),
    before: &[Vec<Identifier>; 2],
) -> Recorded {
    let of = |who: &Identifier| resolved.customers.iter().find(|all| all.contains(who));
    let (Some(one), Some(others)) = (of(one), of(other)) else {
        return Recorded::Accepted;
    };
    if one != others {
        let ends = |tie: &crate::identity::Tie| {
            one.contains(&tie.a) && others.contains(&tie.b)
                || one.contains(&tie.b) && others.contains(&tie.a)
        };
        let why = resolved.apart.iter().filter(|(tie, _)| ends(tie)).map(|(_, why)| *why).min();
        return Recorded::Apart(why.unwrap_or(Apart::Known));
    }
    let left = before.iter().flatten().filter(|who| !one.contains(who));
    let left: Vec<Identifier> = left.cloned().collect();
    if left.is_empty() { Recorded::Accepted } else { Recorded::Demoted(left) }
}
