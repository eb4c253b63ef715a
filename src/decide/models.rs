//! The fitted models that score actions and fill them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::policy::Policy;
use crate::catalog::Catalog;
use crate::learn::{Contribution, Statistics};
use crate::numeric::{self, Digest};
use crate::predict::{Prior, Propensity};
use crate::recommend::{Checked, Corpus, Fitted, Model, Popular, Popularity, Source, Taught};
use crate::rule::{Population, Slots};
use crate::segment::ClusterReport;
use crate::types::{ActionId, SegmentId, Timestamp};

/// What was fitted, all at one instant, and follows whoever was forgotten since, as far as
/// it can.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Models {
    pub(crate) at: Timestamp,
    recommenders: Arc<BTreeMap<Arc<str>, Arc<Fitted>>>,
    pub(crate) popular: Arc<Popular>,
    groups: Arc<Groups>,
    pub(crate) propensity: Arc<Propensity>,
    /// Per action, the share of all purchases that are of what it is about.
    pub(crate) shares: Arc<[f64]>,
    /// What was found about everybody: places and clusters.
    pub(crate) population: Arc<Population>,
    /// What sets its clusters apart.
    pub(crate) clusters: Arc<[ClusterReport]>,
    /// By name, the models from which something was taken back that they cannot forget before
    /// the next fit; ascending.
    pub(crate) late: Arc<[Arc<str>]>,
    /// Names and digests, by name.
    #[serde(skip)]
    pub(crate) digests: Arc<[(Arc<str>, Digest)]>,
}

/// What models are fitted for.
#[derive(Clone, Copy)]
pub(crate) struct Basis<'a> {
    pub(crate) policy: &'a Policy,
    /// By name, ascending.
    pub(crate) recommenders: &'a [(Arc<str>, Checked)],
    pub(crate) catalog: &'a Catalog,
    /// Whether a model that is late says nothing of others until the next fit.
    pub(crate) strict: bool,
}

const POPULARITY: &str = "built-in popularity";
const GROUPS: &str = "built-in popularity within segments";
const PROPENSITY: &str = "built-in propensity";
const POPULATION: &str = "built-in population";

impl Models {
    /// Fits every model from the statistics, as of an instant; the same for any number of
    /// threads.
    pub(crate) fn fit(
        statistics: &Statistics,
        basis: Basis<'_>,
        at: Timestamp,
        threads: usize,
    ) -> Self {
        let Basis { policy, recommenders, catalog, .. } = basis;
        let corpus = Corpus::of(statistics, catalog);
        let popular = Popularity::params().fit(&corpus, catalog, at);
        let propensity = Propensity::fit(statistics, priors(policy));
        let shares = shares(policy, catalog, &popular);
        let fit = |(name, params): &(Arc<str>, Checked)| {
            (name.clone(), Arc::new(params.fit(&corpus, catalog, at, threads)))
        };
        let recommenders = Arc::new(recommenders.iter().map(fit).collect());
        let groups = Arc::new(Groups::fit(statistics, policy, catalog, at));
        let (popular, propensity) = (Arc::new(popular), Arc::new(propensity));
        let (population, clusters, late, digests) = Default::default();
        Self {
            at,
            recommenders,
            popular,
            groups,
            propensity,
            shares,
            population,
            clusters,
            late,
            digests,
        }
        .digested()
    }

    /// Models that were read, if they could have been fitted for this.
    pub(crate) fn checked(self, basis: Basis<'_>) -> Option<Self> {
        let Basis { policy, recommenders, catalog, .. } = basis;
        let Self { at, recommenders: read, popular, propensity, population, .. } = self;
        let Self { clusters, late, digests, groups, .. } = self;
        let mut read = Arc::into_inner(read)?;
        let check = |(name, params): &(Arc<str>, Checked)| {
            let fitted = Arc::into_inner(read.remove(name)?)?;
            Some((name.clone(), Arc::new(fitted.checked(params, catalog)?)))
        };
        let recommenders = Arc::new(recommenders.iter().map(check).collect::<Option<_>>()?);
        let popular = Arc::new(Arc::into_inner(popular)?.checked(catalog)?);
        let groups = Arc::new(Arc::into_inner(groups)?.checked(policy, catalog)?);
        let priors: Vec<Prior> = priors(policy).map(|(_, prior)| prior).collect();
        let propensity = Arc::into_inner(propensity)?.checked(priors.into_iter())?;
        let (propensity, population) = (Arc::new(propensity), population.checked()?);
        let shares = shares(policy, catalog, &popular);
        let models = Self {
            at,
            recommenders,
            popular,
            groups,
            propensity,
            shares,
            population,
            clusters,
            late,
            digests,
        }
        .digested();
        let ascending = models.late.is_sorted_by(|a, b| a < b);
        let known =
            |name: &Arc<str>| **name == *GROUPS || models.digests.iter().any(|(it, _)| it == name);
        let known = models.late.iter().all(known);
        (read.is_empty() && ascending && known).then_some(models)
    }

    /// The same with what was found about everybody.
    pub(crate) fn with(&self, population: Arc<Population>, clusters: Arc<[ClusterReport]>) -> Self {
        Self { population, clusters, ..self.clone() }.digested()
    }

    /// The same where somebody who taught one thing teaches another: each model that follows
    /// at once is what it would be, fitted with that at the same instant; others are late.
    pub(crate) fn replacing(
        &self,
        old: &Contribution,
        new: &Contribution,
        basis: Basis<'_>,
    ) -> Self {
        let (before, after) = (Taught::of(old, basis.catalog), Taught::of(new, basis.catalog));
        let mut next = self.clone();
        if !self.is_late(GROUPS) {
            let (old, new) = ((old, &before), (new, &after));
            let on = (basis.policy, basis.catalog);
            next.groups = Arc::new(self.groups.replacing(old, new, on, self.at));
        }
        if before == after && old.answered == new.answered {
            return next.digested();
        }
        if !self.is_late(POPULARITY) {
            let mut popular = (*self.popular).clone();
            // It always can.
            let _ = popular.forget(&before) && popular.learn(&after);
            next.shares = shares(basis.policy, basis.catalog, &popular);
            next.popular = Arc::new(popular);
        }
        if !self.is_late(PROPENSITY) {
            next.propensity = Arc::new(self.propensity.replacing(old, new, priors(basis.policy)));
        }
        let mut late = self.late.to_vec();
        let mut recommenders = BTreeMap::clone(&self.recommenders);
        for (name, fitted) in &mut recommenders {
            if !fitted.learns_the_same(&before, &after) && !self.is_late(name) {
                match fitted.replacing(&before, &after) {
                    Some(changed) => *fitted = Arc::new(changed),
                    None => late.push(name.clone()),
                }
            }
        }
        next.recommenders = Arc::new(recommenders);
        next.with_late(late, basis)
    }

    /// The same where somebody took back what nobody knows whether they hold: all are late
    /// that learn from anybody.
    pub(crate) fn all_late(&self, basis: Basis<'_>) -> Self {
        let learning = self.recommenders.iter().filter(|(_, fitted)| fitted.learns());
        let learning = learning.map(|(name, _)| name.clone());
        let built_in = [POPULARITY, GROUPS, PROPENSITY].map(Arc::from);
        self.clone().with_late(learning.chain(built_in).collect(), basis)
    }

    /// The same where somebody left a segment and nobody knows whether they are counted in it.
    pub(crate) fn groups_late(&self, basis: Basis<'_>) -> Self {
        let late = self.late.iter().cloned().chain([Arc::from(GROUPS)]);
        self.clone().with_late(late.collect(), basis)
    }

    fn with_late(mut self, mut late: Vec<Arc<str>>, basis: Basis<'_>) -> Self {
        late.sort_unstable();
        late.dedup();
        let before = std::mem::replace(&mut self.late, late.into());
        if basis.strict && before != self.late {
            let nobody = Self::fit(&Statistics::default(), basis, self.at, 1);
            self.set_aside(nobody);
        }
        self.digested()
    }

    /// Puts models that know of nobody in the place of those that are late.
    fn set_aside(&mut self, nobody: Self) {
        if self.is_late(POPULARITY) {
            (self.popular, self.shares) = (nobody.popular, nobody.shares);
        }
        if self.is_late(GROUPS) {
            self.groups = nobody.groups;
        }
        if self.is_late(PROPENSITY) {
            self.propensity = nobody.propensity;
        }
        let late = |name: &Arc<str>| self.late.binary_search(name).is_ok();
        let mut recommenders = BTreeMap::clone(&self.recommenders);
        for (name, fitted) in recommenders.iter_mut().filter(|(name, _)| late(name)) {
            if let Some(knows_nobody) = nobody.recommenders.get(name) {
                *fitted = knows_nobody.clone();
            }
        }
        self.recommenders = Arc::new(recommenders);
    }

    fn is_late(&self, name: &str) -> bool {
        self.late.iter().any(|late| **late == *name)
    }

    /// The fitted recommender of a name.
    pub(crate) fn recommender(&self, name: &str) -> Option<&dyn Model> {
        self.fitted(name).map(Fitted::model)
    }

    /// The same, with what only its kind can tell.
    pub(crate) fn fitted(&self, name: &str) -> Option<&Fitted> {
        self.recommenders.get(name).map(|fitted| &**fitted)
    }

    /// Whether it is known what is popular within a segment.
    pub(crate) fn knows_within(&self, segment: &SegmentId) -> bool {
        self.groups.within(segment).is_some()
    }

    /// The segment within which what is popular goes before what is popular with everybody, by
    /// the answers to the policy's questions.
    pub(crate) fn group(&self, policy: &Policy, slots: &Slots) -> Option<SegmentId> {
        policy.members(slots).find(|segment| self.knows_within(segment)).cloned()
    }

    /// What follows when a recommender has no more to say to a member of a segment.
    pub(crate) fn fallback(&self, group: Option<&SegmentId>) -> Vec<(&dyn Model, Source)> {
        let group = group.and_then(|segment| self.groups.within(segment));
        let group = group.map(|popular| (popular as &dyn Model, Source::PopularInSegment));
        group.into_iter().chain([(&*self.popular as &dyn Model, Source::Popular)]).collect()
    }

    fn digested(self) -> Self {
        let propensity = numeric::digest(&(self.propensity.as_slice(), &self.shares));
        let own = self.recommenders.iter();
        let built_in =
            [(Arc::from(POPULARITY), self.popular.digest()), (Arc::from(PROPENSITY), propensity)];
        let own = own.map(|(name, fitted)| (name.clone(), fitted.model().digest()));
        let found = (self.population.version() != 0)
            .then(|| (Arc::from(POPULATION), self.population.digest()));
        let within = self.groups.digests();
        let within = within
            .map(|(segment, digest)| (Arc::from(format!("{POPULARITY} within {segment}")), digest));
        let built_in = built_in.into_iter().chain(within);
        Self { digests: built_in.chain(found).chain(own).collect(), ..self }
    }
}

/// What is believed of each action before anybody answered.
fn priors(policy: &Policy) -> impl Iterator<Item = (&ActionId, Prior)> {
    policy.actions.iter().map(|ready| (ready.action.id(), ready.action.prior))
}

/// Per action, the share of all purchases that are of what it is about.
fn shares(policy: &Policy, catalog: &Catalog, popular: &Popular) -> Arc<[f64]> {
    let shares = policy.actions.iter().map(|ready| {
        let about = ready.about.as_ref();
        about.map_or(0.0, |about| popular.share(|item| about.covers(item, catalog.place(item))))
    });
    shares.collect()
}
