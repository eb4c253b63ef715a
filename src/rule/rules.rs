//! Conditions for a host's own use, asked of a view.

use std::sync::Arc;

use super::condition::Condition;
use super::depth::check_depth;
use super::ground::Ground;
use super::population::Population;
use super::program::{Program, Rule};
use crate::error::Result;
use crate::types::redacted;
use crate::view::View;

/// Conditions compiled together, for a host that wants to ask them itself of the views
/// of the same engine; see [`Engine::rules`](crate::Engine::rules).
///
/// ```
/// use confidant::{Engine, Kind, Purpose, Timestamp, count, days};
///
/// let engine = Engine::builder().build()?;
/// let rules = engine.rules([count(Kind::Viewed).within(days(7)).at_least(3)])?;
/// let now: Timestamp = "2026-03-05T09:00:00Z".parse()?;
/// let view = engine.view("ana", Purpose::Personalisation, now, None)?;
/// // Ana has allowed nothing, so nobody can know.
/// assert_eq!(rules.is_met(0, &rules.ask(&view)), None);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct Rules {
    program: Program,
    rules: Vec<Rule>,
    population: Arc<Population>,
}

/// What a view answered to all questions that some [`Rules`] ask.
#[derive(Clone)]
pub struct Answers(Vec<i64>);

impl Rules {
    /// Compiles conditions that ask for no segment.
    ///
    /// # Errors
    /// A condition cannot be compiled: an unknown item, an empty window, a value that
    /// has no order, nesting deeper than 64.
    pub(crate) fn compile(
        conditions: impl IntoIterator<Item = Condition>,
        ground: Ground<'_>,
        population: Arc<Population>,
    ) -> Result<Self> {
        let mut compiler = Program::compiler(ground, &[])?;
        let mut rule = |condition: Condition| {
            check_depth(&condition)?;
            compiler.rule(&condition)
        };
        let rules = conditions.into_iter().map(&mut rule).collect::<Result<_>>()?;
        Ok(Self { program: compiler.finish(), rules, population })
    }

    /// Reads from a view what the conditions ask for, each distinct question once.
    #[must_use]
    pub fn ask(&self, view: &View) -> Answers {
        Answers(self.program.fill(view, &self.population))
    }

    /// Whether the `n`-th condition is met; `None` if that cannot be known from what is
    /// allowed, or if there is no such condition.
    #[must_use]
    pub fn is_met(&self, n: usize, answers: &Answers) -> Option<bool> {
        self.program.truth(*self.rules.get(n)?, &answers.0).known()
    }
}

redacted! {
    Answers {}
}
