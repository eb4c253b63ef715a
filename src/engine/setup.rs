//! All that an engine runs on, as one value that never changes: what the host configured,
//! checked and compiled, and the models that were fitted for it. A call takes the setup
//! once and keeps it to its end, so nothing is ever answered from half of two.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::consent::PrivacyPolicy;
use crate::decide::{Action, Basis, ContactPolicy, Models, Policy};
use crate::error::{Error, Result};
use crate::event::Attributes;
use crate::identity::IdentityPolicy;
use crate::learn::Statistics;
use crate::recommend::{Checked, Recommender};
use crate::rights::{Catalogues, Messages, must_be_described};
use crate::rule::{Clustering, Ground, Lifecycle, Ranking, within};
use crate::segment::Segment;
use crate::store::SnapshotId;
use crate::types::{SegmentId, Timestamp, Zone, check_text, minutes};
use crate::view::{Gate, Greeting};

/// What a host configures, as it was said.
#[derive(Debug, Deserialize)]
pub(super) struct Wishes {
    pub(super) catalog: Catalog,
    pub(super) privacy: PrivacyPolicy,
    pub(super) identity: IdentityPolicy,
    pub(super) attributes: Attributes,
    pub(super) contact: ContactPolicy,
    pub(super) greeting: Greeting,
    pub(super) actions: Vec<Action>,
    pub(super) segments: Vec<Segment>,
    pub(super) recommenders: Vec<(Arc<str>, Recommender)>,
    pub(super) exploration: f64,
    pub(super) skew: Duration,
    pub(super) staleness: Option<Duration>,
    pub(super) strict: bool,
    pub(super) messages: Vec<Messages>,
    pub(super) time_zone: Zone,
    pub(super) others: Others,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            catalog: Catalog::default(),
            privacy: PrivacyPolicy::new(),
            identity: IdentityPolicy::default(),
            attributes: Attributes::new(),
            contact: ContactPolicy::new(),
            greeting: Greeting::new(),
            actions: Vec::new(),
            segments: Vec::new(),
            recommenders: Vec::new(),
            exploration: 0.0,
            skew: minutes(5),
            staleness: None,
            strict: false,
            messages: Vec::new(),
            time_zone: Zone::utc(),
            others: Others::default(),
        }
    }
}

/// What an engine runs on. Its parts are shared, so that another one with new models is
/// cheap.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) catalog: Arc<Catalog>,
    pub(super) privacy: Arc<PrivacyPolicy>,
    pub(super) identity: Arc<IdentityPolicy>,
    pub(super) attributes: Arc<Attributes>,
    pub(super) segments: Arc<[Segment]>,
    pub(super) policy: Arc<Policy>,
    pub(super) greeting: Arc<Greeting>,
    /// By name, ascending.
    pub(super) recommenders: Arc<[(Arc<str>, Checked)]>,
    pub(super) skew: Duration,
    pub(super) staleness: Option<Duration>,
    /// Whether a model that is late says nothing of others until the next fit.
    pub(super) strict: bool,
    pub(super) catalogues: Arc<Catalogues>,
    pub(super) time_zone: Zone,
    pub(super) models: Arc<Models>,
    pub(super) others: Arc<Others>,
    /// The published snapshot that this is, but for what was taken back since.
    pub(super) published: Option<SnapshotId>,
    /// What stands for all of this, once somebody asked.
    pub(super) id: OnceLock<SnapshotId>,
}

impl Setup {
    /// What a host wishes, checked and compiled, with models that know of nobody.
    pub(super) fn new(mut wishes: Wishes) -> Result<Self> {
        wishes.privacy.sort();
        wishes.privacy.check()?;
        wishes.privacy.work_out();
        wishes.identity.check()?;
        wishes.attributes.check()?;
        wishes.greeting.check()?;
        let catalogues = Catalogues::new(wishes.messages)?;
        must_say_what_is_enforced(&wishes.privacy, &catalogues)?;
        let others = std::mem::take(&mut wishes.others);
        let ground = others.ground(&wishes.catalog, &wishes.privacy);
        let policy = Policy::compile(
            wishes.actions,
            &wishes.segments,
            wishes.contact,
            wishes.exploration,
            ground,
            Gate {
                catalog: &wishes.catalog,
                policy: &wishes.privacy,
                attributes: &wishes.attributes,
                zone: &wishes.time_zone,
            },
        )?;
        let policy = policy.counting(&others.popular_within, others.smallest_group)?;
        let recommenders = checked(wishes.recommenders)?;
        must_be_there(&policy, &recommenders)?;
        let at = Timestamp::from_millis(0);
        let nobody = Statistics::default();
        let (catalog, strict) = (&wishes.catalog, wishes.strict);
        let basis = Basis { policy: &policy, recommenders: &recommenders, catalog, strict };
        let models = Models::fit(&nobody, basis, at, 1);
        Ok(Self {
            catalog: Arc::new(wishes.catalog),
            privacy: Arc::new(wishes.privacy),
            identity: Arc::new(wishes.identity),
            attributes: Arc::new(wishes.attributes),
            segments: wishes.segments.into(),
            policy: Arc::new(policy),
            greeting: Arc::new(wishes.greeting),
            recommenders: recommenders.into(),
            skew: wishes.skew,
            staleness: wishes.staleness,
            strict: wishes.strict,
            catalogues: Arc::new(catalogues),
            time_zone: wishes.time_zone,
            models: Arc::new(models),
            others: Arc::new(others),
            published: None,
            id: OnceLock::new(),
        })
    }

    /// The same with models that follow from what was learned.
    pub(super) fn fit(&self, statistics: &Statistics, now: Timestamp, threads: usize) -> Self {
        let models = Models::fit(statistics, self.basis(), now, threads);
        Self { published: None, ..self.with_models(models) }
    }

    /// The same with other models, and what was found about everybody.
    pub(super) fn with_models(&self, models: Models) -> Self {
        let found = &self.models;
        let models = models.with(found.population.clone(), found.clusters.clone());
        Self { models: Arc::new(models), id: OnceLock::new(), ..self.clone() }
    }

    /// What models are fitted for.
    pub(super) fn basis(&self) -> Basis<'_> {
        let Self { policy, recommenders, catalog, strict, .. } = self;
        Basis { policy, recommenders, catalog, strict: *strict }
    }

    /// The same with models that were read; nothing if they are not for it.
    pub(super) fn with(self, models: Models) -> Option<Self> {
        let models = models.checked(self.basis())?;
        Some(Self { models: Arc::new(models), id: OnceLock::new(), ..self })
    }

    /// What conditions are compiled against.
    pub(super) fn ground(&self) -> Ground<'_> {
        self.others.ground(&self.catalog, &self.privacy)
    }

    /// Changes whenever a segment, or what it is evaluated on, does.
    /// Or when something else is learned.
    pub(super) fn rules(&self) -> u64 {
        let visits = u64::from(self.wants_visits());
        self.models.population.stamp(self.policy.rules.wrapping_add(visits))
    }

    /// Whether any model learns from visits. If none does, they are not kept for it.
    pub(super) fn wants_visits(&self) -> bool {
        self.recommenders.iter().any(|(_, recommender)| recommender.learns_from_visits())
    }

    pub(super) fn gate(&self) -> Gate<'_> {
        Gate {
            catalog: &self.catalog,
            policy: &self.privacy,
            attributes: &self.attributes,
            zone: &self.time_zone,
        }
    }
}

/// By what customers are set apart from each other, beside segments.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Others {
    pub(super) lifecycle: Lifecycle,
    pub(super) rankings: Vec<Ranking>,
    pub(super) clusterings: Vec<Clustering>,
    /// The smallest group of customers whose size is shown.
    pub(super) smallest_group: u64,
    /// The segments within which it is counted what is popular, by precedence.
    pub(super) popular_within: Vec<SegmentId>,
}

impl Others {
    fn ground<'a>(&'a self, catalog: &'a Catalog, policy: &'a PrivacyPolicy) -> Ground<'a> {
        let Self { lifecycle, rankings, clusterings, .. } = self;
        Ground { catalog, policy, lifecycle, rankings, clusterings }
    }
}

/// A host that has a notice says in each of its languages what its own words mean.
fn must_say_what_is_enforced(privacy: &PrivacyPolicy, catalogues: &Catalogues) -> Result<()> {
    if privacy.stated_controller().is_none() {
        return Ok(());
    }
    catalogues.used().try_for_each(|words| must_be_described(privacy, words))
}

fn checked(recommenders: Vec<(Arc<str>, Recommender)>) -> Result<Vec<(Arc<str>, Checked)>> {
    let mut ready = Vec::new();
    for (name, recommender) in recommenders {
        check_text("recommender", &name)?;
        let checked = recommender.check().map_err(|error| within("recommender", &name, &error))?;
        ready.push((name, checked));
    }
    ready.sort_by(|a, b| a.0.cmp(&b.0));
    for pair in ready.windows(2) {
        if let [a, b] = pair
            && a.0 == b.0
        {
            return Err(Error::configuration(format!("recommender `{}` is defined twice", a.0)));
        }
    }
    Ok(ready)
}

/// Every recommender that an action asks for.
fn must_be_there(policy: &Policy, recommenders: &[(Arc<str>, Checked)]) -> Result<()> {
    for ready in &policy.actions {
        if let Some(fill) = &ready.action.fill
            && recommenders.binary_search_by(|(name, _)| name.cmp(&fill.recommender)).is_err()
        {
            let error =
                Error::configuration(format!("there is no recommender `{}`", fill.recommender));
            return Err(within("action", ready.action.id.as_str(), &error));
        }
    }
    Ok(())
}
