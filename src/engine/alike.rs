//! Whether customers in the same segments get the same: asked dry, nobody is reached.

use hashbrown::HashMap;

use super::{Engine, Setup};
use crate::decide::{Decision, Request};
use crate::error::Result;
use crate::segment::{AlikeReport, Groups};
use crate::types::{Channel, Identifier, ItemId, PlacementId, Purpose, SegmentId, Timestamp};
use crate::view::Visit;

impl Engine {
    /// Looks at customers who are in exactly the same segments at `now`, and whose histories
    /// are unlike: how many of them are offered different things on a channel? Who is of
    /// interest is what they allow for [`Personalisation`](Purpose::Personalisation), their
    /// purchases included; what would be offered is asked as by [`preview`](Self::preview),
    /// nothing left to chance. Pairs are drawn by lot under the seed.
    ///
    /// # Errors
    /// The channel or the placement is not usable; the store failed, or a record is damaged.
    pub fn alike(
        &self,
        channel: &Channel,
        placement: Option<&PlacementId>,
        seed: u64,
        now: Timestamp,
    ) -> Result<AlikeReport> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let ask = |customer: &Identifier| {
            let request = Request::new(customer.clone(), channel.clone(), now).seed(seed);
            match placement {
                Some(placement) => request.at(placement.as_str()),
                None => request,
            }
        };
        ask(&Identifier::from("anybody")).check()?;
        let groups = self.in_same_segments(setup, seed, now)?;
        let offered = |customer: &Identifier| -> Result<_> {
            Ok(offer(&self.preview_under(setup, &ask(customer), 0.0)?))
        };
        let mut differ = |one: &Identifier, other: &Identifier| -> Result<bool> {
            Ok(offered(one)? != offered(other)?)
        };
        groups.report((now, channel.clone()), setup.others.smallest_group, &mut differ)
    }

    fn in_same_segments(&self, setup: &Setup, seed: u64, now: Timestamp) -> Result<Groups> {
        let (program, _) = setup.asking(None)?;
        let numbers: HashMap<&SegmentId, u32> = program.segment_ids().zip(0..).collect();
        let mut groups = Groups::default();
        self.each_page(|page| {
            self.customers_among(setup, page, &mut |profile| {
                let visit = Visit::default();
                let view = setup.gate().open(profile, Purpose::Personalisation, now, visit);
                // Of whom purchases may not be seen no history can be compared.
                if setup.policy.purchases.is_empty() || !view.allows(setup.policy.purchases) {
                    return;
                }
                let slots = program.fill(&view, &setup.models.population);
                let segments = program.members(&slots);
                let segments = segments.filter_map(|id| numbers.get(id).copied()).collect();
                groups.add(segments, &profile.customer, &view, seed);
            })
        })?;
        Ok(groups)
    }
}

/// What a decision offers: the action, and the items.
fn offer(decision: &Decision) -> Option<(String, Vec<ItemId>)> {
    let chosen = decision.choice()?;
    let items = chosen.items.iter().map(|item| item.item.clone()).collect();
    Some((chosen.action.as_str().to_owned(), items))
}
