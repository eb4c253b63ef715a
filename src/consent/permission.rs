//! What a customer said to one purpose, and what comes of it: a switch, as the customer
//! sees it.

use serde::{Deserialize, Serialize};

use super::choices::Choices;
use super::denial::Denial;
use super::policy::PrivacyPolicy;
use crate::types::{ConsentState, DataCategory, Purpose, Timestamp, redacted};

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
    /// Why it is not, if it is not.
    pub denied: Option<Denial>,
    /// The data categories that it may use now.
    pub categories: Vec<DataCategory>,
    /// Every other one, with why it may not.
    pub withheld: Vec<(DataCategory, Denial)>,
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
        let denied = match policy.level_of(purpose) {
            _ if allowed => None,
            _ if choices.restricted(now) => Some(Denial::Restricted),
            Some(needed) if choices.level_for(purpose, now) < needed => Some(Denial::Level(needed)),
            _ => Some(Denial::Consent(standing.state)),
        };
        let granted = choices.granted(policy, purpose, now);
        let withheld = (0..).zip(policy.categories()).filter(|(number, _)| !granted.has(*number));
        let why = |number: usize| {
            let left_out = match policy.special_ones().has(number) {
                true => Denial::Special,
                false => Denial::NotNamed,
            };
            match policy.foreseen(purpose).has(number) {
                true => denied.unwrap_or(left_out),
                false => Denial::NotForeseen,
            }
        };
        Self {
            state: standing.state,
            since: standing.since,
            until,
            allowed,
            denied,
            categories: policy.names(granted),
            withheld: withheld.map(|(n, (category, _))| (category.clone(), why(n))).collect(),
            purpose: purpose.clone(),
            ask_from,
        }
    }
}

redacted! {
    Permission { purpose }
}
