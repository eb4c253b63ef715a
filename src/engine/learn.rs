//! Learning and fitting: from what each customer lets others learn to statistics, and
//! from those to models.

use std::sync::{Arc, PoisonError};

use super::load::Loaded;
use super::{Engine, Setup};
use crate::catalog::Catalog;
use crate::decide::{Models, Policy};
use crate::error::Result;
use crate::learn::{Contribution, Statistics};
use crate::numeric;
use crate::predict::Propensity;
use crate::profile::{Learned, Profile};
use crate::recommend::{Checked, Model, Popularity};
use crate::store::{Entry, decode, is_customer};
use crate::types::{ActionId, ItemId, Timestamp};

/// Fits every model from the statistics, as of an instant.
pub(super) fn fitted(
    statistics: &Statistics,
    policy: &Policy,
    recommenders: &[(Arc<str>, Checked)],
    catalog: &Catalog,
    at: Timestamp,
) -> Result<Models> {
    let popular = Popularity::params().fit(statistics, catalog, at);
    let priors = policy.actions.iter().map(|ready| (ready.action.id(), ready.action.prior));
    let propensity = Propensity::fit(statistics, priors);
    let shares = policy.actions.iter().map(|ready| {
        let about = ready.about.as_ref();
        about.map_or(0.0, |about| popular.share(|item| about.covers(item, catalog.place(item))))
    });
    let shares: Vec<f64> = shares.collect();
    let mut digests = vec![
        (Arc::from("built-in popularity"), popular.digest()),
        (Arc::from("built-in propensity"), numeric::digest(&(propensity.as_slice(), &shares))),
    ];
    let recommenders = recommenders
        .iter()
        .map(|(name, params)| {
            let model = params.fit(statistics, catalog, at);
            digests.push((name.clone(), model.digest()));
            (name.clone(), model)
        })
        .collect();
    Ok(Models { at, recommenders, popular, propensity, shares, digests: digests.into() })
}

impl Engine {
    /// Fits every model anew from what was learned, as of `now`. Decisions that are
    /// under way keep the models that they began with.
    ///
    /// # Errors
    /// None today; a model may come to need the store.
    pub fn fit(&self, now: Timestamp) -> Result<()> {
        self.fit_under(&self.setup(), now)
    }

    pub(super) fn fit_under(&self, setup: &Arc<Setup>, now: Timestamp) -> Result<()> {
        let fitted = setup.fit(&self.lock_statistics(), now)?;
        let mut current = self.setup.write().unwrap_or_else(PoisonError::into_inner);
        // Models are of no use to another setup than the one they were fitted for.
        if Arc::ptr_eq(&current.policy, &setup.policy) {
            *current = Arc::new(fitted);
        }
        Ok(())
    }
}

impl Setup {
    /// Learns anew from a customer, and says what changed.
    pub(super) fn relearn(
        &self,
        loaded: &mut Loaded,
        now: Timestamp,
    ) -> Result<Option<Box<(Contribution, Contribution)>>> {
        let whole = loaded.whole()?;
        let view = self.gate().open_for_learning(&whole, now);
        let next = match &view {
            Some(view) => view.as_view().next(),
            None => whole.choices.next(now),
        };
        let new = view.map(|view| Contribution::of(&view, &self.catalog)).unwrap_or_default();
        let old = contribution(&whole);
        drop(whole);
        loaded.profile.membership.learn = next;
        if old == new {
            return Ok(None);
        }
        keep(&mut loaded.profile, &new);
        Ok(Some(Box::new((old, new))))
    }
}

impl Engine {
    /// Adds the statistics up anew from what is kept with each customer, and looks at
    /// everybody again when due. For hosts where another engine writes to the same store:
    /// one engine learns, and counts anew what others recorded or erased meanwhile; while
    /// it does, nothing else should.
    ///
    /// # Errors
    /// The store failed, or a record is damaged.
    pub fn recount(&self) -> Result<()> {
        *self.lock_statistics() = Statistics::default();
        self.lock_due().clear();
        self.resume()
    }

    /// Reads the store through: the statistics are the sum of what is kept with each
    /// customer, and every customer is looked at again when due.
    pub(super) fn resume(&self) -> Result<()> {
        const PAGE: usize = 1000;
        let setup = self.setup();
        let mut after = None;
        loop {
            let page = self.store.scan(after.as_ref(), PAGE)?;
            for (key, stored) in &page {
                if is_customer(&stored.bytes)
                    && let Entry::Customer(profile) = decode(key, &stored.bytes)?
                {
                    let learned = contribution(&profile);
                    self.lock_statistics().replace(&Contribution::default(), &learned);
                    let due = setup.due(&profile);
                    if due < Timestamp::MAX {
                        let due = (due, profile.customer.clone());
                        self.lock_due().push(std::cmp::Reverse(due));
                    }
                }
            }
            after = page.last().map(|(key, _)| key.clone());
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }
}

/// What is kept with a customer of what was learned, with its names.
pub(super) fn contribution(profile: &Profile) -> Contribution {
    let names = profile.names.table();
    let name = |number: u32| names.get(number as usize).copied().unwrap_or_default();
    let learned = &profile.learned;
    Contribution {
        bought: learned
            .bought
            .iter()
            .map(|(i, day, n)| (ItemId::from(name(*i)), *day, *n))
            .collect(),
        answered: learned
            .answered
            .iter()
            .map(|(action, shown, accepted)| (ActionId::from(name(*action)), *shown, *accepted))
            .collect(),
    }
}

/// Keeps with a customer what is learned now.
fn keep(profile: &mut Profile, new: &Contribution) {
    let names = &mut profile.names;
    let bought = new.bought.iter();
    let answered = new.answered.iter();
    profile.learned = Learned {
        bought: bought.map(|(item, day, n)| (names.intern(item.as_str()), *day, *n)).collect(),
        answered: answered
            .map(|(action, shown, accepted)| (names.intern(action.as_str()), *shown, *accepted))
            .collect(),
    };
}
