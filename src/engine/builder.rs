//! How an engine is put together.

use std::collections::BinaryHeap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use super::Engine;
use super::learn::fitted;
use crate::catalog::Catalog;
use crate::consent::PrivacyPolicy;
use crate::decide::{Action, ContactPolicy, Policy};
use crate::error::{Error, Result};
use crate::learn::Statistics;
use crate::recommend::{Checked, Recommender};
use crate::rule::within;
use crate::segment::Segment;
use crate::store::{MemoryStore, Store};
use crate::types::{Timestamp, check_text, minutes};

/// Puts an [`Engine`] together.
#[derive(Debug)]
#[must_use = "a builder is nothing until it is built"]
pub struct EngineBuilder {
    store: Box<dyn Store>,
    catalog: Catalog,
    privacy: PrivacyPolicy,
    contact: ContactPolicy,
    actions: Vec<Action>,
    segments: Vec<Segment>,
    recommenders: Vec<(Arc<str>, Recommender)>,
    exploration: f64,
    skew: Duration,
    staleness: Option<Duration>,
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            store: Box::new(MemoryStore::new()),
            catalog: Catalog::default(),
            privacy: PrivacyPolicy::new(),
            contact: ContactPolicy::new(),
            actions: Vec::new(),
            segments: Vec::new(),
            recommenders: Vec::new(),
            exploration: 0.0,
            skew: minutes(5),
            staleness: None,
        }
    }
}

impl EngineBuilder {
    /// Where customers are kept; in memory, if not said.
    pub fn store(self, store: impl Store) -> Self {
        Self { store: Box::new(store), ..self }
    }

    /// What can be offered.
    pub fn catalog(self, catalog: Catalog) -> Self {
        Self { catalog, ..self }
    }

    /// What is kept on what basis, and what each purpose may use.
    pub fn privacy(self, privacy: PrivacyPolicy) -> Self {
        Self { privacy, ..self }
    }

    /// When a customer may be reached.
    pub fn contact(self, contact: ContactPolicy) -> Self {
        Self { contact, ..self }
    }

    /// One more action.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// More actions.
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.extend(actions);
        self
    }

    /// One more segment.
    pub fn segment(mut self, segment: Segment) -> Self {
        self.segments.push(segment);
        self
    }

    /// More segments.
    pub fn segments(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        self.segments.extend(segments);
        self
    }

    /// One more recommender, under a name that actions and
    /// [`Engine::recommend`] ask for.
    pub fn recommender(
        mut self,
        name: impl Into<Arc<str>>,
        recommender: impl Into<Recommender>,
    ) -> Self {
        self.recommenders.push((name.into(), recommender.into()));
        self
    }

    /// The share of decisions in which any action that is worth it may win, so that its
    /// responses become known. From 0 to 1; 0 if not said.
    pub fn exploration(self, share: f64) -> Self {
        Self { exploration: share, ..self }
    }

    /// How far ahead of the host's clock an event may be; five minutes if not said.
    pub fn skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// [`Engine::advance`] fits the models anew when they are older than this; only
    /// [`Engine::fit`] does, if not said.
    pub fn refit_after(self, staleness: Duration) -> Self {
        Self { staleness: Some(staleness), ..self }
    }

    /// The engine. What the store already holds is read through once: what was learned
    /// from each customer adds up to the statistics. Models are not kept: call
    /// [`advance`](Engine::advance) and [`fit`](Engine::fit) before the first decision.
    ///
    /// # Errors
    /// Something is configured that cannot work, or the store cannot be read.
    pub fn build(mut self) -> Result<Engine> {
        self.privacy.sort();
        self.privacy.check()?;
        let policy = Policy::compile(
            self.actions,
            &self.segments,
            self.contact,
            self.exploration,
            &self.catalog,
            &self.privacy,
        )?;
        let recommenders = checked(self.recommenders)?;
        for ready in &policy.actions {
            if let Some(fill) = &ready.action.fill
                && recommenders.binary_search_by(|(name, _)| name.cmp(&fill.recommender)).is_err()
            {
                let error =
                    Error::configuration(format!("there is no recommender `{}`", fill.recommender));
                return Err(within("action", ready.action.id.as_str(), &error));
            }
        }
        let statistics = Statistics::default();
        let at = Timestamp::from_millis(0);
        let models = fitted(&statistics, &policy, &recommenders, &self.catalog, at)?;
        let engine = Engine {
            store: self.store,
            catalog: Arc::new(self.catalog),
            privacy: self.privacy,
            segments: self.segments,
            policy,
            recommenders,
            skew: self.skew,
            staleness: self.staleness,
            statistics: Mutex::new(statistics),
            models: RwLock::new(Arc::new(models)),
            due: Mutex::new(BinaryHeap::new()),
            doubts: Mutex::new(Vec::new()),
            batches: AtomicU64::new(0),
            unreported: Mutex::new(Vec::new()),
        };
        engine.resume()?;
        Ok(engine)
    }
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
