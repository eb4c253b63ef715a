//! Asking without deciding: what may be seen, which segments, which items, and what the
//! customer may know.

use super::{Engine, Setup};
use crate::consent::{Permission, Sharing};
use crate::decide::predictions;
use crate::error::{Error, ErrorKind, Result};
use crate::predict::{Prediction, Predictions};
use crate::profile::Profile;
use crate::recommend::{self, Recommendation, Scope};
use crate::rights::{ConsentRecord, CustomerReport, Messages};
use crate::rule::{Condition, Rules};
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
        let visit = Visit { session, question: None, ledger: true };
        Ok(setup.gate().open(&*loaded.whole()?, purpose, now, visit))
    }

    pub(super) fn view_under(
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
        Rules::compile(conditions, setup.ground(), setup.models.population.clone())
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
        let slots = program.fill(&view, &setup.models.population);
        let mut members: Vec<SegmentId> = program.members(&slots).cloned().collect();
        members.sort();
        Ok(members)
    }

    /// The best `n` available items for a customer, or all that exist, by a recommender
    /// of this engine. Where the recommender has nothing to say, or may not look, what
    /// is popular follows: within a [segment](crate::EngineBuilder::popular_within) of the
    /// customer first, where one is named for that.
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
        let (policy, models) = (&setup.policy, &setup.models);
        let counted = policy.counted_within().next().is_some();
        let group = counted.then(|| policy.program.fill(&view, &models.population));
        let group = group.and_then(|slots| models.group(policy, &slots));
        let fallback = models.fallback(group.as_ref());
        let mut items = recommend::recommend(model, &fallback, &setup.catalog, &view, n, scope);
        recommend::say_no_more(&mut items, &view, setup.policy.looked());
        Ok(items)
    }

    /// Everything that is kept of a customer, for the customer (GDPR 15), with where each
    /// thing came from and what each kind of data was used for last: a page to read as it
    /// is displayed, or data through serde. `None` for a stranger.
    ///
    /// # Errors
    /// The store failed.
    pub fn customer_report(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Option<CustomerReport>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let loaded = self.fetch_whole(setup, &customer.into())?;
        let whole = loaded.whole()?;
        let known = loaded.version.is_some() && loaded.profile.goes_at() > now;
        let report = || {
            let mut predictions = setup.predict(&whole, now).each;
            predictions.retain(Prediction::is_personal);
            CustomerReport::of(&whole, &setup.privacy, now, predictions, &Messages::english())
        };
        Ok(known.then(report))
    }

    /// What a customer said to each purpose, and what comes of it at `now`: the customer's
    /// switches, in the order of the purposes.
    ///
    /// ```
    /// use confidant::{ConsentState, Engine, Event, Level, PrivacyPolicy, Purpose, Timestamp, days};
    ///
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let privacy = PrivacyPolicy::new().valid_for(Purpose::Personalisation, days(365));
    /// let engine = Engine::builder().privacy(privacy).build()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// let state = |now| -> confidant::Result<ConsentState> {
    ///     let switches = engine.permissions("ana", now)?;
    ///     let switch = switches.iter().find(|it| it.purpose == Purpose::Personalisation);
    ///     Ok(switch.map(|it| it.state).unwrap_or_default())
    /// };
    /// assert_eq!(state(monday)?, ConsentState::Given);
    /// assert_eq!(state(monday + days(365))?, ConsentState::Expired);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The store failed.
    pub fn permissions(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Vec<Permission>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let loaded = self.fetch_whole(setup, &customer.into())?;
        let (choices, policy) = (&loaded.profile.choices, &setup.privacy);
        let of = |(purpose, _)| Permission::of(choices, policy, purpose, now);
        Ok(policy.purposes().map(of).collect())
    }

    /// What was asked of a customer and answered, with the terms: a record for each purpose
    /// on which something was said.
    ///
    /// # Errors
    /// The store failed.
    pub fn consent_records(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Vec<ConsentRecord>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let loaded = self.fetch_whole(setup, &customer.into())?;
        Ok(ConsentRecord::all(&loaded.profile, &setup.privacy, now))
    }

    /// Who may be given a customer's data at `now`: every [recipient](crate::Recipient) of the
    /// policy, in the order of names. Nobody else may.
    ///
    /// ```
    /// use confidant::{Engine, Event, PrivacyPolicy, Recipient, Timestamp};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let partner = Recipient::new("partner", "shows you offers of theirs");
    /// let engine = Engine::builder().privacy(PrivacyPolicy::new().recipient(partner)).build()?;
    /// assert!(!engine.sharing("ana", now)?.iter().any(|it| it.allowed));
    /// engine.record(now, Event::consent("ana", now).share_with("partner"))?;
    /// assert!(engine.sharing("ana", now)?.iter().all(|it| it.allowed));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The store failed.
    pub fn sharing(&self, customer: impl Into<Identifier>, now: Timestamp) -> Result<Vec<Sharing>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let loaded = self.fetch_whole(setup, &customer.into())?;
        Ok(Sharing::all(&loaded.profile.choices, &setup.privacy, now))
    }

    /// What is expected of a customer at `now`, from what the customer allows for
    /// personalisation: for each action, how likely it is to be accepted.
    ///
    /// ```
    /// use confidant::{Action, Channel, Engine, Event, Level, Predicted, Purpose, Treatment};
    /// use confidant::{Timestamp, hours};
    ///
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let action = Action::new("coffee club").treatment(Treatment::on(Channel::Web));
    /// let engine = Engine::builder().action(action).build()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// engine.record(monday, Event::accepted("ana", monday).action("coffee club"))?;
    /// let expected = engine.predictions("ana", monday + hours(1))?;
    /// let [coffee] = expected.each.as_slice() else { panic!("one action, one prediction") };
    /// assert_eq!(coffee.what, Predicted::Accepts("coffee club".into()));
    /// assert!(coffee.probability > coffee.anybody);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The store failed.
    pub fn predictions(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Predictions> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let loaded = self.fetch_whole(setup, &customer.into())?;
        Ok(setup.predict(&*loaded.whole()?, now))
    }
}

impl Setup {
    pub(super) fn predict(&self, profile: &Profile, now: Timestamp) -> Predictions {
        let view = self.gate().open(profile, Purpose::Personalisation, now, Visit::default());
        let each = predictions(&self.policy, &self.models, &view);
        Predictions { fitted: self.models.at, until: view.next(), each }
    }
}
