//! Deciding for one customer.

use super::household::Full;
use super::load::{Changes, Loaded};
use super::record::Touched;
use super::volume::Volume;
use super::{Engine, Setup};
use crate::decide::{Consideration, Decision, Known, Pick, Request};
use crate::error::Result;
use crate::profile::{Contact, Profile, Use, What};
use crate::store::Stored;
use crate::types::{DataCategory, Purpose};
use crate::view::{Facts, View, Visit};

/// An answer, and what it changes.
pub(super) struct Answer {
    pub(super) decision: Decision,
    pub(super) changes: Changes,
    /// The place of the action that was chosen, if its volume pays for it.
    pub(super) pays: Option<usize>,
}

impl Engine {
    /// The next best action for a customer, who may be a stranger: it always comes, be
    /// it to do nothing, and says why. A contact that is decided counts towards the caps
    /// from now on; tell with [`Reply::NotSent`](crate::Reply) if it was not made.
    ///
    /// The same question asked again, with nothing changed, has the same answer, byte
    /// for byte, and counts once.
    ///
    /// # Errors
    /// The request is not usable, or the store failed.
    pub fn decide(&self, request: &Request) -> Result<Decision> {
        let setup = &*self.setup();
        self.decide_one(setup, request, setup.policy.exploration)
    }

    /// Decides, leaving this share to chance.
    pub(super) fn decide_one(
        &self,
        setup: &Setup,
        request: &Request,
        exploration: f64,
    ) -> Result<Decision> {
        request.check()?;
        self.retrying(|| {
            let mut loaded = self.fetch_whole(setup, &request.customer)?;
            let volumes = self.fetch_volumes(setup)?;
            let homes = self.fetch_homes(setup, request, &loaded.profile)?;
            let full = |question: Option<u64>| setup.full(&homes, request, question);
            let answer =
                self.answer_under(setup, request, &mut loaded, &volumes, &full, exploration)?;
            let counts = !answer.changes.batches.is_empty();
            if counts && !self.note_at(setup, &homes, request)? {
                return Ok(None);
            }
            let taken = match paid_by(&answer, &volumes) {
                Some(volume) => self.take_one(volume, request),
                None => Ok(true),
            };
            if !matches!(taken, Ok(true)) {
                self.take_back(&homes, request)?;
                return taken.map(|_| None);
            }
            let committed = self.try_commit(answer.changes);
            // A unit that may have been given stays taken.
            let given = match &committed {
                Ok(committed) => *committed,
                Err(failure) => failure.open,
            };
            if let (Some(place), false) = (answer.pays, given) {
                self.give_back(setup, place, 1, request.id())?;
            }
            if counts && !given {
                self.take_back(&homes, request)?;
            }
            let committed = committed.map_err(|failure| failure.error)?;
            Ok(committed.then_some(answer.decision))
        })
    }

    /// What [`decide`](Self::decide) would say, without the contact being counted.
    ///
    /// # Errors
    /// The request is not usable, or the store failed.
    pub fn preview(&self, request: &Request) -> Result<Decision> {
        let setup = &*self.setup();
        self.preview_under(setup, request, setup.policy.exploration)
    }

    /// The same, leaving this share to chance.
    pub(super) fn preview_under(
        &self,
        setup: &Setup,
        request: &Request,
        exploration: f64,
    ) -> Result<Decision> {
        request.check()?;
        let mut loaded = self.fetch_whole(setup, &request.customer)?;
        let volumes = self.fetch_volumes(setup)?;
        let homes = self.fetch_homes(setup, request, &loaded.profile)?;
        let full = |question: Option<u64>| setup.full(&homes, request, question);
        let answer =
            self.answer_under(setup, request, &mut loaded, &volumes, &full, exploration)?;
        Ok(answer.decision)
    }

    /// The pure middle of [`decide`](Self::decide), for hosts that load and commit by
    /// themselves. `volumes` is what was found under
    /// [`volume_keys`](Self::volume_keys), in their order.
    ///
    /// An action with a volume has a first batch that takes a unit of it. At a conflict
    /// in the second, the unit is lost, unless the host puts back what it found.
    ///
    /// One loaded customer does not tell how often others were reached: who lives with them
    /// is never reached here under a
    /// [household cap](crate::ContactPolicy::household_cap). Ask [`decide`](Self::decide).
    ///
    /// # Errors
    /// The request is not usable, or what was loaded does not fit.
    pub fn decide_loaded(
        &self,
        request: &Request,
        mut loaded: Box<Loaded>,
        volumes: &[Option<Stored>],
    ) -> Result<(Decision, Changes)> {
        request.check()?;
        let setup = &*self.setup();
        loaded.must_be(setup, &request.customer)?;
        let volumes = setup.volumes(volumes)?;
        let full = setup.full_unseen(request, &loaded.profile);
        let (full, exploration) = (move |_: Option<u64>| full, setup.policy.exploration);
        let mut answer =
            self.answer_under(setup, request, &mut loaded, &volumes, &full, exploration)?;
        if let Some(volume) = paid_by(&answer, &volumes) {
            answer.changes.batches.insert(0, self.take(volume, 1, request.id())?);
        }
        Ok((answer.decision, answer.changes))
    }

    /// The answer under what is left of the volumes.
    fn answer_under(
        &self,
        setup: &Setup,
        request: &Request,
        loaded: &mut Loaded,
        volumes: &[Volume],
        full: Full<'_>,
        exploration: f64,
    ) -> Result<Answer> {
        let used_up = |place: usize| volumes.iter().any(|v| v.place == place && v.left() == 0);
        let pick = |found: &Consideration| found.pick(request, exploration);
        self.answer(setup, request, loaded, &used_up, full, &pick)
    }

    /// Answers a request. What the same question was answered with before does not stand
    /// in its own way; but if the answer is another one now, it counts like any other.
    pub(super) fn answer(
        &self,
        setup: &Setup,
        request: &Request,
        loaded: &mut Loaded,
        used_up: &dyn Fn(usize) -> bool,
        full: Full<'_>,
        pick: &dyn Fn(&Consideration) -> Pick,
    ) -> Result<Answer> {
        let whole = loaded.whole()?;
        let answer = |question: Option<u64>| {
            let seen = setup.look(request, &whole, question);
            let used_up = |place: usize| used_up(place) && !setup.gave(&seen.1, place);
            let known = setup.known(&seen, &used_up, full(question));
            let consideration = known.consider(request);
            let pick = pick(&consideration);
            let again = pick.place.is_some_and(|place| setup.gave(&seen.1, place));
            let anew = !again && !seen.1.given.is_empty();
            (known.conclude(request, &consideration, pick), pick, again, anew)
        };
        let (mut decision, mut pick, again, anew) = answer(Some(request.id()));
        if again {
            return Ok(Answer { decision, changes: Changes::none(), pays: None });
        }
        if anew {
            (decision, pick, ..) = answer(None);
        }
        let limited = pick.place.filter(|place| setup.is_limited(*place));
        let id = whole.contacts.fresh(request.id());
        drop(whole);
        let contact = (id, limited.is_some());
        let changes = self.contact(setup, request, &decision, contact, loaded)?;
        Ok(Answer { decision, changes, pays: limited })
    }

    /// Counts the contact of an id: where the host reaches out, and for what there is not enough
    /// of, always; otherwise only where the customer lets responses be kept.
    fn contact(
        &self,
        setup: &Setup,
        request: &Request,
        decision: &Decision,
        (id, limited): (u64, bool),
        loaded: &mut Loaded,
    ) -> Result<Changes> {
        let Some(action) = decision.action() else { return Ok(Changes::none()) };
        let customer = setup.identity.normal(&request.customer);
        if setup.identity.refuses(&customer) {
            // Nobody is meant, and nothing is kept of nobody.
            return Ok(Changes::none());
        }
        if loaded.version.is_none() && self.is_erased(&customer, request.now)? {
            // The question is older than the erasure; so nothing of the answer is kept.
            return Ok(Changes::none());
        }
        let profile = &mut loaded.profile;
        let kept = profile.choices.kept(&setup.privacy, request.now);
        let responses = setup.privacy.number(&DataCategory::Responses);
        let essential = limited || request.channel.reaches_out();
        if !essential && !responses.is_some_and(|number| kept.has(number)) {
            return Ok(Changes::none());
        }
        let contact = Contact {
            at: request.now.as_millis(),
            id,
            channel: profile.names.intern(request.channel.name()),
            action: profile.names.intern(action.as_str()),
            what: What::Made,
            under: profile.log(&customer),
        };
        profile.contacts.add(contact);
        for category in decision.receipt().used() {
            let (action, channel) = (action.clone(), request.channel.clone());
            profile.uses.note(category, Use { at: request.now, action, channel });
        }
        let touched = setup.seen_by(profile, setup.policy.responses, request.now);
        let touched = Touched { essential, ..touched };
        self.changes(setup, request.now, loaded, touched)
    }
}

impl Setup {
    /// Whether this question was answered with the action of a place before.
    pub(super) fn gave(&self, facts: &Facts, place: usize) -> bool {
        let action = self.policy.actions.get(place).map(|ready| ready.action.id());
        action.is_some_and(|action| facts.given.contains(action))
    }

    /// What is seen of a customer for a request.
    pub(super) fn look(
        &self,
        request: &Request,
        profile: &Profile,
        question: Option<u64>,
    ) -> (View, Facts) {
        let visit = Visit { session: request.session.as_ref(), question, ledger: false };
        let view = self.gate().open(profile, Purpose::Personalisation, request.now, visit);
        (view, Facts::of(profile, &self.privacy, request.now, question))
    }

    pub(super) fn known<'a>(
        &'a self,
        (view, facts): &'a (View, Facts),
        used_up: &'a dyn Fn(usize) -> bool,
        full: Option<u32>,
    ) -> Known<'a> {
        let Self { policy, models, catalog, privacy, .. } = self;
        Known { policy, models, catalog, privacy, view, facts, used_up, full }
    }
}

fn paid_by<'a>(answer: &Answer, volumes: &'a [Volume]) -> Option<&'a Volume> {
    volumes.iter().find(|volume| Some(volume.place) == answer.pays)
}
