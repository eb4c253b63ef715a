//! What is taken out of a record again: what was retracted, and what has been kept as long
//! as the policy says. Sealed chunks that held some of it are written anew.

use super::Setup;
use super::load::Loaded;
use super::parts::Part;
use super::record::Touched;
use crate::consent::{Categories, PrivacyPolicy};
use crate::error::Result;
use crate::event::{Detail, Event};
use crate::profile::{Admission, Swept};
use crate::store::{Expected, Write, encode_chunk};
use crate::types::{Identifier, Purpose, Timestamp};

impl Setup {
    /// Takes an event in, and says which looks that calls for beside those that something
    /// before it called for.
    pub(super) fn take_in(
        &self,
        loaded: &mut Loaded,
        event: &Event,
        now: Timestamp,
        before: Touched,
    ) -> (Admission, Touched) {
        let lost = event.takes_back().map(|id| {
            [Purpose::Personalisation, Purpose::CollaborativeLearning]
                .map(|purpose| loaded.categories(id, &event.customer, &self.privacy, &purpose))
        });
        let admission = loaded.admit(event, &self.privacy, now);
        let mut touched = Touched::default();
        if admission.is_new() {
            if matches!(event.detail, Detail::Consent(_)) {
                loaded.profile.hear(&|a, b| self.as_good(a, b));
            }
            // What a behaviour could add to it may be there already.
            let known = before.segments && before.learning;
            if !(known && matches!(event.detail, Detail::Behaviour(_))) {
                touched = self.touched(&loaded.profile, &event.detail, now);
            }
            touched.expires = self.expires(event);
            touched.kinds = event.kind_bits();
            if let Some([seen, learned]) = lost {
                touched.essential = true;
                touched.segments |= self.seen_by(&loaded.profile, seen, now).segments;
                touched.learning |= self.seen_by(&loaded.profile, learned, now).learning;
            }
        }
        (admission, touched)
    }

    /// When something of an event is not to be kept any longer.
    fn expires(&self, event: &Event) -> Option<Timestamp> {
        let privacy = &self.privacy;
        let kept = |category| privacy.expires(category, event.at);
        match &event.detail {
            Detail::Behaviour(act) => {
                let others = act.properties.keys().filter_map(|(category, _)| category.as_ref());
                let others = others.filter_map(|category| privacy.number(category));
                others.chain([privacy.of_kind(&act.kind)]).map(kept).min()
            }
            Detail::Stated(stated) => {
                stated.facts.keys().map(|name| kept(privacy.of_attribute(name))).min()
            }
            Detail::Prospect(origins) => origins.until,
            _ => None,
        }
    }
}

impl Loaded {
    fn chunks_mut(&mut self) -> impl Iterator<Item = (u32, &mut crate::profile::Chunk)> {
        self.parts.iter_mut().filter_map(|(part, read)| match read {
            Part::Chunk(chunk) => Some((*part, &mut **chunk)),
            Part::Ids(_) => None,
        })
    }

    /// How sealed chunks call the log of an identifier: by no name, if it is the customer's
    /// own.
    fn log_name(&self, of: &Identifier) -> Option<String> {
        (*of != self.profile.customer).then(|| of.as_text())
    }

    /// Whether somebody dealt with the host under an identifier before it was told of as a
    /// prospect.
    pub(super) fn dealt(&mut self, who: &Identifier) -> bool {
        let log = self.log_name(who);
        let new = self.profile.prospect.iter().all(|note| note.of != *who);
        self.profile.dealt(who) || new && self.chunks_mut().any(|(_, c)| c.dealt(log.as_deref()))
    }

    /// The categories of what was told of somebody under an id, as far as it is for a purpose.
    fn categories(
        &mut self,
        id: u64,
        of: &Identifier,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
    ) -> Categories {
        let (head, log) = (self.profile.categories(id, of, policy, purpose), self.log_name(of));
        self.chunks_mut().fold(head, |all, (_, chunk)| {
            all.or(chunk.categories(id, log.as_deref(), policy, purpose))
        })
    }

    /// Takes out of what was sealed whatever was told of somebody under an id.
    pub(super) fn take_back_sealed(&mut self, id: u64, of: &Identifier) {
        let log = self.log_name(of);
        let changed = self.chunks_mut().filter_map(|(part, chunk)| {
            let changed = chunk.take_back(id, log.as_deref());
            changed.then_some(part)
        });
        let changed: Vec<u32> = changed.collect();
        self.rewrite.extend(changed);
    }

    /// Takes out of the whole record what is not kept any more at `now`, and notes when
    /// there will be more.
    pub(super) fn sweep(&mut self, policy: &PrivacyPolicy, now: Timestamp) {
        let mut swept = self.profile.sweep(policy, now);
        let mut changed = Vec::new();
        for (part, chunk) in self.chunks_mut() {
            let Swept { changed: is_other, next } = chunk.sweep(policy, now);
            changed.extend(is_other.then_some(part));
            swept.next = swept.next.min(next);
        }
        self.rewrite.extend(changed);
        self.profile.membership.sweep = swept.next.min(self.profile.goes_at());
    }

    /// The sealed chunks that are not any more what was read.
    pub(super) fn rewritten(&mut self) -> Result<Vec<Write>> {
        let mut writes = Vec::new();
        for part in std::mem::take(&mut self.rewrite) {
            if let Some(Part::Chunk(chunk)) = self.parts.get(&part) {
                let key = self.key.sibling(part);
                let value = Some(encode_chunk(&key, chunk)?);
                writes.push(Write { key, expected: Expected::Any, value });
            }
        }
        Ok(writes)
    }
}
