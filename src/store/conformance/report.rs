//! What came of the cases.

use std::fmt;

use super::hand::{Stop, Verdict};

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The store keeps the promise.
    Passed,
    /// It does not: what was expected, and what came.
    Failed(String),
    /// It could not be tried: what is missing.
    Skipped(&'static str),
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Ok(()) => Self::Passed,
            Err(Stop::Failed(why)) => Self::Failed(why),
            Err(Stop::Skipped(why)) => Self::Skipped(why),
        }
    }
}

/// What came of each case, in their order.
#[derive(Debug, Clone)]
#[must_use = "a report says whether the store passed"]
pub struct Report {
    outcomes: Vec<(&'static str, Outcome)>,
}

impl Report {
    pub(super) fn of(outcomes: Vec<(&'static str, Outcome)>) -> Self {
        Self { outcomes }
    }

    /// Whether no case failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
    }

    /// The cases by name, with what came of each.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'static str, &Outcome)> {
        self.outcomes.iter().map(|(name, outcome)| (*name, outcome))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => {
                    passed += 1;
                    writeln!(f, "passed   {name}")?;
                }
                Outcome::Failed(why) => {
                    failed += 1;
                    writeln!(f, "FAILED   {name}: {why}")?;
                }
                Outcome::Skipped(why) => {
                    skipped += 1;
                    writeln!(f, "skipped  {name}: {why}")?;
                }
            }
        }
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
