//! The permit: proof that somebody asked, and what the answer was.

use super::categories::Categories;
use super::choices::Choices;
use super::policy::PrivacyPolicy;
use crate::types::{Purpose, Timestamp};

/// What may be used of one customer's data, for one purpose, at one instant.
///
/// Only the customer's own choices make one. It cannot be written down, copied, made
/// up or read from a file, and without one there is no [`View`](crate::View):
///
/// ```compile_fail,E0451
/// // Its fields are private: it cannot be made up.
/// let forged = confidant::Permit { ..todo!() };
/// ```
/// ```compile_fail,E0599
/// let defaulted = confidant::Permit::default();
/// ```
/// ```compile_fail,E0308
/// fn twice(permit: &confidant::Permit) -> confidant::Permit {
///     permit.clone()
/// }
/// ```
/// ```compile_fail,E0277
/// let read: confidant::Permit = serde_json::from_str("{}").unwrap();
/// ```
#[derive(Debug)]
pub struct Permit {
    purpose: Purpose,
    categories: Categories,
    /// Of those, the ones of which what is known may be said aloud.
    aloud: Categories,
    session: bool,
    epoch: u64,
}

impl Permit {
    /// What the choices allow for a purpose; it may be nothing.
    pub(crate) fn ask(
        choices: &Choices,
        policy: &PrivacyPolicy,
        purpose: Purpose,
        at: Timestamp,
    ) -> Self {
        let (categories, session) = choices.granted_with_visit(policy, &purpose, at);
        let aloud = categories.and(policy.mentioned());
        Self { purpose, categories, aloud, session, epoch: choices.epoch() }
    }

    /// The same for somebody who is no customer: of no data at all.
    pub(crate) fn of_nothing(self) -> Self {
        Self { categories: Categories::NONE, aloud: Categories::NONE, ..self }
    }

    /// What it may be used for.
    #[must_use]
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Whether any data of the customer may be used.
    #[must_use]
    pub fn allows_data(&self) -> bool {
        !self.categories.is_empty()
    }

    /// Whether the present visit may be used.
    #[must_use]
    pub fn allows_session(&self) -> bool {
        self.session
    }

    /// How many choices the customer had made when it was given.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn categories(&self) -> Categories {
        self.categories
    }

    /// Whether what hinges on data of these categories may be said aloud.
    pub(crate) fn lets_say(&self, needed: Categories) -> bool {
        self.aloud.covers(needed.and(self.categories))
    }
}

/// A permit to let a customer's data shape what others see. A type of its own, so that
/// no learner can be handed a view that was opened for the customer's own sake.
#[derive(Debug)]
pub(crate) struct LearningPermit(Permit);

impl LearningPermit {
    /// The permit, if the customer gives one.
    pub(crate) fn ask(choices: &Choices, policy: &PrivacyPolicy, at: Timestamp) -> Option<Self> {
        let permit = Permit::ask(choices, policy, Purpose::CollaborativeLearning, at);
        (!permit.categories.is_empty()).then_some(Self(permit))
    }

    pub(crate) fn into_permit(self) -> Permit {
        self.0
    }
}
