//! What a team publishes and every engine runs on: one value that travels as bytes,
//! and is swapped into an engine at work.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::held::Held;
use super::setup::{Others, Setup, Wishes};
use crate::catalog::Catalog;
use crate::consent::PrivacyPolicy;
use crate::decide::{Action, ContactPolicy, Models};
use crate::envelope::{self, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Attributes;
use crate::identity::IdentityPolicy;
use crate::recommend::Checked;
use crate::rights::Messages;
use crate::segment::Segment;
use crate::store::{Commit, SnapshotId, SnapshotStore};
use crate::types::{Timestamp, Zone};
use crate::view::Greeting;

/// All that an engine runs on beside its store: catalogue, privacy and contact policy, the
/// greeting, the host's time zone and attributes, actions, segments, recommenders, and the
/// models that were fitted for them. It names no customer; but models of what is bought
/// together, of next baskets and of visits hold what each customer did, one by one, and lists of
/// what is bought together are counted anew when it is read: keep it as you keep your customers' records,
/// publish anew after erasures, and [remove](SnapshotStore::remove) what was before.
///
/// A snapshot is [taken of an engine](Engine::snapshot) or
/// [made without one](crate::EngineBuilder::snapshot), travels as bytes, and is what another
/// engine [begins with](crate::EngineBuilder::build_on) or [goes over to](Engine::swap). A
/// team [publishes](Engine::publish), every engine that serves [follows](Engine::follow).
///
/// ```
/// use confidant::{Action, Channel, Engine, Snapshot, Statistics, Timestamp, Treatment};
///
/// let offer = Action::new("ten-off").treatment(Treatment::on(Channel::Web));
/// let nothing_learned = Statistics::default();
/// let snapshot =
///     Engine::builder().action(offer).snapshot(&nothing_learned, Timestamp::from_secs(0))?;
///
/// let engine = Engine::builder().build()?;
/// engine.swap(Snapshot::from_bytes(&snapshot.to_bytes())?);
/// assert_eq!(engine.snapshot().id(), snapshot.id());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshot(Arc<Setup>);

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (actions, segments) = (self.0.policy.actions.len(), self.0.segments.len());
        write!(f, "Snapshot({actions} actions, {segments} segments)")
    }
}

/// The content of a snapshot as it is written, field by field that of [`Read`].
#[derive(Serialize)]
struct Written<'a> {
    catalog: &'a Catalog,
    privacy: &'a PrivacyPolicy,
    identity: &'a IdentityPolicy,
    attributes: &'a Attributes,
    contact: &'a ContactPolicy,
    greeting: &'a Greeting,
    actions: Vec<&'a Action>,
    segments: Vec<&'a Segment>,
    recommenders: &'a [(Arc<str>, Checked)],
    exploration: f64,
    skew: Duration,
    staleness: Option<Duration>,
    strict: bool,
    messages: &'a [Messages],
    time_zone: &'a Zone,
    others: &'a Others,
    models: &'a Models,
}

/// The content of a snapshot as it is read.
#[derive(Deserialize)]
struct Read {
    wishes: Wishes,
    models: Models,
}

impl Snapshot {
    pub(super) fn of(setup: Setup) -> Self {
        Self(Arc::new(setup))
    }

    pub(super) fn into_setup(self) -> Arc<Setup> {
        self.0
    }

    /// The bytes to keep or to send; equal content gives equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Setup { catalog, privacy, identity, attributes, policy, segments, .. } = &*self.0;
        let Setup { recommenders, skew, staleness, models, greeting, time_zone, .. } = &*self.0;
        let mut segments: Vec<&Segment> = segments.iter().collect();
        segments.sort_by(|a, b| a.id().cmp(b.id()));
        let written = Written {
            catalog,
            privacy,
            identity,
            attributes,
            contact: &policy.contact,
            greeting,
            actions: policy.actions.iter().map(|ready| &ready.action).collect(),
            segments,
            recommenders,
            exploration: policy.exploration,
            skew: *skew,
            staleness: *staleness,
            strict: self.0.strict,
            messages: self.0.catalogues.added(),
            time_zone,
            others: &self.0.others,
            models,
        };
        envelope::seal(Kind::Snapshot, &written)
    }

    /// A snapshot from its bytes, checked like anything that a host configures.
    ///
    /// # Errors
    /// The bytes are damaged, are no snapshot, or are one of a newer version; what they
    /// configure cannot work, or their models are not for it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let Read { wishes, models } = envelope::open(Kind::Snapshot, bytes)?;
        let Some(setup) = Setup::new(wishes)?.with(models) else {
            return Err(envelope::damaged(Kind::Snapshot, "its models are not for its catalogue"));
        };
        let id = SnapshotId::from_bytes(envelope::stated(bytes));
        Ok(Self::of(Setup { published: Some(id), id: id.into(), ..setup }))
    }

    /// What stands for the exact content.
    #[must_use]
    pub fn id(&self) -> SnapshotId {
        *self.0.id.get_or_init(|| SnapshotId::from_bytes(envelope::stated(&self.to_bytes())))
    }

    /// As of when its models were fitted.
    #[must_use]
    pub fn fitted_at(&self) -> Timestamp {
        self.0.models.at
    }
}

impl Engine {
    /// What this engine runs on now, models included.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.setup())
    }

    /// Runs on another snapshot from now on. Calls that are under way end on the one that
    /// they began with; none sees a part of both.
    ///
    /// Contacts made, volumes used up and choices are the customers' and hold on. Where
    /// segments, privacy policy, attributes, catalogue or time zone are others now, the next
    /// [`advance`](Self::advance) looks at every customer again, and learns from each what
    /// the new ones let through; until it did, what was learned is what the old ones let
    /// through. What the new ones leave out has no effect from now on. A host that
    /// loads and commits by itself asks for [`volume_keys`](Self::volume_keys) again.
    pub fn swap(&self, snapshot: Snapshot) {
        let mut held = self.lock_held();
        *self.setup.write().unwrap_or_else(PoisonError::into_inner) = snapshot.0;
        *held = Held::unknown();
    }

    /// Puts what this engine runs on where others [follow](Self::follow), and promotes it.
    ///
    /// # Errors
    /// The place cannot be written, or somebody else promoted another one meanwhile.
    pub fn publish(&self, at: &dyn SnapshotStore) -> Result<SnapshotId> {
        let (snapshot, before) = (self.snapshot(), at.promoted()?);
        let id = snapshot.id();
        at.put(id, &snapshot.to_bytes())?;
        match at.promote(id, before)? {
            Commit::Committed => {
                let mut current = self.setup.write().unwrap_or_else(PoisonError::into_inner);
                if Arc::ptr_eq(&*current, &snapshot.0) {
                    *current = Arc::new(Setup { published: Some(id), ..Setup::clone(&current) });
                }
                Ok(id)
            }
            Commit::Conflict => Err(Error::new(
                ErrorKind::Conflict,
                "another snapshot was promoted meanwhile: look at it, then publish again",
            )),
        }
    }

    /// Goes over to the snapshot that is promoted; false if none is, or this engine runs on
    /// it already.
    ///
    /// # Errors
    /// The place cannot be read, or what is there cannot be used. The engine goes on with
    /// what it has.
    pub fn follow(&self, at: &dyn SnapshotStore) -> Result<bool> {
        let Some(id) = at.promoted()? else { return Ok(false) };
        // What it took from there and changed since, because something was taken back, is not
        // to be taken again.
        if self.setup().published == Some(id) || self.snapshot().id() == id {
            return Ok(false);
        }
        let Some(bytes) = at.get(id)? else {
            return Err(Error::new(ErrorKind::Corrupt, "the promoted snapshot is not there"));
        };
        let snapshot = Snapshot::from_bytes(&bytes)?;
        if snapshot.id() != id {
            return Err(Error::new(ErrorKind::Corrupt, "a snapshot is kept under another's id"));
        }
        self.swap(snapshot);
        Ok(true)
    }
}
