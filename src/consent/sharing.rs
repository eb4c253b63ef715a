//! Who may be given a customer's data: a switch for each recipient, as the customer sees it.

use serde::{Deserialize, Serialize};

use super::choices::Choices;
use super::policy::PrivacyPolicy;
use crate::types::{Basis, DataCategory, RecipientId, Timestamp};

/// Whether one recipient may be given a customer's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sharing {
    /// Who.
    pub recipient: RecipientId,
    /// What for, in words for the customer.
    pub why: String,
    /// What it rests on. What a contract or a law needs is no choice.
    pub basis: Basis,
    /// Whether it may be given data now.
    pub allowed: bool,
    /// The data categories that it is given.
    pub categories: Vec<DataCategory>,
}

impl Sharing {
    /// Of every recipient that the policy names, in the order of names.
    pub(crate) fn all(choices: &Choices, policy: &PrivacyPolicy, now: Timestamp) -> Vec<Self> {
        let each = policy.recipients.values().map(|recipient| Self {
            recipient: recipient.id.clone(),
            why: recipient.why.clone(),
            basis: recipient.basis,
            allowed: choices.shares(policy, recipient, now),
            categories: policy.names(policy.set(&recipient.gets)),
        });
        each.collect()
    }
}
