//! What is popular within segments, fitted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::catalog::Catalog;
use crate::learn::{Contribution, Statistics};
use crate::numeric::Digest;
use crate::recommend::{Corpus, Popular, Popularity, Taught};
use crate::types::{SegmentId, Timestamp};

/// What is popular within each segment that the host names for that. Small groups are kept so
/// that they can follow what changes, and not told of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Groups(BTreeMap<SegmentId, Group>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Group {
    /// Members who bought something.
    customers: i64,
    popular: Popular,
    /// Whether there are enough of them that it may be told of.
    #[serde(skip)]
    told: bool,
}

impl Groups {
    pub(super) fn fit(
        statistics: &Statistics,
        policy: &Policy,
        catalog: &Catalog,
        at: Timestamp,
    ) -> Self {
        let group = |(segment, _): (&SegmentId, _)| {
            let (customers, bought) = Corpus::within(statistics, segment, catalog)?;
            let popular = Popularity::params().fit(&bought, catalog, at);
            Some((segment.clone(), Group { customers, popular, told: false }))
        };
        Self(policy.counted_within().filter_map(group).collect()).ready(policy)
    }

    /// Some that were read, if they could have been fitted for this.
    pub(super) fn checked(self, policy: &Policy, catalog: &Catalog) -> Option<Self> {
        let group = |(segment, group): (SegmentId, Group)| {
            let counted = policy.counted_within().any(|(id, _)| *id == segment);
            let popular = group.popular.checked(catalog).filter(|_| counted)?;
            Some((segment, Group { popular, ..group }))
        };
        self.0.into_iter().map(group).collect::<Option<_>>().map(|it| Self(it).ready(policy))
    }

    /// The same where somebody who taught one thing teaches another.
    pub(super) fn replacing(
        &self,
        (old, before): (&Contribution, &Taught),
        (new, after): (&Contribution, &Taught),
        (policy, catalog): (&Policy, &Catalog),
        at: Timestamp,
    ) -> Self {
        let mut groups = self.0.clone();
        for (contribution, taught, sign) in [(old, before, -1), (new, after, 1)] {
            let counted = policy.counted_within().map(|(id, _)| id);
            let Some(segment) =
                counted.into_iter().find(|id| contribution.within.as_ref() == Some(id))
            else {
                continue;
            };
            let empty = || {
                let nobody = Corpus::from_histories(catalog.len(), Vec::new());
                let popular = Popularity::params().fit(&nobody, catalog, at);
                Group { customers: 0, popular, told: false }
            };
            let group = groups.entry(segment.clone()).or_insert_with(empty);
            group.customers = group.customers.wrapping_add(sign);
            // It always can.
            let _ = match sign {
                1 => group.popular.learn(taught),
                _ => group.popular.forget(taught),
            };
        }
        groups.retain(|_, group| group.customers != 0);
        Self(groups).ready(policy)
    }

    fn ready(mut self, policy: &Policy) -> Self {
        for group in self.0.values_mut() {
            group.told = u64::try_from(group.customers).is_ok_and(|n| n >= policy.least.max(1));
        }
        self
    }

    /// What is popular within a segment, if it has members enough.
    pub(super) fn within(&self, segment: &SegmentId) -> Option<&Popular> {
        self.0.get(segment).filter(|group| group.told).map(|group| &group.popular)
    }

    /// Of those that may be told of.
    pub(super) fn digests(&self) -> impl Iterator<Item = (&SegmentId, Digest)> {
        use crate::recommend::Model;
        let told = self.0.iter().filter(|(_, group)| group.told);
        told.map(|(segment, group)| (segment, group.popular.digest()))
    }
}
