//! What a customer said to one purpose, and what comes of it: a switch, as the customer
//! sees it.

use serde::{Deserialize, Serialize};

use super::choices::Choices;
use super::policy::PrivacyPolicy;
use crate::types::{ConsentState, DataCategory, Level, Purpose, Timestamp, redacted};

/// What a customer said to one purpose, and what comes of it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// The purpose.
    pub purpose: Purpose,
    /// What became of the consent to it.
    pub state: ConsentState,
    /// Since when it is in that state; none, if nothing was ever said.
    pub since: Option<Timestamp>,
    /// When the consent runs out; none, if it does not, or is not valid.
    pub until: Option<Timestamp>,
    /// Whether the purpose is allowed now: by what was said, and by the level.
    pub allowed: bool,
    /// The level that it needs, where the customer's is lower: it allows nothing then,
    /// whatever was said.
    pub needs_level: Option<Level>,
    /// The data categories that it may use now.
    pub categories: Vec<DataCategory>,
    /// From when on the customer may be asked for it: at once, if nothing was ever said, or a
    /// consent ran out or was not valid; when a valid consent runs out; else after the
    /// [rest](PrivacyPolicy::ask_again_after). `None`: there is no need to.
    pub ask_from: Option<Timestamp>,
}

impl Permission {
    pub(crate) fn of(
        choices: &Choices,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        now: Timestamp,
    ) -> Self {
        let standing = choices.state(policy, purpose, now);
        let until = standing.end.map(|(end, _)| end).filter(|end| *end < Timestamp::MAX);
        let allowed = choices.allows(policy, purpose, now);
        let ask_from = match (standing.state, standing.since) {
            (state, _) if state.is_valid() => until,
            // It needs no consent.
            (_, None) if allowed => None,
            (ConsentState::Expired | ConsentState::Invalidated, _) | (_, None) => Some(now),
            (_, Some(since)) => Some(policy.rests(purpose, since).max(now)),
        };
        let needed = policy.level_of(purpose);
        Self {
            state: standing.state,
            since: standing.since,
            until,
            allowed,
            needs_level: needed.filter(|needed| choices.level(now) < *needed),
            categories: policy.names(choices.granted(policy, purpose, now)),
            purpose: purpose.clone(),
            ask_from,
        }
    }
}

redacted! {
    Permission { purpose }
}
