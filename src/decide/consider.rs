//! One pass over the actions: what stands in the way of each, and what each is worth.

use super::action::Treatment;
use super::expect::{Expectations, Expected};
use super::models::Models;
use super::policy::{Policy, Ready};
use super::receipt::Score;
use super::request::Request;
use crate::catalog::Catalog;
use crate::consent::{Categories, PrivacyPolicy};
use crate::numeric::Draws;
use crate::reason::Obstacle;
use crate::rule::Truth;
use crate::types::{Purpose, SegmentId, Timestamp};
use crate::view::{Facts, View};

/// All that a decision is taken from.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) models: &'a Models,
    pub(crate) catalog: &'a Catalog,
    pub(crate) privacy: &'a PrivacyPolicy,
    pub(crate) view: &'a View,
    pub(crate) facts: &'a Facts,
    /// Whether an action's volume is used up, by its place.
    pub(crate) used_up: &'a dyn Fn(usize) -> bool,
    /// The cap that the customer's household has reached, if it has.
    pub(crate) full: Option<u32>,
}

/// What came of looking at every action.
#[derive(Debug)]
pub(crate) struct Consideration {
    /// By the action's place.
    pub(crate) findings: Vec<Finding>,
    /// The places of the actions that are worth more than doing nothing, best first.
    pub(crate) worthy: Vec<usize>,
    pub(crate) used: Used,
    /// The segment within which what is popular goes before the rest.
    pub(crate) group: Option<SegmentId>,
}

/// What was read of the customer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) categories: Categories,
    pub(crate) session: bool,
}

/// What was found about one action.
#[derive(Debug, Clone)]
pub(crate) enum Finding {
    Refused(Obstacle),
    Scored(Scored),
}

#[derive(Debug, Clone)]
pub(crate) struct Scored {
    pub(crate) score: Score,
    pub(crate) affinity: Option<f64>,
    pub(crate) own: Option<f64>,
    /// Which of the action's context weights applied.
    pub(crate) weights: u64,
}

/// An action as one finds it: what it is worth depends on what the customer allows.
struct Factors {
    expected: Expected,
    context: f64,
    weights: u64,
}

impl Known<'_> {
    /// Looks at every action for a request.
    pub(crate) fn consider(self, request: &Request) -> Consideration {
        let slots = self.policy.program.fill(self.view, &self.models.population);
        let contact = self.policy.contact.obstacle(self.facts, request, self.full);
        let expectations = Expectations::new(self.models, self.view);
        let mut used = Used::default();
        let mut worthy: Vec<(usize, f64)> = Vec::new();
        let mut findings = Vec::with_capacity(self.policy.actions.len());
        for (place, ready) in self.policy.actions.iter().enumerate() {
            let finding = match self.admit(place, ready, request, contact.as_ref()) {
                Err(obstacle) => Finding::Refused(obstacle),
                Ok(treatment) => match self.eligible(ready, &slots, &mut used) {
                    Err(obstacle) => Finding::Refused(obstacle),
                    Ok(()) => {
                        let factors =
                            self.factors(ready, expectations.of(place, ready), &slots, &mut used);
                        let (scored, worth) = self.score(ready, treatment, &factors);
                        if worth > 0.0 {
                            worthy.push((place, scored.score.net));
                        }
                        Finding::Scored(scored)
                    }
                },
            };
            findings.push(finding);
        }
        // Places follow the order of ids.
        worthy.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let worthy = worthy.into_iter().map(|(place, _)| place).collect();
        let group = self.models.group(self.policy, &slots);
        Consideration { findings, worthy, used, group }
    }

    /// Whether an action can be shown here and now, and may be.
    fn admit<'r>(
        self,
        place: usize,
        ready: &'r Ready,
        request: &Request,
        contact: Option<&Obstacle>,
    ) -> Result<&'r Treatment, Obstacle> {
        let action = &ready.action;
        let fits = |t: &&Treatment| t.fits(&request.channel, request.placement.as_ref());
        let treatment = action.treatments.iter().find(fits).ok_or(Obstacle::NoTreatment)?;
        let on = action.from.unwrap_or(Timestamp::MIN) <= request.now
            && request.now < action.until.unwrap_or(Timestamp::MAX);
        if !on {
            return Err(Obstacle::NotNow);
        }
        if !ready.stocked {
            return Err(Obstacle::NothingToOffer);
        }
        if action.volume.is_some() && (self.used_up)(place) {
            return Err(Obstacle::UsedUp);
        }
        if let Some(obstacle) = contact {
            return Err(obstacle.clone());
        }
        if let Some(purpose) = action.needs.iter().find(|purpose| !self.facts.allows(purpose)) {
            return Err(Obstacle::Consent(purpose.clone()));
        }
        if let Some(topic) = &action.topic
            && self.facts.unsubscribed(topic, &request.channel)
        {
            return Err(Obstacle::Unsubscribed(topic.clone()));
        }
        if self.policy.contact.rests(self.facts, &action.id, request.now) {
            return Err(Obstacle::Declined);
        }
        Ok(treatment)
    }

    fn eligible(self, ready: &Ready, slots: &[i64], used: &mut Used) -> Result<(), Obstacle> {
        self.note(used, ready.rule);
        let truth = self.policy.program.truth(ready.rule, slots);
        if truth == Truth::True {
            return Ok(());
        }
        let words = match self.view.permit().lets_say(ready.rule.needs) {
            true => self.policy.program.obstacle(ready.rule, slots).unwrap_or_default(),
            false => NOT_SAID.into(),
        };
        Err(match truth {
            Truth::Unknown => Obstacle::NotAllowed(words),
            _ => Obstacle::Rule(words),
        })
    }

    pub(super) fn note(self, used: &mut Used, rule: crate::rule::Rule) {
        let seen = rule.needs.and(self.view.permit().categories());
        used.categories = used.categories.or(seen);
        used.session |= rule.reads_session && self.view.session().is_some();
    }

    /// What the customer allows to be known moves the score by these factors.
    fn factors(self, ready: &Ready, expected: Expected, slots: &[i64], used: &mut Used) -> Factors {
        let mut factors = Factors { expected, context: 1.0, weights: 0 };
        for (n, (rule, factor)) in ready.weights.iter().enumerate() {
            self.note(used, *rule);
            if self.policy.program.truth(*rule, slots) == Truth::True {
                factors.context = (factors.context * factor).min(MOST_CONTEXT);
                factors.weights |= 1u64.checked_shl(n as u32).unwrap_or(0);
            }
        }
        if ready.about.is_some() && self.view.allows(self.policy.purchases) {
            used.categories = used.categories.or(self.policy.purchases);
        }
        if self.view.allows(self.policy.responses) {
            used.categories = used.categories.or(self.policy.responses);
        }
        factors
    }

    /// The score, and whether it is worth more than doing nothing.
    ///
    /// What is known of a customer can make an action worth its contact, and reorders
    /// those that are; it never silences one that strangers get. So doing nothing is
    /// held against the factors that raise the score alone, and allowing less never
    /// adds a contact (law 9). Silence is what the essential facts are for.
    fn score(self, ready: &Ready, treatment: &Treatment, factors: &Factors) -> (Scored, f64) {
        let action = &ready.action;
        let propensity = factors.expected.propensity();
        let net = propensity * action.value * factors.context * action.lever - treatment.cost;
        let context = self.raised(ready, factors);
        let worth =
            factors.expected.raised() * action.value * context * action.lever - treatment.cost;
        let score = Score {
            propensity,
            value: action.value,
            context: factors.context,
            lever: action.lever,
            cost: treatment.cost,
            net,
        };
        let scored = Scored {
            score,
            affinity: factors.expected.affinity,
            own: factors.expected.own,
            weights: factors.weights,
        };
        (scored, worth)
    }

    /// The product of the context weights that raise the score.
    fn raised(self, ready: &Ready, factors: &Factors) -> f64 {
        ready
            .weights
            .iter()
            .enumerate()
            .filter(|(n, _)| factors.weights >> n & 1 == 1)
            .fold(1.0, |product: f64, (_, (_, factor))| {
                (product * factor.max(1.0)).min(MOST_CONTEXT)
            })
    }
}

/// What stands in the place of a test that is not said aloud.
const NOT_SAID: &str = "a test that is not said";

/// Where the product of context weights is cut off, so that scores stay finite.
const MOST_CONTEXT: f64 = 1e12;

/// Which action is taken, and with what probability the policy takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pick {
    pub(crate) place: Option<usize>,
    pub(crate) probability: f64,
}

impl Consideration {
    /// The best of what is worth it or, at the rate of exploration, any of it.
    pub(crate) fn pick(&self, request: &Request, exploration: f64) -> Pick {
        let Some(best) = self.worthy.first().copied() else {
            return Pick { place: None, probability: 1.0 };
        };
        let each = exploration / self.worthy.len() as f64;
        let mut draws = Draws::new(request.seed, &[b"explore", &request.id().to_le_bytes()]);
        let place = if exploration > 0.0 && draws.unit() < exploration {
            self.worthy.get(draws.below(self.worthy.len())).copied().unwrap_or(best)
        } else {
            best
        };
        let greedy = if place == best { 1.0 - exploration } else { 0.0 };
        Pick { place: Some(place), probability: greedy + each }
    }

    /// The score of a place, for those that have one.
    pub(crate) fn net(&self, place: usize) -> f64 {
        match self.findings.get(place) {
            Some(Finding::Scored(scored)) => scored.score.net,
            _ => f64::NEG_INFINITY,
        }
    }
}

impl Known<'_> {
    /// The purposes that a decision for this request stands on.
    pub(crate) fn purposes(self, request: &Request, used: Used) -> Vec<Purpose> {
        let mut purposes = Vec::new();
        if used.session {
            purposes.push(Purpose::Contextual);
        }
        if !used.categories.is_empty() {
            purposes.push(self.view.purpose().clone());
        }
        if request.channel.reaches_out() && self.facts.allows(&Purpose::DirectMarketing) {
            purposes.push(Purpose::DirectMarketing);
        }
        purposes
    }
}
