//! What became of a consent, word by word: asked, put off, given, renewed, run out, taken
//! back. It is told, and nothing is allowed by it: that is the work of the choices.

use super::choices::{Choices, Chosen, Voice};
use super::policy::PrivacyPolicy;
use crate::types::{ConsentState, Purpose, Timestamp};

/// What is known of the consent to one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    pub(super) state: ConsentState,
    /// Since when; of no state, if nothing was ever said.
    pub(super) since: Option<Timestamp>,
}

impl Standing {
    /// Of two voices, or of two words at once, the one that allows less.
    fn stricter(self, other: Self) -> Self {
        let key = |one: Self| {
            let valid = one.state.is_valid();
            // A consent that was renewed may have been given only here.
            let state = if valid { -(one.state as i8) } else { one.state as i8 };
            (!valid, state, one.since)
        };
        if key(self) < key(other) { other } else { self }
    }
}

impl Choices {
    /// What is known of the consent to a purpose at an instant.
    pub(super) fn state(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Standing {
        let of = |voice: Option<&Voice>| {
            let counts = |chosen: &Chosen| voice.is_none_or(|voice| voice.says(chosen));
            let standing = self.state_of(counts, policy, purpose, at);
            let own = voice.is_none_or(|voice| voice.own);
            Some(standing).filter(|it| it.since.is_some() && (own || !it.state.is_valid()))
        };
        match self.voices.as_slice() {
            [] => of(None).unwrap_or_default(),
            voices => {
                let each = voices.iter().filter_map(|voice| of(Some(voice)));
                each.reduce(Standing::stricter).unwrap_or_default()
            }
        }
    }

    /// When the consent to a purpose that is valid at an instant runs out.
    pub(super) fn ends(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Option<Timestamp> {
        let valid = |standing: Standing| standing.since.filter(|_| standing.state.is_valid());
        let of = |voice: Option<&Voice>| {
            let counts = |chosen: &Chosen| voice.is_none_or(|voice| voice.says(chosen));
            valid(self.state_of(counts, policy, purpose, at))
        };
        let since = match self.voices.as_slice() {
            [] => of(None),
            voices => voices.iter().filter_map(|voice| of(Some(voice))).min(),
        };
        since.map(|given| policy.runs_out(purpose, given))
    }

    /// The same by the words that count.
    fn state_of(
        &self,
        counts: impl Fn(&Chosen) -> bool,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Standing {
        let mut standing = Standing::default();
        let mut given: Option<Timestamp> = None;
        for chosen in self.made.iter().take_while(|c| c.at <= at).filter(|c| counts(c)) {
            let Some(grant) = chosen.choice.purposes.get(purpose) else { continue };
            standing = standing.ran_out(policy, purpose, chosen.at);
            let answered = !matches!(
                standing.state,
                ConsentState::Unknown
                    | ConsentState::Requested
                    | ConsentState::RequestDeferred
                    | ConsentState::Expired
            );
            if grant.is_no_answer() && answered {
                continue;
            }
            let state = match grant.state() {
                ConsentState::Given if given.is_some_and(|before| before < chosen.at) => {
                    ConsentState::RenewedGiven
                }
                state => state,
            };
            if grant.is_yes() {
                given = given.or(Some(chosen.at));
            }
            let new = Standing { state, since: Some(chosen.at) };
            let at_once = answered && standing.since == new.since;
            standing = if at_once { standing.stricter(new) } else { new };
        }
        standing.ran_out(policy, purpose, at)
    }
}

impl Standing {
    /// The same at an instant, if it was not said anew since.
    fn ran_out(self, policy: &PrivacyPolicy, purpose: &Purpose, at: Timestamp) -> Self {
        let end = self.since.map(|given| policy.runs_out(purpose, given));
        match end.filter(|end| self.state.is_valid() && *end <= at) {
            Some(end) => Self { state: ConsentState::Expired, since: Some(end) },
            None => self,
        }
    }
}
