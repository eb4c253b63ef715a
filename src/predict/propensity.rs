//! The probability that an offer is accepted when it is shown: the host's prior, moved
//! by what everybody answered who lets others learn, then by the customer's own answers.
//!
//! `general = (rate * weight + accepted) / (weight + shown)`, the mean of a Beta prior
//! after so many answers; the customer's own answers move `general` the same way, with
//! a weight of their own.

use serde::{Deserialize, Serialize};

use crate::learn::Statistics;
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
pub(crate) struct Propensity(Vec<f64>);

impl Propensity {
    pub(crate) fn fit<'a>(
        statistics: &Statistics,
        actions: impl Iterator<Item = (&'a ActionId, Prior)>,
    ) -> Self {
        Self(
            actions
                .map(|(action, prior)| {
                    let (shown, accepted) = statistics.answered(action);
                    moved(prior, shown as f64, accepted as f64)
                })
                .collect(),
        )
    }

    /// The probability for anybody, by the place of the action.
    pub(crate) fn general(&self, action: usize) -> f64 {
        self.0.get(action).copied().unwrap_or(0.0)
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
        &self.0
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
