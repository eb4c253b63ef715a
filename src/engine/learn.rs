//! Learning and fitting: from what each customer lets others learn to statistics, and
//! from those to models.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::flights::Taught;
use super::held::Held;
use super::load::Loaded;
use super::{Engine, Setup};
use crate::error::Result;
use crate::learn::{Contribution, Line, Statistics, Visit};
use crate::profile::{Learned, Profile};
use crate::store::{Entry, Key, Stored, decode, is_customer};
use crate::types::{ActionId, ItemId, SegmentId, Timestamp};

impl Engine {
    /// Fits every model anew from what was learned, as of `now`. Decisions that are
    /// under way keep the models that they began with.
    ///
    /// # Errors
    /// None today; a model may come to need the store.
    pub fn fit(&self, now: Timestamp) -> Result<()> {
        self.fit_under(&self.setup(), now)
    }

    pub(super) fn fit_under(&self, setup: &Setup, now: Timestamp) -> Result<()> {
        let _all = self.learned_all();
        let fitted = setup.fit(&self.lock_statistics(), now, self.workers);
        self.take_models(setup, fitted, Held::as_learned());
        Ok(())
    }

    /// Fits every model anew from what was learned elsewhere, as of `now`: from the merged
    /// statistics of several engines, each with customers of its own. What this engine
    /// learned itself is neither asked nor changed.
    ///
    /// # Errors
    /// None today; a model may come to need the store.
    pub fn fit_from(&self, learned: &Statistics, now: Timestamp) -> Result<()> {
        let setup = self.setup();
        self.take_models(&setup, setup.fit(learned, now, self.workers), Held::unknown());
        Ok(())
    }

    fn take_models(&self, setup: &Setup, fitted: Setup, holding: Held) {
        let mut held = self.lock_held();
        let mut current = self.setup.write().unwrap_or_else(PoisonError::into_inner);
        // Models are of no use to another setup than the one they were fitted for. What was
        // found about everybody meanwhile stays.
        if Arc::ptr_eq(&current.policy, &setup.policy) {
            let next = current.with_models((*fitted.models).clone());
            *current = Arc::new(Setup { published: None, ..next });
            *held = holding;
        }
    }
}

impl Setup {
    /// Learns anew from a customer, and says what changed.
    pub(super) fn relearn(&self, loaded: &mut Loaded, now: Timestamp) -> Result<Option<Taught>> {
        // A clock that lags behind does not bring back what was withdrawn.
        let now = now.max(loaded.profile.membership.seen);
        let whole = loaded.whole()?;
        let view = self.gate().open_for_learning(&whole, now);
        let (within, next) = match &view {
            Some(view) => {
                let (within, holds) = self.policy.within(view.as_view());
                // What holds until now or earlier would be looked at for ever.
                (within, view.as_view().next().min(holds.max(now.later(1))))
            }
            None => (None, whole.choices.next(&self.privacy, now)),
        };
        let withdrawn = self.withdrawn(view.as_ref());
        let visits = self.wants_visits();
        let of = |view| Contribution::of(&view, &self.catalog, within, visits);
        let new = view.map(of).unwrap_or_default();
        let old = contribution(&whole);
        drop(whole);
        let membership = &mut loaded.profile.membership;
        membership.learn = next;
        if membership.fed.version == self.models.population.version() {
            membership.fed = membership.fed.without(withdrawn);
        }
        if old == new {
            return Ok(None);
        }
        keep(&mut loaded.profile, &new);
        Ok(Some(Arc::new((old, new))))
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
        let _all = self.learned_all();
        let before = std::mem::take(&mut *self.lock_statistics());
        self.lock_due().clear();
        self.lock_evidence().clear();
        let read = self.resume();
        if read.is_err() {
            // Half of everybody is worse than what was known.
            *self.lock_statistics() = before;
            self.doubt_models();
        } else if self.lock_statistics().digest() != before.digest() {
            self.doubt_models();
        }
        read
    }

    /// Reads the store through: the statistics are the sum of what is kept with each
    /// customer, and every customer is looked at again when due.
    pub(super) fn resume(&self) -> Result<()> {
        let setup = self.setup();
        let learn = |profile: &Profile| {
            let learned = contribution(profile);
            self.lock_statistics().replace(&Contribution::default(), &learned);
            self.look_again(&setup, profile);
        };
        self.each_customer(learn, |key, stored| self.look_again_at(key, stored))?;
        self.looked_up.store(setup.rules(), Ordering::Release);
        Ok(())
    }

    /// Finds those who are due where other segments hold than when they were last found:
    /// everybody.
    pub(super) fn find_due(&self, setup: &Setup) -> Result<()> {
        if self.looked_up.load(Ordering::Acquire) != setup.rules() {
            self.each_customer(|profile| self.look_again(setup, profile), |_, _| ())?;
            self.looked_up.store(setup.rules(), Ordering::Release);
        }
        Ok(())
    }

    fn look_again(&self, setup: &Setup, profile: &Profile) {
        let due = setup.due(profile);
        if due < Timestamp::MAX {
            self.lock_due().push(std::cmp::Reverse((due, profile.customer.clone())));
        }
    }

    pub(super) fn each_customer(
        &self,
        mut visit: impl FnMut(&Profile),
        mut beside: impl FnMut(&Key, &Stored),
    ) -> Result<()> {
        self.each_entry(|key, stored| {
            if is_customer(&stored.bytes)
                && let Entry::Customer(profile) = decode(key, &stored.bytes)?
            {
                visit(&profile);
            } else {
                beside(key, stored);
            }
            Ok(())
        })
    }

    /// Reads the store through, page by page.
    pub(super) fn each_entry(
        &self,
        mut visit: impl FnMut(&Key, &Stored) -> Result<()>,
    ) -> Result<()> {
        const PAGE: usize = 1000;
        let mut pages = self.pages(PAGE);
        while let Some(page) = pages.next()? {
            for (key, stored) in &page {
                visit(key, stored)?;
            }
        }
        Ok(())
    }
}

/// What is kept with a customer of what was learned, with its names.
pub(super) fn contribution(profile: &Profile) -> Contribution {
    let names = profile.names.table();
    let name = |number: u32| names.get(number);
    let learned = &profile.learned;
    let item = |number: &u32| ItemId::from(name(*number));
    let line = |(order, text, day, n): &(u32, u32, i32, u32)| Line {
        order: *order,
        item: item(text),
        day: *day,
        n: *n,
    };
    let visits = learned.visits.iter();
    let visits =
        visits.map(|(at, items)| Visit { at: *at, items: items.iter().map(item).collect() });
    let answered = learned.answered.iter();
    Contribution {
        bought: learned.bought.iter().map(line).collect(),
        visits: visits.collect(),
        answered: answered.map(|(action, s, n)| (ActionId::from(name(*action)), *s, *n)).collect(),
        within: learned.within.map(|text| SegmentId::from(name(text))),
    }
}

/// Keeps with a customer what is learned now.
fn keep(profile: &mut Profile, new: &Contribution) {
    let names = &mut profile.names;
    let mut item = |item: &ItemId| names.intern(item.as_str());
    let bought = new.bought.iter().map(|l| (l.order, item(&l.item), l.day, l.n)).collect();
    let visits = new.visits.iter();
    let visits = visits.map(|v| (v.at, v.items.iter().map(&mut item).collect())).collect();
    let answered = new.answered.iter();
    let answered = answered.map(|(action, s, n)| (names.intern(action.as_str()), *s, *n)).collect();
    let within = new.within.as_ref().map(|segment| names.intern(segment.as_str()));
    profile.learned = Learned { bought, visits, answered, within };
}
