//! The fitted models that score actions and fill them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::catalog::Catalog;
use crate::learn::Statistics;
use crate::numeric::{self, Digest};
use crate::predict::Propensity;
use crate::recommend::{Checked, Corpus, Fitted, Model, Popular, Popularity};
use crate::rule::Population;
use crate::segment::ClusterReport;
use crate::types::Timestamp;

/// What was fitted, all at one instant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Models {
    pub(crate) at: Timestamp,
    recommenders: Arc<BTreeMap<Arc<str>, Fitted>>,
    pub(crate) popular: Arc<Popular>,
    pub(crate) propensity: Arc<Propensity>,
    /// Per action, the share of all purchases that are of what it is about.
    pub(crate) shares: Arc<[f64]>,
    /// What was found about everybody: places and clusters.
    pub(crate) population: Arc<Population>,
    /// What sets its clusters apart.
    pub(crate) clusters: Arc<[ClusterReport]>,
    /// Names and digests, by name.
    #[serde(skip)]
    pub(crate) digests: Arc<[(Arc<str>, Digest)]>,
}

impl Models {
    /// Fits every model from the statistics, as of an instant; the same for any number of
    /// threads.
    pub(crate) fn fit(
        statistics: &Statistics,
        policy: &Policy,
        recommenders: &[(Arc<str>, Checked)],
        catalog: &Catalog,
        at: Timestamp,
        threads: usize,
    ) -> Self {
        let corpus = Corpus::of(statistics, catalog);
        let popular = Popularity::params().fit(&corpus, catalog, at);
        let priors = policy.actions.iter().map(|ready| (ready.action.id(), ready.action.prior));
        let propensity = Propensity::fit(statistics, priors);
        let shares = policy.actions.iter().map(|ready| {
            let about = ready.about.as_ref();
            about.map_or(0.0, |about| popular.share(|item| about.covers(item, catalog.place(item))))
        });
        let shares: Arc<[f64]> = shares.collect();
        let fit = |(name, params): &(Arc<str>, Checked)| {
            (name.clone(), params.fit(&corpus, catalog, at, threads))
        };
        let recommenders = Arc::new(recommenders.iter().map(fit).collect());
        let (popular, propensity) = (Arc::new(popular), Arc::new(propensity));
        let (population, clusters, digests) = Default::default();
        Self { at, recommenders, popular, propensity, shares, population, clusters, digests }
            .digested()
    }

    /// Models that were read, if they could have been fitted for this policy, these
    /// recommenders and this catalogue.
    pub(crate) fn checked(
        self,
        policy: &Policy,
        recommenders: &[(Arc<str>, Checked)],
        catalog: &Catalog,
    ) -> Option<Self> {
        let Self { at, recommenders: read, popular, propensity, shares, .. } = self;
        let Self { population, clusters, digests, .. } = self;
        let mut read = Arc::into_inner(read)?;
        let parts = |numbers: &[f64]| {
            numbers.len() == policy.actions.len() && numbers.iter().all(|n| (0.0..=1.0).contains(n))
        };
        let check = |(name, params): &(Arc<str>, Checked)| {
            Some((name.clone(), read.remove(name)?.checked(params, catalog)?))
        };
        let recommenders = Arc::new(recommenders.iter().map(check).collect::<Option<_>>()?);
        let popular = Arc::new(Arc::into_inner(popular)?.checked(catalog)?);
        let population = population.checked()?;
        let sound = read.is_empty() && parts(&shares) && parts(propensity.as_slice());
        let models =
            Self { at, recommenders, popular, propensity, shares, population, clusters, digests };
        sound.then(|| models.digested())
    }

    /// The same with what was found about everybody.
    pub(crate) fn with(&self, population: Arc<Population>, clusters: Arc<[ClusterReport]>) -> Self {
        Self { population, clusters, ..self.clone() }.digested()
    }

    /// The fitted recommender of a name.
    pub(crate) fn recommender(&self, name: &str) -> Option<&dyn Model> {
        self.recommenders.get(name).map(Fitted::model)
    }

    fn digested(self) -> Self {
        let propensity = numeric::digest(&(self.propensity.as_slice(), &self.shares));
        let own = self.recommenders.iter();
        let built_in = [
            (Arc::from("built-in popularity"), self.popular.digest()),
            (Arc::from("built-in propensity"), propensity),
        ];
        let own = own.map(|(name, fitted)| (name.clone(), fitted.model().digest()));
        let found = (self.population.version() != 0)
            .then(|| (Arc::from("built-in population"), self.population.digest()));
        Self { digests: built_in.into_iter().chain(found).chain(own).collect(), ..self }
    }
}
