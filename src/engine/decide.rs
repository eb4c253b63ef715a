//! Deciding: for one, and for many at once.

use super::Engine;
use super::load::{Changes, Loaded, one, volume_key};
use crate::decide::{Consideration, Decision, Known, Models, Pick, Request, assign};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Contact, What};
use crate::store::{Batch, Entry, Stored, decode, encode_spent};
use crate::types::{DataCategory, Purpose};
use crate::view::{Facts, View};

/// How much of an action's volume was given, with the version that was read.
#[derive(Debug, Clone, Copy)]
struct Volume {
    place: usize,
    most: u64,
    spent: u64,
    version: Option<u64>,
}

impl Volume {
    fn left(&self) -> u64 {
        self.most.saturating_sub(self.spent)
    }
}

impl Engine {
    /// The next best action for a customer, who may be a stranger: it always comes, be
    /// it to do nothing, and says why. A contact that is decided counts towards the caps
    /// from now on; tell with [`Reply::NotSent`](crate::Reply) if it was not made.
    ///
    /// # Errors
    /// The request is not usable, or the store failed.
    pub fn decide(&self, request: &Request) -> Result<Decision> {
        request.check()?;
        self.retrying(|| {
            let loaded = self.fetch(&request.customer)?;
            let volumes = self.volumes(&self.store.read(&self.volume_keys())?)?;
            let (decision, changes) = self.decide_checked(request, loaded, &volumes)?;
            Ok(self.commit(changes)?.then_some(decision))
        })
    }

    /// What [`decide`](Self::decide) would say, without the contact being counted.
    ///
    /// # Errors
    /// The request is not usable, or the store failed.
    pub fn preview(&self, request: &Request) -> Result<Decision> {
        request.check()?;
        let loaded = self.fetch(&request.customer)?;
        let volumes = self.volumes(&self.store.read(&self.volume_keys())?)?;
        Ok(self.decide_checked(request, loaded, &volumes)?.0)
    }

    /// The pure middle of [`decide`](Self::decide), for hosts that load and commit by
    /// themselves. `volumes` is what was found under
    /// [`volume_keys`](Self::volume_keys), in their order.
    ///
    /// # Errors
    /// The request is not usable, or what was loaded does not fit.
    pub fn decide_loaded(
        &self,
        request: &Request,
        loaded: Box<Loaded>,
        volumes: &[Option<Stored>],
    ) -> Result<(Decision, Changes)> {
        request.check()?;
        let volumes = self.volumes(volumes)?;
        self.decide_checked(request, loaded, &volumes)
    }

    fn decide_checked(
        &self,
        request: &Request,
        mut loaded: Box<Loaded>,
        volumes: &[Volume],
    ) -> Result<(Decision, Changes)> {
        let models = self.current_models();
        let seen = self.look(request, &loaded);
        let used_up = |place: usize| volumes.iter().any(|v| v.place == place && v.left() == 0);
        let known = self.known(&models, &seen, &used_up);
        let consideration = known.consider(request);
        let pick = consideration.pick(request, self.policy.exploration);
        let decision = known.conclude(request, &consideration, pick);
        let mut changes = self.contact(request, &decision, &mut loaded)?;
        let volume = volumes.iter().find(|volume| Some(volume.place) == pick.place);
        if let Some(volume) = volume {
            changes.batches.insert(0, self.spend(volume, 1)?);
        }
        Ok((decision, changes))
    }

    /// Decides for many customers at once, under the actions' volumes: each limited
    /// action goes to those for whom it is worth most, exactly as often as it can.
    /// Nothing is left to chance here. The answers are in the order of the requests.
    ///
    /// # Errors
    /// The store failed while volumes were read or taken. A request that is not usable
    /// is an error in its own place.
    pub fn decide_all(&self, requests: &[Request]) -> Result<Vec<Result<Decision>>> {
        let mut allotted = self.allot(requests)?;
        let mut answers = Vec::with_capacity(requests.len());
        for (request, place) in requests.iter().zip(&mut allotted) {
            answers.push(match place {
                Err(error) => Err(error.clone()),
                Ok(place) => self.decide_as(request, *place),
            });
        }
        self.give_back(&allotted, &answers)?;
        Ok(answers)
    }

    /// Finds for each request the action that it gets, and takes what they need from
    /// the volumes.
    fn allot(&self, requests: &[Request]) -> Result<Vec<Result<Option<usize>>>> {
        self.retrying(|| {
            let volumes = self.volumes(&self.store.read(&self.volume_keys())?)?;
            let models = self.current_models();
            let used_up = |place: usize| volumes.iter().any(|v| v.place == place && v.left() == 0);
            let considered: Vec<Result<Consideration>> = requests
                .iter()
                .map(|request| {
                    request.check()?;
                    let loaded = self.fetch(&request.customer)?;
                    let seen = self.look(request, &loaded);
                    Ok(self.known(&models, &seen, &used_up).consider(request))
                })
                .collect();
            // In the order of customers, so that ties do not hang on the order of asking.
            let mut order: Vec<usize> = (0..requests.len()).collect();
            order.sort_by_key(|n| requests.get(*n).map(|request| &request.customer));
            let usable = |n: &usize| considered.get(*n)?.as_ref().ok().map(|c| (*n, c));
            let (places, wishes): (Vec<usize>, Vec<&Consideration>) =
                order.iter().filter_map(usable).unzip();
            let left = |action| volumes.iter().find(|v| v.place == action).map(Volume::left);
            let picks = assign(&wishes, left);
            let mut allotted: Vec<Result<Option<usize>>> =
                considered.iter().map(|c| c.as_ref().map(|_| None).map_err(Error::clone)).collect();
            for (place, pick) in places.iter().zip(&picks) {
                if let Some(answer) = allotted.get_mut(*place) {
                    *answer = Ok(*pick);
                }
            }
            Ok(self.take(&volumes, &picks)?.then_some(allotted))
        })
    }

    /// Takes from the volumes what the picks need; false when somebody came in between.
    /// What was taken by then stays taken: a volume may be left over, never overdrawn.
    fn take(&self, volumes: &[Volume], picks: &[Option<usize>]) -> Result<bool> {
        for volume in volumes {
            let wanted = picks.iter().filter(|pick| **pick == Some(volume.place)).count() as u64;
            if wanted > 0 {
                let batches = vec![self.spend(volume, wanted)?];
                if !self.commit(Changes { batches, ..Changes::none() })? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// One answer of a batch: the action it was allotted, if it still may have it.
    fn decide_as(&self, request: &Request, place: Option<usize>) -> Result<Decision> {
        self.retrying(|| {
            let mut loaded = self.fetch(&request.customer)?;
            let models = self.current_models();
            let seen = self.look(request, &loaded);
            let limited: Vec<usize> = self.limited().map(|(limited, _)| limited).collect();
            // A limited action is only for those to whom it was allotted.
            let used_up = |other: usize| limited.contains(&other) && Some(other) != place;
            let known = self.known(&models, &seen, &used_up);
            let consideration = known.consider(request);
            let place = place.filter(|place| consideration.worthy.contains(place));
            let place = place.or_else(|| consideration.worthy.first().copied());
            let pick = Pick { place, probability: 1.0 };
            let decision = known.conclude(request, &consideration, pick);
            let changes = self.contact(request, &decision, &mut loaded)?;
            Ok(self.commit(changes)?.then_some(decision))
        })
    }

    /// Puts back what was allotted and, for somebody's change of mind in between or a
    /// fault, not used.
    fn give_back(
        &self,
        allotted: &[Result<Option<usize>>],
        answers: &[Result<Decision>],
    ) -> Result<()> {
        let limited: Vec<usize> = self.limited().map(|(place, _)| place).collect();
        for place in limited {
            let id = self.policy.actions.get(place).map(|ready| ready.action.id());
            let unused = allotted.iter().zip(answers).filter(|(allotted, answer)| {
                let got = answer.as_ref().ok().and_then(Decision::action);
                matches!(allotted, Ok(Some(other)) if *other == place) && got != id
            });
            let unused = unused.count() as u64;
            if unused > 0 {
                self.retrying(|| {
                    let volumes = self.volumes(&self.store.read(&self.volume_keys())?)?;
                    let Some(volume) = volumes.iter().find(|v| v.place == place) else {
                        return Ok(Some(()));
                    };
                    let spent = volume.spent.saturating_sub(unused);
                    let batches = vec![self.set_spent(volume, spent)?];
                    Ok(self.commit(Changes { batches, ..Changes::none() })?.then_some(()))
                })?;
            }
        }
        Ok(())
    }

    /// What is seen of a customer for a request.
    fn look(&self, request: &Request, loaded: &Loaded) -> (View, Facts) {
        let session = request.session.as_ref();
        let purpose = Purpose::Personalisation;
        let view = self.gate().open(&loaded.profile, purpose, request.now, session);
        // The contact that this very question made before is not held against it.
        let facts = Facts::of(&loaded.profile, &self.privacy, request.now, request.id());
        (view, facts)
    }

    fn known<'a>(
        &'a self,
        models: &'a Models,
        (view, facts): &'a (View, Facts),
        used_up: &'a dyn Fn(usize) -> bool,
    ) -> Known<'a> {
        let (policy, catalog, privacy) = (&self.policy, &*self.catalog, &self.privacy);
        Known { policy, models, catalog, privacy, view, facts, used_up }
    }

    /// Counts the contact: always where the host reaches out; elsewhere only where the
    /// customer lets responses be kept.
    fn contact(
        &self,
        request: &Request,
        decision: &Decision,
        loaded: &mut Loaded,
    ) -> Result<Changes> {
        let mut changes = Changes::none();
        let Some(action) = decision.action() else {
            return Ok(changes);
        };
        let kept = loaded.profile.choices.kept(&self.privacy, request.now);
        let responses = self.privacy.number(&DataCategory::Responses);
        if !request.channel.reaches_out() && !responses.is_some_and(|number| kept.has(number)) {
            return Ok(changes);
        }
        let contact = Contact {
            at: request.now.as_millis(),
            id: request.id(),
            channel: loaded.profile.names.intern(request.channel.name()),
            action: loaded.profile.names.intern(action.as_str()),
            what: What::Made,
        };
        if loaded.profile.contacts.add(contact) {
            changes = self.changes(request.now, loaded, false)?;
        }
        Ok(changes)
    }

    fn volumes(&self, found: &[Option<Stored>]) -> Result<Vec<Volume>> {
        let limited: Vec<usize> = self.limited().map(|(place, _)| place).collect();
        if limited.len() != found.len() {
            return Err(Error::input("volumes", "expected what was found under each volume key"));
        }
        let read = |(place, found): (usize, &Option<Stored>)| {
            let most = self.policy.actions.get(place).and_then(|ready| ready.action.volume);
            let most = most.unwrap_or(u64::MAX);
            let Some(stored) = found else {
                return Ok(Volume { place, most, spent: 0, version: None });
            };
            match decode(&stored.bytes)? {
                Entry::Spent(spent) => {
                    Ok(Volume { place, most, spent, version: Some(stored.version) })
                }
                _ => Err(Error::new(ErrorKind::Corrupt, "a key holds something else")),
            }
        };
        limited.into_iter().zip(found).map(read).collect()
    }

    fn spend(&self, volume: &Volume, times: u64) -> Result<Batch> {
        self.set_spent(volume, volume.spent.saturating_add(times))
    }

    fn set_spent(&self, volume: &Volume, spent: u64) -> Result<Batch> {
        let action = self.policy.actions.get(volume.place).map(|ready| ready.action.id());
        let key = action.map(volume_key).ok_or_else(|| Error::configuration("no such action"))?;
        Ok(one(key, volume.version, Some(encode_spent(spent)?)))
    }
}
