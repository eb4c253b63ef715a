//! Deciding for many customers at once, under volumes.

use hashbrown::HashSet;

use super::commit::Failure;
use super::decide::Answer;
use super::everybody::each_of;
use super::load::{Changes, Loaded, TRIES, too_many};
use super::volume::durable;
use super::{Engine, Setup};
use crate::decide::{Consideration, Decision, Pick, Request, assign};
use crate::error::Result;
use crate::numeric;
use crate::types::Identifier;

/// How many answers are committed together.
const WAVE: usize = 256;

/// What a request of a batch gets before it is told.
#[derive(Debug, Clone, Copy)]
struct Allotted {
    /// The place of the request in the batch.
    request: usize,
    /// The place of the action.
    action: Option<usize>,
    /// Whether a volume was drawn on for it.
    paid: bool,
}

impl Engine {
    /// Decides for many customers at once, under the actions' volumes: each limited
    /// action goes to those for whom it is worth most, exactly as often as it can.
    /// Nothing is left to chance here. The answers are in the order of the requests;
    /// several requests of one customer are answered one after the other, and last of all, one
    /// by one, those that a [household cap](crate::ContactPolicy::household_cap) is on.
    ///
    /// # Errors
    /// The store failed while volumes were read or taken. A request that is not usable
    /// is an error in its own place.
    pub fn decide_all(&self, requests: &[Request]) -> Result<Vec<Result<Decision>>> {
        let setup = &*self.setup();
        let mut answers: Vec<Option<Result<Decision>>> = requests.iter().map(|_| None).collect();
        let (alone, mut pending) = self.apart(setup, requests);
        if setup.limited().next().is_none() {
            while !pending.is_empty() {
                self.decide_freely(setup, requests, &mut pending, &mut answers);
            }
        }
        while !pending.is_empty() {
            let allotted = self.allot(setup, requests, &mut pending, &mut answers)?;
            let decided = self.decide_each(setup, requests, &allotted);
            for (allotted, answer) in allotted.into_iter().zip(decided) {
                let Some(request) = requests.get(allotted.request) else { continue };
                let action = allotted.action.and_then(|place| setup.policy.actions.get(place));
                // A unit that may have been given stays taken.
                let given = match &answer {
                    Ok(decision) => decision.action() == action.map(|ready| ready.action.id()),
                    Err(failure) => failure.open,
                };
                if let (true, Some(place), false) = (allotted.paid, allotted.action, given) {
                    self.give_back(setup, place, 1, request.id())?;
                }
                if let Some(slot) = answers.get_mut(allotted.request) {
                    *slot = Some(answer.map_err(|failure| failure.error));
                }
            }
        }
        for n in alone {
            if let (Some(slot), Some(request)) = (answers.get_mut(n), requests.get(n)) {
                *slot = Some(self.decide_one(setup, request, 0.0));
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// The places of the requests that are answered one by one, for they count for others who
    /// live with the customer too, and those of the others.
    fn apart(&self, setup: &Setup, requests: &[Request]) -> (Vec<usize>, Vec<usize>) {
        let shared: Vec<(usize, &Request)> =
            (0..).zip(requests).filter(|(_, request)| setup.is_shared(request)).collect();
        let mut alone = HashSet::new();
        for wave in shared.chunks(WAVE) {
            let of: Vec<&Identifier> = wave.iter().map(|(_, request)| &request.customer).collect();
            let loaded = wave.iter().zip(self.fetch_all(setup, &of));
            let those = loaded.filter(|((_, request), loaded)| {
                let profile = loaded.as_ref().map(|loaded| &loaded.profile);
                profile.is_ok_and(|profile| setup.full_unseen(request, profile).is_some())
            });
            alone.extend(those.map(|((n, _), _)| *n));
        }
        (0..requests.len()).partition(|n| alone.contains(n))
    }

    /// Answers some of the pending requests, one of each customer, where no action has a
    /// volume: everybody gets what is best.
    fn decide_freely(
        &self,
        setup: &Setup,
        requests: &[Request],
        pending: &mut Vec<usize>,
        answers: &mut [Option<Result<Decision>>],
    ) {
        let rest = pending.split_off(pending.len().min(WAVE));
        let asked = std::mem::replace(pending, rest);
        let asked: Vec<(usize, &Request)> =
            asked.into_iter().filter_map(|n| Some((n, requests.get(n)?))).collect();
        let of: Vec<&Identifier> = asked.iter().map(|(_, request)| &request.customer).collect();
        let (mut customers, mut later) = (HashSet::new(), Vec::new());
        let (mut places, mut wave, mut ready) = (Vec::new(), Vec::new(), Vec::new());
        for ((n, request), loaded) in asked.into_iter().zip(self.fetch_all(setup, &of)) {
            let loaded = request.check().and(loaded);
            let customer = loaded.as_ref().map_or(&request.customer, |l| &l.profile.customer);
            if !customers.insert(customer.clone()) {
                later.push(n);
                continue;
            }
            places.push(n);
            wave.push((request, None));
            ready.push(loaded);
        }
        let decided = self.decide_wave(setup, &wave, ready);
        for (n, answer) in places.into_iter().zip(decided) {
            let answer = answer.map_err(|failure| failure.error);
            if let Some(slot) = answers.get_mut(n) {
                *slot = Some(answer);
            }
        }
        pending.splice(0..0, later);
    }

    /// Takes the first request of each customer out of the pending ones, finds the
    /// action that each gets, and takes what they need from the volumes.
    fn allot(
        &self,
        setup: &Setup,
        requests: &[Request],
        pending: &mut Vec<usize>,
        answers: &mut [Option<Result<Decision>>],
    ) -> Result<Vec<Allotted>> {
        self.retrying(|| {
            let volumes = self.fetch_volumes(setup)?;
            let used_up = |place: usize| volumes.iter().any(|v| v.place == place && v.left() == 0);
            let mut round: Vec<(Identifier, usize, Consideration, Option<usize>)> = Vec::new();
            let (mut customers, mut later) = (HashSet::new(), Vec::new());
            let mut failed = Vec::new();
            let asked: Vec<(usize, &Request)> =
                pending.iter().filter_map(|n| Some((*n, requests.get(*n)?))).collect();
            let of: Vec<&Identifier> = asked.iter().map(|(_, request)| &request.customer).collect();
            for ((n, request), loaded) in asked.into_iter().zip(self.fetch_all(setup, &of)) {
                let loaded = match request.check().and(loaded) {
                    Ok(loaded) => loaded,
                    Err(error) => {
                        failed.push((n, error));
                        continue;
                    }
                };
                let customer = loaded.profile.customer.clone();
                if !customers.insert(customer.clone()) {
                    later.push(n);
                    continue;
                }
                let full = setup.full_unseen(request, &loaded.profile);
                let whole = loaded.whole()?;
                let seen = setup.look(request, &whole, Some(request.id()));
                let not_again = |place: usize| used_up(place) && !setup.gave(&seen.1, place);
                let mut found = setup.known(&seen, &not_again, full).consider(request);
                let given = found.worthy.first().copied().filter(|p| setup.gave(&seen.1, *p));
                if given.is_none() && !seen.1.given.is_empty() {
                    let seen = setup.look(request, &whole, None);
                    found = setup.known(&seen, &used_up, full).consider(request);
                }
                round.push((customer, n, found, given));
            }
            // In the order of customers, so that ties do not hang on the order of asking.
            round.sort_by(|a, b| a.0.cmp(&b.0));
            let wishing = round.iter().filter(|(.., given)| given.is_none());
            let wishes: Vec<&Consideration> = wishing.map(|(_, _, found, _)| found).collect();
            let left = |action| volumes.iter().find(|v| v.place == action).map(|v| v.left());
            let mut picks = assign(&wishes, left).into_iter();
            let allotted: Vec<Allotted> = round
                .iter()
                .map(|(_, request, _, given)| {
                    let action = given.or_else(|| picks.next().flatten());
                    let paid = given.is_none() && action.is_some_and(|a| setup.is_limited(a));
                    Allotted { request: *request, action, paid }
                })
                .collect();
            if !self.pay(setup, requests, &allotted)? {
                return Ok(None);
            }
            for (n, error) in failed {
                answers.get_mut(n).into_iter().for_each(|slot| *slot = Some(Err(error.clone())));
            }
            *pending = later;
            Ok(Some(allotted))
        })
    }

    /// Takes from the volumes what was allotted; false, and nothing taken, when somebody
    /// came in between.
    fn pay(&self, setup: &Setup, requests: &[Request], allotted: &[Allotted]) -> Result<bool> {
        let volumes = self.fetch_volumes(setup)?;
        let mut taken: Vec<(usize, u64, u64)> = Vec::new();
        for volume in &volumes {
            let paid = allotted.iter().filter(|a| a.paid && a.action == Some(volume.place));
            let paid: Vec<u64> =
                paid.filter_map(|a| requests.get(a.request)).map(Request::id).collect();
            if paid.is_empty() {
                continue;
            }
            let (wanted, questions) = (paid.len() as u64, numeric::digest(&paid).low());
            let enough = wanted <= volume.left();
            if !enough || !self.commit(durable(self.take(volume, wanted, questions)?))? {
                for (place, times, questions) in taken {
                    self.give_back(setup, place, times, questions)?;
                }
                return Ok(false);
            }
            taken.push((volume.place, wanted, questions));
        }
        Ok(true)
    }

    /// The answers of a round, in one commit; where somebody came in between, once more by
    /// itself.
    fn decide_each(
        &self,
        setup: &Setup,
        requests: &[Request],
        allotted: &[Allotted],
    ) -> Vec<Result<Decision, Failure>> {
        let asked: Vec<(&Request, Option<usize>)> =
            allotted.iter().filter_map(|a| Some((requests.get(a.request)?, a.action))).collect();
        let waves = asked.chunks(WAVE).flat_map(|wave| {
            let of: Vec<&Identifier> = wave.iter().map(|(request, _)| &request.customer).collect();
            self.decide_wave(setup, wave, self.fetch_all(setup, &of))
        });
        waves.collect()
    }

    /// The answers of different customers, in one commit; where somebody came in between,
    /// once more by itself.
    fn decide_wave(
        &self,
        setup: &Setup,
        wave: &[(&Request, Option<usize>)],
        loaded: Vec<Result<Box<Loaded>>>,
    ) -> Vec<Result<Decision, Failure>> {
        let answer = |((request, action), loaded): (&(&Request, _), Result<Box<Loaded>>)| {
            let answer = loaded
                .and_then(|mut loaded| self.answer_as(setup, request, *action, &mut loaded))
                .map(|answer| (answer.decision, answer.changes));
            match answer {
                Ok((decision, change)) => (Ok(decision), change),
                Err(error) => (Err(error), Changes::none()),
            }
        };
        let asked = wave.iter().zip(loaded).collect();
        let (answers, changes): (Vec<_>, Vec<_>) =
            each_of(asked, self.workers, &answer).into_iter().unzip();
        let outcomes = self.commit_all(changes);
        let each = wave.iter().zip(answers).zip(outcomes);
        let each = each.map(|(((request, action), answer), outcome)| match (answer, outcome) {
            (Err(error), _) => Err(Failure { error, open: false }),
            (Ok(decision), Ok(true)) => Ok(decision),
            (Ok(_), Ok(false)) => self.decide_as(setup, request, *action),
            (Ok(_), Err(failure)) => Err(failure),
        });
        each.collect()
    }

    /// One answer of a batch, by itself.
    fn decide_as(
        &self,
        setup: &Setup,
        request: &Request,
        action: Option<usize>,
    ) -> Result<Decision, Failure> {
        let closed = |error| Failure { error, open: false };
        for _ in 0..TRIES {
            let mut loaded = self.fetch_whole(setup, &request.customer).map_err(closed)?;
            let answer = self.answer_as(setup, request, action, &mut loaded).map_err(closed)?;
            if self.try_commit(answer.changes)? {
                return Ok(answer.decision);
            }
        }
        Err(closed(too_many()))
    }

    /// The answer with the action that was allotted, if it still may be given.
    fn answer_as(
        &self,
        setup: &Setup,
        request: &Request,
        action: Option<usize>,
        loaded: &mut Loaded,
    ) -> Result<Answer> {
        // A limited action is only for those to whom it was allotted.
        let used_up = |place: usize| setup.is_limited(place) && Some(place) != action;
        let pick = |found: &Consideration| {
            let allotted = action.filter(|place| found.worthy.contains(place));
            let place = allotted.or_else(|| found.worthy.first().copied());
            Pick { place, probability: 1.0 }
        };
        // Somebody may have moved in since the requests were told apart.
        let full = setup.full_unseen(request, &loaded.profile);
        self.answer(setup, request, loaded, &used_up, &move |_| full, &pick)
    }
}
