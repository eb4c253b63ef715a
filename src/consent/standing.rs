//! What became of a consent, word by word: asked, put off, given, renewed, run out, taken
//! back. It is told, and nothing is allowed by it: that is the work of the choices.

use super::choices::{Choices, Chosen, Voice};
use super::policy::PrivacyPolicy;
use crate::event::Grant;
use crate::types::{ConsentState, Purpose, Timestamp};

/// What is known of the consent to one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    pub(super) state: ConsentState,
    /// Since when; of no state, if nothing was ever said.
    pub(super) since: Option<Timestamp>,
    /// When it ends by itself, and what it is then; only of a valid one.
    pub(super) end: Option<(Timestamp, ConsentState)>,
    /// When the last answer was given, whatever was asked since.
    answered: Option<Timestamp>,
}

impl Standing {
    /// Of two voices, or of two words at once, the one that allows less, or for less long.
    fn stricter(self, other: Self) -> Self {
        let key = |one: Self| {
            let valid = one.state.is_valid();
            // A consent that was renewed may have been given only here.
            let state = if valid { -(one.state as i8) } else { one.state as i8 };
            (!valid, state, one.since)
        };
        let end = self.end.into_iter().chain(other.end).min();
        let stricter = if key(self) < key(other) { other } else { self };
        Self { end: end.filter(|_| stricter.state.is_valid()), ..stricter }
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
                let each: Vec<Standing> =
                    voices.iter().filter_map(|voice| of(Some(voice))).collect();
                // Who was only asked has said nothing yet.
                let answers = each.iter().copied().filter(|standing| standing.answered.is_some());
                let answered = answers.reduce(Standing::stricter);
                answered.or(each.into_iter().reduce(Standing::stricter)).unwrap_or_default()
            }
        }
    }

    /// The same by the words that count.
    fn state_of(
        &self,
        counts: impl Fn(&Chosen) -> bool,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Standing {
        let person = self.person_for(policy, purpose, at);
        let bases = || policy.purposes.get(purpose).map(|rule| rule.bases(&person.laws));
        let counts_as_yes = |chosen: &Chosen| {
            bases().into_iter().flatten().all(|basis| person.may_say(chosen, basis))
        };
        let mut standing = Standing::default();
        let mut given = None;
        for chosen in self.made.iter().take_while(|c| c.at <= at).filter(|c| counts(c)) {
            let Some(grant) = chosen.choice.purposes.get(purpose) else { continue };
            if *grant == Grant::SoftOptIn || grant.is_yes() && !counts_as_yes(chosen) {
                continue;
            }
            standing = standing.at(chosen.at);
            if grant.is_no_answer() {
                if standing.is_open() {
                    let (state, since) = (grant.state(), Some(chosen.at));
                    standing = Standing { state, since, end: None, ..standing };
                }
                continue;
            }
            let again = given.is_some_and(|before| before < chosen.at);
            let state =
                if again && grant.is_yes() { ConsentState::RenewedGiven } else { grant.state() };
            let end = grant.is_yes().then(|| chosen.ends(policy, purpose));
            given = given.or(end.map(|_| chosen.at));
            let at = Some(chosen.at);
            let new = Standing { state, since: at, end, answered: at }.at(chosen.at);
            standing = if standing.answered == at { standing.stricter(new) } else { new };
        }
        standing.at(at)
    }
}

impl Standing {
    /// Whether no answer stands, so that the customer can be asked.
    fn is_open(self) -> bool {
        matches!(
            self.state,
            ConsentState::Unknown
                | ConsentState::Requested
                | ConsentState::RequestDeferred
                | ConsentState::Expired
                | ConsentState::Invalidated
        )
    }

    /// The same at an instant, if nothing was said since.
    fn at(self, now: Timestamp) -> Self {
        match self.end.filter(|(end, _)| *end <= now) {
            Some((end, state)) => Self { state, since: Some(end), end: None, ..self },
            None => self,
        }
    }
}
