//! Asking without deciding: what may be seen, which segments, which items; and the
//! customer's own rights to see and to be forgotten.

use super::Engine;
use super::learn::contribution;
use super::load::{Changes, one};
use crate::error::{Error, ErrorKind, Result};
use crate::learn::Contribution;
use crate::recommend::{self, Recommendation, Scope};
use crate::rights::CustomerReport;
use crate::store::Durability;
use crate::types::{Identifier, Purpose, SegmentId, Timestamp};
use crate::view::{Session, View, Visit};

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
        let loaded = self.fetch(&customer.into())?;
        Ok(self.gate().open(&loaded.profile, purpose, now, Visit { session, question: None }))
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
        let view = self.view(customer, Purpose::Personalisation, now, None)?;
        let slots = self.policy.program.fill(&view);
        let mut members: Vec<SegmentId> = self.policy.program.members(&slots).cloned().collect();
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
        let models = self.current_models();
        let Some(model) = models.recommenders.get(recommender) else {
            return Err(Error::new(
                ErrorKind::InvalidConfiguration,
                format!("there is no recommender `{recommender}`"),
            ));
        };
        let view = self.view(customer, Purpose::Personalisation, now, None)?;
        Ok(recommend::recommend(model.as_ref(), &models.popular, &self.catalog, &view, n, scope))
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
        let loaded = self.fetch(&customer.into())?;
        Ok(loaded.version.map(|_| CustomerReport::of(&loaded.profile, &self.privacy, now)))
    }

    /// Forgets a customer (GDPR 17): the record, the identifiers that lead to it, and
    /// what was learned from it, exactly and at once. Models follow at the next
    /// [`fit`](Self::fit). False for a stranger.
    ///
    /// # Errors
    /// The store failed; then try again.
    pub fn erase(&self, customer: impl Into<Identifier>) -> Result<bool> {
        let customer = customer.into();
        self.retrying(|| {
            let loaded = self.fetch(&customer)?;
            let Some(version) = loaded.version else {
                return Ok(Some(false));
            };
            let mut batches = Vec::new();
            for link in &loaded.profile.links {
                let key = self.key(&link.identifier);
                let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
                // Only what leads here; an identifier may have been given to somebody else.
                if let Some(stored) = found.filter(|_| key != loaded.key)
                    && self.leads_to(&stored.bytes, &loaded.profile.customer)?
                {
                    batches.push(one(key, Some(stored.version), None));
                }
            }
            batches.push(one(loaded.key.clone(), Some(version), None));
            let learned = (contribution(&loaded.profile), Contribution::default());
            let changes = Changes {
                batches,
                durability: Durability::Durable,
                due: None,
                learned: Some(Box::new(learned)),
                found: Vec::new(),
            };
            Ok(self.commit(changes)?.then_some(true))
        })
    }
}
