//! What a purpose of ours may use, worked out once for the time in which it cannot
//! change: from the last word, end of a consent or birthday up to the next one. A view, the
//! essential facts and what may be kept all ask the same of one customer as loaded.

use std::sync::OnceLock;

use super::categories::Categories;
use super::choices::Choices;
use super::policy::PrivacyPolicy;
use crate::types::{Purpose, Timestamp};

/// How many purposes are ours.
const OURS: usize = Purpose::BASE.len();

/// Room for one answer. It says nothing that the choices do not, so it is no part of them.
#[derive(Debug, Default)]
pub(super) struct Memo(OnceLock<Answer>);

#[derive(Debug)]
struct Answer {
    /// Under which policy.
    policy: u64,
    from: Timestamp,
    until: Timestamp,
    /// By the place of the purpose, once somebody asked; none where it is not allowed.
    ours: [OnceLock<Option<Categories>>; OURS],
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Choices {
    /// What a purpose of ours may use at an instant, none where it is not allowed; nothing
    /// where that was not worked out.
    #[inline]
    pub(super) fn known(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Option<Option<Categories>> {
        self.known_at(policy, place(purpose)?, at)
    }

    /// What a purpose may use, and whether the present visit may be used, at an instant.
    #[inline]
    pub(super) fn granted_with_visit(
        &self,
        policy: &PrivacyPolicy,
        purpose: &Purpose,
        at: Timestamp,
    ) -> (Categories, bool) {
        let of = |purpose: &Purpose| self.known_at(policy, place(purpose)?, at);
        if let (Some(granted), Some(visit)) = (of(purpose), of(&Purpose::Contextual)) {
            return (granted.unwrap_or_default(), visit.is_some());
        }
        (self.granted(policy, purpose, at), self.allows(policy, &Purpose::Contextual, at))
    }

    #[inline]
    fn known_at(
        &self,
        policy: &PrivacyPolicy,
        place: usize,
        at: Timestamp,
    ) -> Option<Option<Categories>> {
        let number = policy.number_of_its_own()?;
        let answer = self.memo.0.get_or_init(|| self.blank(policy, number, at));
        let holds = answer.policy == number && answer.from <= at && at < answer.until;
        let (answer, purpose) = (answer.ours.get(place)?, Purpose::BASE.get(place)?);
        let work_out = || self.verdict(policy, purpose, &self.moment(policy, at)).ok();
        holds.then(|| *answer.get_or_init(work_out))
    }

    /// An answer that nobody asked for yet, for the time in which it cannot change.
    fn blank(&self, policy: &PrivacyPolicy, number: u64, at: Timestamp) -> Answer {
        Answer {
            policy: number,
            from: self.turns(policy).filter(|turn| *turn <= at).max().unwrap_or(Timestamp::MIN),
            until: self.next(policy, at),
            ours: Default::default(),
        }
    }
}

/// Where the answer for a purpose stands.
fn place(purpose: &Purpose) -> Option<usize> {
    match purpose {
        Purpose::Contextual => Some(0),
        Purpose::Personalisation => Some(1),
        Purpose::DirectMarketing => Some(2),
        Purpose::CollaborativeLearning => Some(3),
        Purpose::IdentityLinking => Some(4),
        Purpose::OfflineMatch => Some(5),
        Purpose::Custom(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Chosen;
    use crate::event::{Choice, Grant};
    use crate::types::{Level, days};

    #[test]
    fn every_purpose_of_ours_has_its_place() {
        for (n, purpose) in Purpose::BASE.iter().enumerate() {
            assert_eq!(place(purpose), Some(n));
        }
    }

    /// What is remembered is what is worked out afresh, at whatever instants, in whatever
    /// order, under whatever policy one asks, and after every further word.
    #[test]
    fn what_is_remembered_is_what_is_worked_out() {
        let day = |n: i64| Timestamp::from_millis(n * 86_400_000);
        let mut policies = [1, 9].map(|valid| {
            PrivacyPolicy::new()
                .valid_for(Purpose::Personalisation, days(valid))
                .adults_only(Purpose::DirectMarketing)
        });
        policies.iter_mut().for_each(PrivacyPolicy::work_out);
        let grants = [Grant::Allowed, Grant::Withdrawn, Grant::Asked];
        let mut state = 7u64;
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % sides
        };
        for _ in 0..300 {
            let mut choices = Choices::default();
            for id in 0..1 + dice(5) {
                let purposes = Purpose::BASE.into_iter().filter(|_| dice(2) == 0);
                let purposes: Vec<_> = purposes.map(|it| (it, Grant::Allowed)).collect();
                let mut choice = Choice {
                    level: [None, Some(Level::Off), Some(Level::Collaborative)][dice(3) as usize],
                    restricted: [None, Some(true), Some(false)][dice(3) as usize],
                    age: [None, Some(17), Some(40)][dice(3) as usize],
                    purposes: purposes.into_iter().collect(),
                    ..Choice::default()
                };
                for grant in choice.purposes.values_mut() {
                    *grant = grants[dice(3) as usize].clone();
                }
                let at = day(dice(30) as i64);
                choices.add(Chosen { at, id, under: None, channel: None, choice });
                for _ in 0..20 {
                    let (policy, at) = (&policies[dice(2) as usize], day(dice(500) as i64));
                    let purpose = &Purpose::BASE[dice(6) as usize];
                    let fresh = choices.verdict(policy, purpose, &choices.moment(policy, at));
                    let told = choices.allows(policy, purpose, at);
                    assert_eq!(told, fresh.is_ok(), "{purpose:?} at {at}");
                    let told = choices.granted(policy, purpose, at);
                    assert_eq!(told, fresh.unwrap_or_default(), "{purpose:?} at {at}");
                }
            }
        }
    }
}
