//! Asking without deciding: what may be seen, which segments, which items; and the
//! customer's own rights to see and to be forgotten.

use super::learn::contribution;
use super::load::{Changes, Effects};
use super::volume::durable;
use super::{Engine, Setup};
use crate::error::{Error, ErrorKind, Result};
use crate::learn::Contribution;
use crate::recommend::{self, Recommendation, Scope};
use crate::rights::CustomerReport;
use crate::rule::{Condition, Rules};
use crate::store::{Durability, Expected, Write, redirect};
use crate::types::{Identifier, Purpose, SegmentId, Timestamp};
use crate::view::{Aggregate, Aggregates, Session, View, Visit};

impl Engine {
    /// What a customer allows to be seen for a purpose, as of `now`.
    ///
    /// # Errors
    /// The store failed.
    pub fn view(
        &self,
        customer: impl Into<Identifier>,
        purpose: Purpose,
        now: Timestamp,
        session: Option<&Session>,
    ) -> Result<View> {
        session.map_or(Ok(()), Session::check)?;
        let setup = &*self.setup();
        let loaded = self.fetch_whole(setup, &customer.into())?;
        let visit = Visit { session, question: None };
        Ok(setup.gate().open_for_report(&*loaded.whole()?, purpose, now, visit))
    }

    fn view_under(
        &self,
        setup: &Setup,
        customer: &Identifier,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<View> {
        let loaded = self.fetch_whole(setup, customer)?;
        Ok(setup.gate().open(&*loaded.whole()?, purpose, now, Visit::default()))
    }

    /// Conditions to ask of this engine's views.
    ///
    /// # Errors
    /// A condition cannot be compiled: it asks for a segment or an unknown item, has an
    /// empty window or a value without an order, or is nested deeper than 64.
    pub fn rules(&self, conditions: impl IntoIterator<Item = Condition>) -> Result<Rules> {
        let setup = self.setup();
        Rules::compile(conditions, &setup.catalog, &setup.privacy)
    }

    /// Aggregates to ask of this engine's views.
    ///
    /// # Errors
    /// An item is not in the catalogue, or a window is shorter than a millisecond.
    pub fn aggregates(
        &self,
        aggregates: impl IntoIterator<Item = Aggregate>,
    ) -> Result<Aggregates> {
        let setup = self.setup();
        Aggregates::compile(aggregates, &setup.catalog, &setup.privacy)
    }

    /// The segments that a customer is in at `now`, in the order of ids.
    ///
    /// # Errors
    /// The store failed.
    pub fn segments_of(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Vec<SegmentId>> {
        let setup = &*self.setup();
        let view = self.view_under(setup, &customer.into(), Purpose::Personalisation, now)?;
        let program = &setup.policy.program;
        let slots = program.fill(&view);
        let mut members: Vec<SegmentId> = program.members(&slots).cloned().collect();
        members.sort();
        Ok(members)
    }

    /// The best `n` available items for a customer, or all that exist, by a recommender
    /// of this engine. Where the recommender has nothing to say, or may not look, what
    /// is popular follows.
    ///
    /// # Errors
    /// There is no such recommender, or the store failed.
    pub fn recommend(
        &self,
        customer: impl Into<Identifier>,
        recommender: &str,
        n: usize,
        scope: Scope,
        now: Timestamp,
    ) -> Result<Vec<Recommendation>> {
        let setup = &*self.setup();
        let Some(model) = setup.models.recommender(recommender) else {
            return Err(Error::new(
                ErrorKind::InvalidConfiguration,
                format!("there is no recommender `{recommender}`"),
            ));
        };
        let view = self.view_under(setup, &customer.into(), Purpose::Personalisation, now)?;
        let popular = &setup.models.popular;
        Ok(recommend::recommend(model, popular, &setup.catalog, &view, n, scope))
    }

    /// Everything that is kept of a customer, for the customer (GDPR 15); `None` for a
    /// stranger.
    ///
    /// # Errors
    /// The store failed.
    pub fn access(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Option<CustomerReport>> {
        let setup = &*self.setup();
        let loaded = self.fetch_whole(setup, &customer.into())?;
        let whole = loaded.whole()?;
        Ok(loaded.version.map(|_| CustomerReport::of(&whole, &setup.privacy, now)))
    }

    /// Forgets a customer (GDPR 17): the record, the identifiers that lead to it, and
    /// what was learned from it, exactly and at once. Models follow at the next
    /// [`fit`](Self::fit). False for a stranger.
    ///
    /// # Errors
    /// The store failed; then try again with the same identifier.
    pub fn erase(&self, customer: impl Into<Identifier>) -> Result<bool> {
        let asked = customer.into();
        asked.check("customer")?;
        let setup = &*self.setup();
        let asked = setup.identity.normal(&asked).into_owned();
        // Once, for the way to the record goes before the record does.
        let customer = self.resolve(&asked)?;
        let known = self.retrying(|| {
            let loaded = self.fetch(setup, &customer)?;
            let Some(version) = loaded.version else { return Ok(Some(false)) };
            let links = loaded.profile.identity.others.iter();
            for link in links.filter(|link| **link != asked && **link != customer) {
                if self.cut(link, &customer)?.is_none() {
                    return Ok(None);
                }
            }
            let erase = |key, expected| Write { key, expected, value: None };
            let head = erase(loaded.key.clone(), Expected::Version(version));
            let behind = loaded.keys_behind().into_iter().map(|key| erase(key, Expected::Any));
            let batches = vec![self.batch(std::iter::once(head).chain(behind).collect())];
            let learned = (contribution(&loaded.profile), Contribution::default());
            let learned = Some(Box::new(learned));
            let effects = Some(Effects { learned, ..Effects::of(&loaded) });
            let changes = Changes { batches, durability: Durability::Durable, effects };
            Ok(self.commit(changes)?.then_some(true))
        })?;
        self.lock_unreported().retain(|change| change.customer != customer);
        // Of a stranger too: a crash may have come before it last time.
        self.store.forget(self.place(&customer).partition())?;
        // The way that was asked by goes last, so that asking again finds what is left.
        let led = asked != customer && self.retrying(|| self.cut(&asked, &customer))?;
        Ok(known || led)
    }

    /// Takes away the way from an identifier to a customer, if it leads there, and forgets
    /// it: true. It may lead nowhere, or have been given to somebody else: false. Nothing
    /// when somebody came in between.
    fn cut(&self, link: &Identifier, customer: &Identifier) -> Result<Option<bool>> {
        let key = self.place(link);
        let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
        let leads = match found {
            Some(stored) if redirect(&key, &stored.bytes)?.as_ref() == Some(customer) => {
                let gone = self.one(key.clone(), Some(stored.version), None);
                if !self.commit(durable(gone))? {
                    return Ok(None);
                }
                true
            }
            _ => false,
        };
        self.store.forget(key.partition())?;
        Ok(Some(leads))
    }
}
