//! What is expected of a customer, as an answer that stands by itself.

use serde::{Deserialize, Serialize};

use crate::types::{ActionId, Timestamp, redacted};

/// What is expected of one customer, by the models that were fitted last.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// As of when the models were fitted.
    pub fitted: Timestamp,
    /// The first instant at which time alone can change the answer. New models do too.
    pub until: Timestamp,
    /// Each prediction, in the order of what is predicted.
    pub each: Vec<Prediction>,
}

/// One thing that is expected.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// What.
    pub what: Predicted,
    /// How likely it is for this customer, from 0 to 1, as far as the customer lets it be
    /// known: the propensity with which actions are scored.
    pub probability: f64,
    /// How likely it is for anybody, from 0 to 1.
    pub anybody: f64,
}

/// What can be predicted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Predicted {
    /// The customer takes what this action proposes when it is shown.
    Accepts(ActionId),
}

impl Prediction {
    /// Whether anything that is known of this customer moved it.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.probability.total_cmp(&self.anybody).is_ne()
    }
}

redacted! {
    Predictions { fitted, until }
    Prediction {}
}
