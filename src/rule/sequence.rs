//! One thing after another: sequences of behaviours, with things that must not have
//! happened anywhere in them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::behaviours::{Behaviours, When, behaviours, filters};
use super::condition::Condition;
use super::span::Span;

/// Whether behaviours followed each other. Each step is strictly later than the one before:
/// of what happened at one instant nothing came first.
///
/// ```
/// use confidant::{Kind, days, sequence, step};
///
/// let smooth = sequence([
///     step(Kind::Viewed).item("espresso"),
///     step(Kind::Purchased).item("espresso").within(days(7)).without(Kind::Complained),
/// ])
/// .then_nothing(Kind::Returned, days(14))
/// .happened();
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    pub(crate) steps: Vec<Step>,
    /// What must not follow the last step, up to and at so much later. It holds only once
    /// that time has passed.
    #[serde(default)]
    pub(crate) quiet: Option<(Behaviours, Span)>,
    /// When the first step must have been; all others come after it.
    #[serde(default)]
    pub(crate) when: When,
}

/// A step of a [`Sequence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "a step alone is no sequence"]
pub struct Step {
    pub(crate) of: Behaviours,
    /// At most so much later than the step before.
    #[serde(default)]
    pub(crate) within: Option<Span>,
    /// Nothing of these strictly between the step before and this one; before the first
    /// step, in the time that is said by `within`.
    #[serde(default)]
    pub(crate) without: Vec<Behaviours>,
}

/// A step: one of these behaviours.
pub fn step(of: impl Into<Behaviours>) -> Step {
    Step { of: of.into(), within: None, without: Vec::new() }
}

/// One step after the other.
pub fn sequence(steps: impl IntoIterator<Item = Step>) -> Followed {
    let steps = steps.into_iter().collect();
    Followed(Sequence { steps, quiet: None, when: When::Ever })
}

/// A sequence that is being said.
#[derive(Debug, Clone)]
#[must_use = "a sequence is no condition until it is said that it happened"]
pub struct Followed(Sequence);

impl Step {
    fn behaviours(&mut self) -> &mut Behaviours {
        &mut self.of
    }

    /// At most so much later than the step before. For the first step: how long before it
    /// nothing may have happened of what it is [without](Self::without).
    pub fn within(self, duration: Duration) -> Self {
        Self { within: Some(duration.into()), ..self }
    }

    /// With nothing of these strictly between the step before and this one.
    pub fn without(mut self, of: impl Into<Behaviours>) -> Self {
        self.without.push(of.into());
        self
    }
}

filters!(Step);

impl<B: Into<Behaviours>> From<B> for Step {
    fn from(of: B) -> Self {
        step(of)
    }
}

impl Followed {
    /// After the last step, nothing of these for so long, the end included. It is known
    /// only once that time has passed.
    pub fn then_nothing(mut self, of: impl Into<Behaviours>, lasting: Duration) -> Self {
        self.0.quiet = Some((of.into(), lasting.into()));
        self
    }

    /// After the last step, nothing at all for so long.
    pub fn then_gone(self, lasting: Duration) -> Self {
        self.then_nothing(behaviours(crate::event::Kinds::any()), lasting)
    }

    /// The first step was at most this long ago; exactly that long ago is out.
    pub fn begun_within(mut self, duration: Duration) -> Self {
        self.0.when = When::Last(duration.into());
        self
    }

    /// It happened, at least once.
    #[must_use]
    pub fn happened(self) -> Condition {
        Condition::Sequence(Box::new(self.0))
    }
}
