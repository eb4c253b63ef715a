//! Which values of attributes a view shows: of each attribute that is allowed the one that
//! counts at its instant.

use std::collections::BTreeMap;

use super::Known;
use super::gate::Gate;
use super::held::{Span, held};
use super::merge;
use crate::consent::{Categories, Permit};
use crate::profile::{Profile, Texts};
use crate::types::Timestamp;

impl Gate<'_> {
    /// The value that counts of each attribute that is allowed, by name, and when the next
    /// one begins or ceases to count.
    pub(super) fn known(
        self,
        profile: &Profile,
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
    ) -> (Vec<Known>, Timestamp) {
        let mut next = Timestamp::MAX;
        let mut told: BTreeMap<&str, Vec<Span<'_>>> = BTreeMap::new();
        for attribute in &profile.attributes {
            let name = names.get(attribute.name);
            let category = self.policy.of_attribute(name);
            let allowed = permit.categories().has(category)
                && attribute.is_for(permit.purpose())
                && self.attributes.fits(name, &attribute.value);
            if !allowed {
                continue;
            }
            let until = attribute.until.unwrap_or(Timestamp::MAX);
            let seen_for = self.policy.seen_for(category, permit.purpose());
            let goes = attribute.at.later(seen_for);
            let span = Span { attribute, end: until.min(goes), goes };
            let edges = [attribute.at, span.end].into_iter().filter(|edge| *edge > now);
            next = edges.fold(next, Timestamp::min);
            if attribute.at <= now && now < goes {
                told.entry(name).or_default().push(span);
            }
        }
        let known = told.into_iter().filter_map(|(name, told)| {
            let (known, until) = self.known_as(name, &told, names, permit, now)?;
            next = next.min(until);
            Some(known)
        });
        (known.collect(), next)
    }

    /// The value of an attribute that counts, and when the first of those goes that count no
    /// more: they tell since when it does.
    fn known_as(
        self,
        name: &str,
        told: &[Span<'_>],
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
    ) -> Option<(Known, Timestamp)> {
        let rule = self.attributes.merge_of(name);
        let counts = |span: &&Span<'_>| span.end > now;
        let counting = told.iter().filter(counts).map(|span| span.attribute).collect();
        let known = merge::winner(name, counting, rule, names)?;
        let held = held(told, &known.value, rule, names, now);
        let aloud = permit.lets_say(Categories::one(self.policy.of_attribute(name)));
        let ended = told.iter().filter(|span| !counts(span)).map(|span| span.goes);
        Some((Known { held, aloud, ..known }, ended.min().unwrap_or(Timestamp::MAX)))
    }
}
