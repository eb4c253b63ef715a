//! What was found about everybody: where places begin and end, and the centres of clusters.
//! It holds the figures at which somebody's place ends and the next one's begins, and
//! nobody's identifier, but for the beginning of one where equal figures are parted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clusters::Clusters;
use super::cuts::Cut;
use super::ranking::Standing;
use crate::numeric::{self, Digest};
use crate::types::{Identifier, Timestamp};

/// What was found about everybody, as of an instant. It never changes: what is found later
/// is another one, with another version.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Population {
    /// Stands for all that follows; zero while nothing was found.
    version: u64,
    at: Timestamp,
    /// How many customers fed anything of it.
    customers: u64,
    rankings: BTreeMap<Arc<str>, Found>,
    clusterings: BTreeMap<Arc<str>, Clusters>,
}

/// What was found about one ranking.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Of all, where they are one order.
    pub(crate) whole: Option<Places>,
    /// Of each group, where each is ranked for itself.
    pub(crate) groups: BTreeMap<Arc<str>, Places>,
}

/// The places in one order of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Places {
    pub(crate) customers: u64,
    /// Of their figures.
    pub(crate) sum: i128,
    /// Those that some condition asks for.
    pub(crate) asked: Vec<Place>,
}

/// A place that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) standing: Standing,
    pub(crate) cut: Cut,
    /// How many of those who were asked have it.
    pub(crate) customers: u64,
}

impl Population {
    pub(crate) fn new(
        at: Timestamp,
        customers: u64,
        rankings: BTreeMap<Arc<str>, Found>,
        clusterings: BTreeMap<Arc<str>, Clusters>,
    ) -> Self {
        let found = Self { version: 0, at, customers, rankings, clusterings };
        Self { version: found.digest().low().max(1), ..found }
    }

    /// The exact content.
    pub(crate) fn digest(&self) -> Digest {
        let Self { version: _, at, customers, rankings, clusterings } = self;
        numeric::digest(&(at, customers, rankings, clusterings))
    }

    /// One that was read, if it is whole.
    pub(crate) fn checked(self: Arc<Self>) -> Option<Arc<Self>> {
        let whole = self.version == self.digest().low().max(1) || *self == Self::default();
        whole.then_some(self)
    }

    /// Changes whenever the content does; zero while nothing was found.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// As of when.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// How many customers fed it.
    pub(crate) fn customers(&self) -> u64 {
        self.customers
    }

    /// What was found about each ranking, by name.
    pub(crate) fn rankings(&self) -> &BTreeMap<Arc<str>, Found> {
        &self.rankings
    }

    /// What stands for rules that are evaluated against this.
    pub(crate) fn stamp(&self, rules: u64) -> u64 {
        match self.version {
            0 => rules,
            version => numeric::fingerprint(rules, &version.to_le_bytes()),
        }
    }

    /// Whether somebody with this figure, negated where the smallest is first, has this
    /// place in a ranking, in a group if it has any; none if nothing was found about that
    /// ranking, group or place.
    pub(crate) fn stands(
        &self,
        ranking: &str,
        standing: Standing,
        figure: i64,
        who: &Identifier,
        group: Option<&str>,
    ) -> Option<bool> {
        let found = self.rankings.get(ranking)?;
        let places = match group {
            None => found.whole.as_ref(),
            Some(group) => found.groups.get(group),
        };
        let place = places?.asked.iter().find(|place| place.standing == standing)?;
        Some(place.cut.holds(figure, who))
    }

    /// The clusters of a clustering.
    pub(crate) fn clusters(&self, clustering: &Arc<str>) -> Option<&Clusters> {
        self.clusterings.get(clustering)
    }
}
