//! How an engine is put together.

use std::sync::Arc;
use std::time::Duration;

use super::held::Held;
use super::setup::{Setup, Wishes};
use super::{Engine, Proof, Snapshot};
use crate::catalog::Catalog;
use crate::consent::{PrivacyPolicy, ProofKey};
use crate::decide::{Action, ContactPolicy};
use crate::error::Result;
use crate::event::Attributes;
use crate::identity::IdentityPolicy;
use crate::learn::Statistics;
use crate::recommend::Recommender;
use crate::rights::Messages;
use crate::rule::{Clustering, Lifecycle, Ranking};
use crate::segment::{ReadySet, Segment};
use crate::store::{MemoryStore, Store};
use crate::types::{SegmentId, Timestamp, Zone, days};
use crate::view::Greeting;

/// Puts an [`Engine`] together.
#[derive(Debug)]
#[must_use = "a builder is nothing until it is built"]
pub struct EngineBuilder {
    store: Box<dyn Store>,
    seal_after: usize,
    workers: usize,
    proof: Option<ProofKey>,
    evidence_for: Duration,
    wishes: Wishes,
}

/// How many lines the head of a record holds, if the host does not say: about thirty
/// kilobytes.
const SEAL_AFTER: usize = 2_048;

/// As many as the machine runs at a time, if the host does not say.
#[cfg(feature = "parallel")]
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(not(feature = "parallel"))]
fn workers() -> usize {
    1
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            store: Box::new(MemoryStore::new()),
            seal_after: SEAL_AFTER,
            workers: workers(),
            proof: None,
            evidence_for: days(3 * 365),
            wishes: Wishes::default(),
        }
    }
}

impl EngineBuilder {
    /// Where customers are kept; in memory, if not said.
    pub fn store(self, store: impl Store) -> Self {
        Self { store: Box::new(store), ..self }
    }

    /// How many threads count everybody; as many as the machine runs at a time, if not said.
    /// It changes no answer.
    #[cfg(feature = "parallel")]
    pub fn workers(self, threads: std::num::NonZero<usize>) -> Self {
        Self { workers: threads.get(), ..self }
    }

    /// How many lines of a customer's record are kept in its head, which is written with
    /// every event; 2,048 if not said. With more, they are sealed: written once more, as a
    /// chunk in a part of its own, and never again. A store to which small writes matter
    /// may want fewer, one that is slow to find many parts more. It changes no answer.
    pub fn seal_after(self, lines: usize) -> Self {
        Self { seal_after: lines.max(1), ..self }
    }

    /// The key of the host's own with which it is proven what customers chose, and known who
    /// was erased and is not to come back. Without one there is no
    /// [ledger](Engine::ledger), no [certificate](Engine::erase_with_certificate) and no
    /// list of who was erased, for there is nothing to make pseudonyms with. Every engine
    /// over one store needs the same; another one is refused, for it would break every chain
    /// that it adds to.
    pub fn proof(self, key: ProofKey) -> Self {
        Self { proof: Some(key), ..self }
    }

    /// For how long it can be proven what somebody chose who was erased (GDPR 17(3)(e): for
    /// the defence of legal claims); three years if not said, after which most civil claims
    /// are barred. From then on the next [`advance`](Engine::advance) throws it away, of an
    /// engine that erased, or found the evidence when it was built or
    /// [counted anew](Engine::recount).
    pub fn evidence_for(self, time: Duration) -> Self {
        Self { evidence_for: time, ..self }
    }

    /// What can be offered.
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.wishes.catalog = catalog;
        self
    }

    /// What is kept on what basis, and what each purpose may use.
    pub fn privacy(mut self, privacy: PrivacyPolicy) -> Self {
        self.wishes.privacy = privacy;
        self
    }

    /// Of which type the customers' attributes are, and which of several values counts.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.wishes.attributes = attributes;
        self
    }

    /// Whose identifiers are whose: kinds, limits, forms, and values that mean nobody.
    pub fn identity(mut self, identity: IdentityPolicy) -> Self {
        self.wishes.identity = identity;
        self
    }

    /// When a customer may be reached.
    pub fn contact(mut self, contact: ContactPolicy) -> Self {
        self.wishes.contact = contact;
        self
    }

    /// What is said to customers in one more language, in other words than ours, or of what
    /// the host itself names. Later ones add to earlier ones.
    pub fn messages(mut self, messages: Messages) -> Self {
        self.wishes.messages.push(messages);
        self
    }

    /// Whose calendar is meant where days, weeks, months and years are counted; UTC, if not
    /// said. Of a customer whose attribute `time_zone` names a [zone](Zone), it is that one,
    /// as far as the attribute may be seen.
    pub fn time_zone(mut self, zone: Zone) -> Self {
        self.wishes.time_zone = zone;
        self
    }

    /// How somebody who calls is greeted.
    pub fn greeting(mut self, greeting: Greeting) -> Self {
        self.wishes.greeting = greeting;
        self
    }

    /// One more action.
    pub fn action(mut self, action: Action) -> Self {
        self.wishes.actions.push(action);
        self
    }

    /// More actions.
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.wishes.actions.extend(actions);
        self
    }

    /// One more segment.
    pub fn segment(mut self, segment: Segment) -> Self {
        self.wishes.segments.push(segment);
        self
    }

    /// More segments.
    pub fn segments(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        self.wishes.segments.extend(segments);
        self
    }

    /// By what a customer's stage of life as a customer is told; by the default one, if not
    /// said.
    pub fn lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        self.wishes.others.lifecycle = lifecycle;
        self
    }

    /// One more order of customers, which conditions ask for by [`ranked`](crate::ranked).
    pub fn ranking(mut self, ranking: Ranking) -> Self {
        self.wishes.others.rankings.push(ranking);
        self
    }

    /// More orders of customers.
    pub fn rankings(mut self, rankings: impl IntoIterator<Item = Ranking>) -> Self {
        self.wishes.others.rankings.extend(rankings);
        self
    }

    /// Six segments that most shops can begin with, and their rankings: as they are, in a
    /// currency, or [adjusted](ReadySet).
    pub fn ready_segments(self, ready: impl Into<ReadySet>) -> Self {
        let ready = ready.into();
        self.rankings(ready.rankings()).segments(ready.segments())
    }

    /// One more way to group customers, which conditions ask for by
    /// [`in_cluster`](crate::in_cluster). What no segment, action or ranking asks for is not
    /// looked for, and its clusters are none.
    pub fn clustering(mut self, clustering: Clustering) -> Self {
        self.wishes.others.clusterings.push(clustering);
        self
    }

    /// The smallest group of customers whose size is shown to people: what would tell of a
    /// group of fewer than `k` is held back wherever customers are counted; see
    /// [`Audience::count`](crate::Audience::count). Everything is shown, if not said.
    pub fn smallest_group(mut self, k: u64) -> Self {
        self.wishes.others.smallest_group = k;
        self
    }

    /// Where a recommender has nothing to say, or no more, what is popular within the first of
    /// these segments that the customer is in goes before what is popular with everybody
    /// ([`Source::PopularInSegment`](crate::Source)); later ones add to earlier ones. A student
    /// of whom nothing else is known gets what students buy.
    ///
    /// It is counted apart from the rest what members buy who let others learn from it, and on
    /// what they let be learned it is judged who is one; a customer counts within the first only,
    /// and no more once they leave it, at once.
    ///
    /// A segment with fewer such customers than the
    /// [smallest group](Self::smallest_group) is passed over. Only segments whose condition is
    /// about the customer alone will do, not one that asks for a [place](crate::ranked) among
    /// others or a [cluster](crate::in_cluster).
    pub fn popular_within<S: Into<SegmentId>>(
        mut self,
        segments: impl IntoIterator<Item = S>,
    ) -> Self {
        self.wishes.others.popular_within.extend(segments.into_iter().map(Into::into));
        self
    }

    /// One more recommender, under a name that actions and
    /// [`Engine::recommend`] ask for.
    pub fn recommender(
        mut self,
        name: impl Into<Arc<str>>,
        recommender: impl Into<Recommender>,
    ) -> Self {
        self.wishes.recommenders.push((name.into(), recommender.into()));
        self
    }

    /// The share of decisions in which any action that is worth it may win, so that its
    /// responses become known. From 0 to 1; 0 if not said.
    pub fn exploration(mut self, share: f64) -> Self {
        self.wishes.exploration = share;
        self
    }

    /// How far ahead of the host's clock an event may be; five minutes if not said.
    pub fn skew(mut self, skew: Duration) -> Self {
        self.wishes.skew = skew;
        self
    }

    /// [`Engine::advance`] fits the models anew when they are older than this, and
    /// [refreshes](Engine::refresh) places and clusters that are; only [`Engine::fit`] and
    /// [`Engine::refresh`] do, if not said.
    pub fn refit_after(mut self, staleness: Duration) -> Self {
        self.wishes.staleness = Some(staleness);
        self
    }

    /// Until the next fit, a model from which somebody took back what it cannot forget at once
    /// says nothing of others: what is popular, which follows at once, is answered instead.
    /// If this is not said it goes on, and [receipts](crate::Receipt::late_models) name it.
    ///
    /// Where this engine did not fit its models itself, from what it learned, nobody knows
    /// what they hold; then this is so for all that learn from anybody, once anything is taken
    /// back after they came.
    pub fn strict_forgetting(mut self) -> Self {
        self.wishes.strict = true;
        self
    }

    /// The engine. What the store already holds is read through once: what was learned
    /// from each customer adds up to the statistics. Models, places and clusters are not kept:
    /// call [`advance`](Engine::advance), [`fit`](Engine::fit) and
    /// [`refresh`](Engine::refresh) before the first decision.
    ///
    /// # Errors
    /// Something is configured that cannot work, a [key](Self::proof) that is not the one of
    /// the store included; or the store cannot be read.
    pub fn build(mut self) -> Result<Engine> {
        let setup = Setup::new(std::mem::take(&mut self.wishes))?;
        let engine = self.build_on(Snapshot::of(setup))?;
        *engine.lock_held() = Held::nobody();
        Ok(engine)
    }

    /// An engine with this builder's store that runs on a snapshot, whatever else the
    /// builder was told. What the store already holds is read through once, as by
    /// [`build`](Self::build).
    ///
    /// # Errors
    /// The store cannot be read, or another [key](Self::proof) was used over it.
    pub fn build_on(self, snapshot: Snapshot) -> Result<Engine> {
        let evidence_for = self.evidence_for;
        let proof = self.proof.map(|key| Proof { key, evidence_for });
        let engine =
            Engine::new(self.store, snapshot.into_setup(), self.seal_after, self.workers, proof);
        engine.must_be_the_key()?;
        engine.resume()?;
        Ok(engine)
    }

    /// What an engine of this builder would run on, with models that follow from what was
    /// learned, as of `now`. The store plays no part.
    ///
    /// # Errors
    /// Something is configured that cannot work.
    pub fn snapshot(self, learned: &Statistics, now: Timestamp) -> Result<Snapshot> {
        Ok(Snapshot::of(Setup::new(self.wishes)?.fit(learned, now, self.workers)))
    }
}
