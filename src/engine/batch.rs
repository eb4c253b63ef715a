//! Deciding for many customers at once, under volumes.

use hashbrown::HashSet;

use super::load::Failure;
use super::volume::durable;
use super::{Engine, Setup};
use crate::decide::{Consideration, Decision, Pick, Request, assign};
use crate::error::Result;
use crate::numeric;
use crate::types::Identifier;

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
    /// several requests of one customer are answered one after the other.
    ///
    /// # Errors
    /// The store failed while volumes were read or taken. A request that is not usable
    /// is an error in its own place.
    pub fn decide_all(&self, requests: &[Request]) -> Result<Vec<Result<Decision>>> {
        let setup = &*self.setup();
        let mut answers: Vec<Option<Result<Decision>>> = requests.iter().map(|_| None).collect();
        let mut pending: Vec<usize> = (0..requests.len()).collect();
        while !pending.is_empty() {
            let allotted = self.allot(setup, requests, &mut pending, &mut answers)?;
            for allotted in allotted {
                let Some(request) = requests.get(allotted.request) else { continue };
                let answer = self.decide_as(setup, request, allotted.action);
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
        Ok(answers.into_iter().flatten().collect())
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
            for (n, request) in pending.iter().filter_map(|n| Some((*n, requests.get(*n)?))) {
                let loaded =
                    match request.check().and_then(|()| self.fetch(setup, &request.customer)) {
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
                let seen = setup.look(request, &loaded, Some(request.id()));
                let not_again = |place: usize| used_up(place) && !setup.gave(&seen.1, place);
                let mut found = setup.known(&seen, &not_again).consider(request);
                let given = found.worthy.first().copied().filter(|p| setup.gave(&seen.1, *p));
                if given.is_none() && !seen.1.given.is_empty() {
                    let seen = setup.look(request, &loaded, None);
                    found = setup.known(&seen, &used_up).consider(request);
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

    /// One answer of a batch: the action it was allotted, if it still may have it.
    fn decide_as(
        &self,
        setup: &Setup,
        request: &Request,
        action: Option<usize>,
    ) -> Result<Decision, Failure> {
        let closed = |error| Failure { error, open: false };
        loop {
            let mut loaded = self.fetch(setup, &request.customer).map_err(closed)?;
            // A limited action is only for those to whom it was allotted.
            let used_up = |place: usize| setup.is_limited(place) && Some(place) != action;
            let pick = |found: &Consideration| {
                let allotted = action.filter(|place| found.worthy.contains(place));
                let place = allotted.or_else(|| found.worthy.first().copied());
                Pick { place, probability: 1.0 }
            };
            let answer =
                self.answer(setup, request, &mut loaded, &used_up, &pick).map_err(closed)?;
            if self.try_commit(answer.changes)? {
                return Ok(answer.decision);
            }
        }
    }
}
