//! Recording: the only way in.

use std::borrow::Cow;

use super::load::{Changes, Effects, Loaded};
use super::{Engine, Setup};
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::event::{Detail, Event, Statement};
use crate::identity::{Apart, IdentityPolicy};
use crate::profile::{Admission, Profile, Refused};
use crate::store::Durability;
use crate::types::{DataCategory, Identifier, Purpose, Timestamp};

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is part of what is known now.
    Accepted,
    /// A part of it is: what is of these categories, which the customer does not allow to be
    /// kept, was left out. Of a behaviour of one of them, all that is not
    /// [strictly necessary](crate::PrivacyPolicy::reduce).
    Reduced(Vec<DataCategory>),
    /// It was already; nothing changed.
    Duplicate,
    /// It may not be kept: the customer does not allow it, or it is too old. Nothing of it
    /// was; it may be sent again, should that change.
    NotAllowed(NotAllowed),
    /// A link was kept, or is not worth keeping, and its two identifiers stay apart.
    Apart(Apart),
    /// A link is in force, and the customer has more identifiers of some kind than the
    /// limit: these, whose links are the oldest, stay apart from now on.
    Demoted(Vec<Identifier>),
}

/// What keeps an event out: what the customer did not allow at the event's own time, or
/// its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAllowed {
    /// No purpose that uses this category.
    Category(DataCategory),
    /// This purpose.
    Purpose(Purpose),
    /// Nobody can: it is older than data of this category are
    /// [kept](crate::PrivacyPolicy::keep_for).
    Expired(DataCategory),
    /// It told of a prospect under an identifier of somebody who dealt with the host before.
    Known,
    /// It happened before somebody was [erased](Engine::erase_with_certificate) under this
    /// identifier; or it tells of a prospect, and whoever was erased is none before dealing
    /// with the host again.
    Erased,
}

/// Which looks at a customer something new calls for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Touched {
    /// A choice was made: what was learned follows at once.
    pub(super) chosen: bool,
    /// An essential fact came in: no crash may lose it.
    pub(super) essential: bool,
    pub(super) segments: bool,
    pub(super) learning: bool,
    /// When something of it is not to be kept any longer.
    pub(super) expires: Option<Timestamp>,
    /// The kinds of behaviour that came, by their bits; none if it may be anything.
    pub(super) kinds: u32,
}

impl Touched {
    pub(super) fn add(&mut self, other: Self) {
        self.chosen |= other.chosen;
        self.essential |= other.essential;
        self.segments |= other.segments;
        self.learning |= other.learning;
        self.expires = self.expires.into_iter().chain(other.expires).min();
        self.kinds |= other.kinds;
    }
}

impl From<Refused> for NotAllowed {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Category(category) => Self::Category(category),
            Refused::Purpose(purpose) => Self::Purpose(purpose),
            Refused::Expired(category) => Self::Expired(category),
            Refused::Known => Self::Known,
            Refused::Erased => Self::Erased,
        }
    }
}

impl From<Admission> for Recorded {
    fn from(admission: Admission) -> Self {
        match admission {
            Admission::Accepted(left_out) if left_out.is_empty() => Self::Accepted,
            Admission::Accepted(left_out) => Self::Reduced(left_out),
            Admission::Duplicate => Self::Duplicate,
            Admission::NotAllowed(refused) => Self::NotAllowed(refused.into()),
        }
    }
}

impl Engine {
    /// Records an event that reached the host at `now`.
    ///
    /// A choice, and what must never be lost (refusals, bounces, links,
    /// retractions), is durable and in
    /// effect before this returns; other events are buffered, as
    /// [`Durability::Buffered`](crate::Durability) says.
    ///
    /// # Errors
    /// Something is wrong with the event: an unknown item, an empty or too long text, a
    /// negative amount, a number that is not finite, an attribute of another type than the
    /// host said, a time further ahead of `now` than the
    /// [skew](super::EngineBuilder::skew), an identifier that stands for nobody; nothing
    /// of it was kept then. Or the store failed: it may or may not have been
    /// kept; send it again.
    pub fn record(&self, now: Timestamp, event: impl Into<Event>) -> Result<Recorded> {
        let setup = self.setup();
        self.record_under(&setup, now, setup.normal(event.into()))
    }

    /// Records an event whose identifiers are in their usual form.
    pub(super) fn record_under(
        &self,
        setup: &Setup,
        now: Timestamp,
        event: Event,
    ) -> Result<Recorded> {
        setup.check(now, &event)?;
        if let Detail::Linked { other, .. } | Detail::Unlinked(other) = &event.detail {
            return self.link(setup, now, &event, other);
        }
        self.retrying(|| {
            let mut loaded = self.fetch_to_record(setup, &event)?;
            let (recorded, changes) = self.record_checked(setup, now, &event, &mut loaded)?;
            Ok(self.commit(changes)?.then_some(recorded))
        })
    }

    /// The pure middle of [`record`](Self::record), for hosts that load and commit by
    /// themselves.
    ///
    /// A link can move what is kept of several identifiers, so it is no business of one
    /// loaded customer: [`record`](Self::record) it.
    ///
    /// # Errors
    /// Something is wrong with the event, or another customer was loaded; nothing
    /// changes.
    pub fn record_loaded(
        &self,
        now: Timestamp,
        event: &Event,
        loaded: &mut Loaded,
    ) -> Result<(Recorded, Changes)> {
        let setup = &*self.setup();
        let event = &setup.normal(event.clone());
        setup.check(now, event)?;
        if matches!(event.detail, Detail::Linked { .. } | Detail::Unlinked(_)) {
            return Err(Error::input(
                "identifier",
                "a link cannot be recorded on one loaded customer: expected `Engine::record`",
            ));
        }
        loaded.must_be(setup, &event.customer)?;
        loaded.must_know(event)?;
        self.record_checked(setup, now, event, loaded)
    }

    pub(super) fn record_checked(
        &self,
        setup: &Setup,
        now: Timestamp,
        event: &Event,
        loaded: &mut Loaded,
    ) -> Result<(Recorded, Changes)> {
        let (admission, touched) = setup.take_in(loaded, event, now, Touched::default());
        let changes = match &admission {
            Admission::Accepted(_) => self.changes(setup, now, loaded, touched)?,
            _ => Changes::none(),
        };
        Ok((admission.into(), changes))
    }

    /// The commit of a profile that took something in.
    pub(super) fn changes(
        &self,
        setup: &Setup,
        now: Timestamp,
        loaded: &mut Loaded,
        touched: Touched,
    ) -> Result<Changes> {
        let mut effects = Effects::of(loaded);
        let before = loaded.profile.membership.due();
        if touched.learning {
            let membership = &mut loaded.profile.membership;
            membership.learn = membership.learn.min(now);
        }
        if touched.chosen {
            let membership = &mut loaded.profile.membership;
            membership.seen = membership.seen.max(now);
            effects.learned = setup.relearn(loaded, now)?;
        }
        let membership = &mut loaded.profile.membership;
        if touched.segments {
            membership.check = membership.check.min(now.max(membership.seen));
            membership.touched |= if touched.kinds == 0 { u32::MAX } else { touched.kinds };
        }
        membership.sweep = membership.sweep.min(touched.expires.unwrap_or(Timestamp::MAX));
        if membership.due() < before {
            effects.due = Some((membership.due(), loaded.profile.customer.clone()));
        }
        let durable = touched.chosen || touched.essential;
        let durability = if durable { Durability::Durable } else { Durability::Buffered };
        Ok(Changes { batches: vec![self.write(loaded)?], durability, effects: Some(effects) })
    }
}

impl Setup {
    /// Which looks an event calls for: only those that may see it.
    pub(super) fn touched(&self, profile: &Profile, detail: &Detail, now: Timestamp) -> Touched {
        let categories = match detail {
            Detail::Behaviour(act) => Categories::one(self.privacy.of_kind(&act.kind)),
            Detail::Stated(statement) => return self.touched_by(profile, statement, now),
            Detail::Consent(_) => {
                let all = Touched { essential: true, segments: true, ..Touched::default() };
                return Touched { chosen: true, learning: true, ..all };
            }
            Detail::Linked { .. }
            | Detail::Unlinked(_)
            | Detail::Retracted(_)
            | Detail::Prospect(_) => Categories::NONE,
            Detail::Replied { .. } => self.policy.responses,
        };
        let essential =
            matches!(detail, Detail::Replied { .. } | Detail::Linked { .. } | Detail::Unlinked(_));
        Touched { essential, ..self.seen_by(profile, categories, now) }
    }

    /// Which looks may see what was stated: none but that of its purpose, if it has one.
    fn touched_by(&self, profile: &Profile, statement: &Statement, now: Timestamp) -> Touched {
        let names = statement.facts.keys();
        let categories = names
            .map(|name| Categories::one(self.privacy.of_attribute(name)))
            .fold(Categories::NONE, Categories::or);
        let seen = self.seen_by(profile, categories, now);
        let by = |purpose| statement.purpose.as_ref().is_none_or(|only| *only == purpose);
        Touched {
            segments: seen.segments && by(Purpose::Personalisation),
            learning: seen.learning && by(Purpose::CollaborativeLearning),
            ..seen
        }
    }

    /// Which looks may see data of some categories.
    pub(super) fn seen_by(
        &self,
        profile: &Profile,
        categories: Categories,
        now: Timestamp,
    ) -> Touched {
        // A clock that lags behind does not hide what is allowed by now, or will be.
        let choices = &profile.choices;
        let from = now.max(profile.membership.seen);
        let seen_at = |purpose: &Purpose, at: Timestamp| {
            !choices.granted(&self.privacy, purpose, at).and(categories).is_empty()
        };
        let seen = |purpose: &Purpose| {
            let mut later = choices.iter().map(|chosen| chosen.at).filter(|at| *at > from);
            seen_at(purpose, from) || later.any(|at| seen_at(purpose, at))
        };
        Touched {
            chosen: false,
            essential: false,
            segments: seen(&Purpose::Personalisation),
            learning: seen(&Purpose::CollaborativeLearning),
            expires: None,
            kinds: 0,
        }
    }

    /// The event with its identifiers in their usual form.
    pub(super) fn normal(&self, event: Event) -> Event {
        normal(&self.identity, event)
    }

    /// Refuses what the event's own check and this engine's catalogue and clock skew
    /// rule out.
    pub(super) fn check(&self, now: Timestamp, event: &Event) -> Result<()> {
        event.check()?;
        self.identity.check_value("customer", &event.customer)?;
        if let Detail::Linked { other, .. } | Detail::Unlinked(other) = &event.detail {
            self.identity.check_value("identifier", other)?;
        }
        if event.at > now + self.skew {
            return Err(Error::input(
                "at",
                "`at` lies in the future: expected an instant up to now, within the stated skew",
            ));
        }
        if let Detail::Stated(statement) = &event.detail {
            self.attributes.check_values(statement)?;
        }
        if let Detail::Behaviour(act) = &event.detail
            && let Some(item) = &act.item
            && self.catalog.get(item.as_str()).is_none()
        {
            return Err(Error::input(
                "item",
                "`item` is not in the catalogue: expected the id of an item that is",
            ));
        }
        Ok(())
    }
}

/// The event with its identifiers in their usual form.
pub(super) fn normal(identity: &IdentityPolicy, mut event: Event) -> Event {
    let normal = |identifier: &mut Identifier| {
        if let Cow::Owned(usual) = identity.normal(identifier) {
            *identifier = usual;
        }
    };
    normal(&mut event.customer);
    if let Detail::Linked { other, .. } | Detail::Unlinked(other) = &mut event.detail {
        normal(other);
    }
    event
}
