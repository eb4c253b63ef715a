//! The probability that an offer is accepted when it is shown: the host's prior, moved
//! by what everybody answered who lets others learn, then by the customer's own answers.
//!
//! `general = (rate * weight + accepted) / (weight + shown)`, the mean of a Beta prior
//! after so many answers; the customer's own answers move `general` the same way, with
//! a weight of their own.

use serde::{Deserialize, Serialize};

use crate::learn::{Contribution, Statistics};
use crate::types::ActionId;
use crate::view::Answers;

/// What is believed before anybody answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prior {
    pub(crate) rate: f64,
    /// In shown offers.
    pub(crate) weight: f64,
}

/// How many shown offers the belief about everybody weighs against one's own answers.
const GENERAL_WEIGHT: f64 = 10.0;

/// Fitted probabilities of response, by the place of the action among the host's.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Propensity {
    /// How often each action was shown and accepted.
    counts: Vec<(i64, i64)>,
    #[serde(skip)]
    general: Vec<f64>,
}

impl Propensity {
    pub(crate) fn fit<'a>(
        statistics: &Statistics,
        actions: impl Iterator<Item = (&'a ActionId, Prior)>,
    ) -> Self {
        let (counts, priors): (Vec<_>, Vec<_>) =
            actions.map(|(action, prior)| (statistics.answered(action), prior)).unzip();
        Self { counts, general: Vec::new() }.worked_out(priors.into_iter())
    }

    /// One that was read, if it is of as many actions as these.
    pub(crate) fn checked(self, priors: impl ExactSizeIterator<Item = Prior>) -> Option<Self> {
        (self.counts.len() == priors.len()).then(|| self.worked_out(priors))
    }

    /// The same where somebody answers one thing in the place of another.
    pub(crate) fn replacing<'a>(
        &self,
        old: &Contribution,
        new: &Contribution,
        actions: impl Iterator<Item = (&'a ActionId, Prior)>,
    ) -> Self {
        let (mut counts, mut priors) = (self.counts.clone(), Vec::new());
        for ((action, prior), count) in actions.zip(&mut counts) {
            for (contribution, sign) in [(old, -1), (new, 1)] {
                let answers = contribution.answered.iter().filter(|(other, ..)| other == action);
                for (_, shown, accepted) in answers {
                    count.0 = count.0.wrapping_add(sign * i64::from(*shown));
                    count.1 = count.1.wrapping_add(sign * i64::from(*accepted));
                }
            }
            priors.push(prior);
        }
        Self { counts, general: Vec::new() }.worked_out(priors.into_iter())
    }

    fn worked_out(self, priors: impl Iterator<Item = Prior>) -> Self {
        let counts = self.counts.iter().zip(priors);
        let general =
            counts.map(|((shown, taken), prior)| moved(prior, *shown as f64, *taken as f64));
        Self { general: general.collect(), ..self }
    }

    /// The probability for anybody, by the place of the action.
    pub(crate) fn general(&self, action: usize) -> f64 {
        self.general.get(action).copied().unwrap_or(0.0)
    }

    /// By how much the customer's own answers change it.
    pub(crate) fn own_factor(&self, action: usize, answers: &Answers) -> f64 {
        let general = self.general(action);
        let prior = Prior { rate: general, weight: GENERAL_WEIGHT };
        if general > 0.0 {
            moved(prior, answers.shown.into(), answers.accepted.into()) / general
        } else {
            1.0
        }
    }

    pub(crate) fn as_slice(&self) -> &[f64] {
        &self.general
    }
}

/// The mean after `accepted` of `shown`. Acceptances without a showing count as shown.
fn moved(prior: Prior, shown: f64, accepted: f64) -> f64 {
    let accepted = accepted.max(0.0);
    let shown = shown.max(accepted);
    (prior.rate * prior.weight + accepted) / (prior.weight + shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_move_the_prior() {
        let prior = Prior { rate: 0.1, weight: 10.0 };
        assert_eq!(moved(prior, 0.0, 0.0), 0.1);
        assert_eq!(moved(prior, 10.0, 10.0), 0.55);
        assert_eq!(moved(prior, 90.0, 0.0), 0.01);
        assert_eq!(moved(prior, 0.0, 10.0), 0.55);
    }
}
