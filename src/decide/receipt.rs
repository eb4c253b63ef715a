//! The answer, and its receipt: what was chosen, what was not and why not, from which
//! data, under which consent, by which models. Written as the choice is made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::numeric::Digest;
use crate::reason::{Obstacle, Reason};
use crate::recommend::Recommendation;
use crate::types::{
    ActionId, Channel, DataCategory, Identifier, Level, PlacementId, Purpose, Timestamp, redacted,
};

/// What to do for the customer now, and why.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub(super) choice: Option<Chosen>,
    pub(super) receipt: Receipt,
}

/// The action that was chosen, and how to show it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The action.
    pub action: ActionId,
    /// What its treatment shows, as the host wrote it.
    pub content: Arc<str>,
    /// The items that its recommender chose, best first.
    pub items: Vec<Recommendation>,
    /// What it is worth.
    pub score: Score,
}

/// How an action was scored: `net = propensity x value x context x lever - cost`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The probability that the customer accepts.
    pub propensity: f64,
    /// What it is worth when accepted.
    pub value: f64,
    /// The product of the context weights that apply.
    pub context: f64,
    /// The host's lever.
    pub lever: f64,
    /// What the contact costs.
    pub cost: f64,
    /// What is left.
    pub net: f64,
}

/// One action that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    /// The action.
    pub action: ActionId,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was chosen.
    Chosen(Score),
    /// It was scored, and not chosen.
    Passed(Score, Obstacle),
    /// It could not be chosen.
    Refused(Obstacle),
}

/// Why the customer gets this answer. Two equal questions on equal data have equal
/// receipts, byte for byte.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub(crate) id: u64,
    pub(crate) customer: Identifier,
    pub(crate) at: Timestamp,
    pub(crate) channel: Channel,
    pub(crate) placement: Option<PlacementId>,
    pub(crate) seed: u64,
    pub(crate) level: Level,
    pub(crate) consent_epoch: u64,
    pub(crate) selection_probability: f64,
    pub(crate) considered: Vec<Considered>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) used: Vec<DataCategory>,
    pub(crate) visit_used: bool,
    pub(crate) not_allowed: Vec<DataCategory>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) policy: Digest,
    pub(crate) models_at: Timestamp,
    pub(crate) models: Arc<[(Arc<str>, Digest)]>,
    pub(crate) late_models: Arc<[Arc<str>]>,
}

impl Decision {
    /// What to do; nothing, when nothing is worth more than leaving the customer alone.
    #[must_use]
    pub fn choice(&self) -> Option<&Chosen> {
        self.choice.as_ref()
    }

    /// The action to take, if any.
    #[must_use]
    pub fn action(&self) -> Option<&ActionId> {
        self.choice.as_ref().map(|choice| &choice.action)
    }

    /// Why.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The whole answer as bytes, equal if and only if the answers are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in a decision has a length or a map that the encoding cannot hold.
        postcard::to_allocvec(self).unwrap_or_default()
    }
}

impl Receipt {
    /// Every action that was looked at, in the order of ids.
    #[must_use]
    pub fn considered(&self) -> &[Considered] {
        &self.considered
    }

    /// Why this answer, in the order of weight.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The categories of the customer's data that were read.
    #[must_use]
    pub fn used(&self) -> &[DataCategory] {
        &self.used
    }

    /// Whether the present visit was read.
    #[must_use]
    pub fn used_visit(&self) -> bool {
        self.visit_used
    }

    /// The categories that personalisation could use and the customer does not allow;
    /// the same whether there are any such data or not.
    #[must_use]
    pub fn not_allowed(&self) -> &[DataCategory] {
        &self.not_allowed
    }

    /// The purposes for which data or the channel were used.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// The level in force.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// How many choices the customer had made by then.
    #[must_use]
    pub fn consent_epoch(&self) -> u64 {
        self.consent_epoch
    }

    /// As of when.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// About whom.
    #[must_use]
    pub fn customer(&self) -> &Identifier {
        &self.customer
    }

    /// The number of this decision: the same for the same question.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The seed of what was left to chance.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The probability with which the policy takes this action for this question, over
    /// all seeds.
    #[must_use]
    pub fn selection_probability(&self) -> f64 {
        self.selection_probability
    }

    /// The exact content of the actions, segments, catalogue and policies.
    #[must_use]
    pub fn policy(&self) -> Digest {
        self.policy
    }

    /// The models that were asked, by name, with their exact content.
    pub fn models(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.models.iter().map(|(name, digest)| (&**name, *digest))
    }

    /// Those of the models that may hold what somebody took back since they were fitted, and
    /// forget it at the next fit; all others follow at once. Under
    /// [strict forgetting](crate::EngineBuilder::strict_forgetting) they said nothing of others.
    pub fn late_models(&self) -> impl Iterator<Item = &str> {
        self.late_models.iter().map(|name| &**name)
    }

    /// When the models were fitted: what was learned since shows at the next fit, and what
    /// was forgotten since where one is [late](Self::late_models).
    #[must_use]
    pub fn models_at(&self) -> Timestamp {
        self.models_at
    }
}

redacted! {
    Decision { choice, receipt }
    Chosen { action, score }
    Receipt { id, customer, at, channel, placement, seed, level }
}
