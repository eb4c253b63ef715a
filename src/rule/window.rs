//! Windows of time, compiled, and what they are at an instant.

use super::behaviours::When;
use crate::error::{Error, Result};
use crate::types::{CalendarUnit, Timestamp};
use crate::view::View;

/// The longest time that a window can look back, or a number of units: about a thousand
/// years.
const LONGEST: i64 = 1_000 * 366 * 86_400_000;
const MOST_UNITS: u32 = 366_000;

/// A window in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Window {
    Ever,
    Last(i64),
    Ago(i64, i64),
    This(CalendarUnit),
    Previous(u32, CalendarUnit),
    Days(i32, i32),
}

impl Window {
    /// # Errors
    /// It is empty, negative, or absurdly long.
    pub(super) fn compile(when: When) -> Result<Self> {
        let wrong = |what: &str| Err(Error::configuration(format!("a window {what}")));
        match when {
            When::Last(span) if span.0 < 1 => wrong("is empty: expected at least a millisecond"),
            When::Ago(from, to) if from <= to || to.0 < 0 => {
                wrong("ends before it begins: expected the longer time ago first")
            }
            When::Last(span) | When::Ago(span, _) if span.0 > LONGEST => {
                wrong("is longer than a thousand years: expected a shorter one")
            }
            When::Previous(0, _) => wrong("of no units is empty: expected at least one"),
            When::Previous(n, _) if n > MOST_UNITS => {
                wrong("is longer than a thousand years: expected a shorter one")
            }
            When::Days(from, to) if from > to => {
                wrong("ends before it begins: expected the earlier day first")
            }
            When::Ever => Ok(Self::Ever),
            When::Last(span) => Ok(Self::Last(span.0)),
            When::Ago(from, to) => Ok(Self::Ago(from.0, to.0)),
            When::This(unit) => Ok(Self::This(unit)),
            When::Previous(n, unit) => Ok(Self::Previous(n, unit)),
            When::Days(from, to) => Ok(Self::Days(from.0, to.0)),
        }
    }

    /// Whether it hangs on the customer's clock.
    pub(super) fn is_by_clock(self) -> bool {
        matches!(self, Self::This(_) | Self::Previous(..) | Self::Days(..))
    }

    /// The instants that are in it: later than the first, up to the second.
    pub(super) fn bounds(self, view: &View) -> (i64, i64) {
        let now = view.now();
        let before = |instant: Timestamp| instant.as_millis().saturating_sub(1);
        let zone = || view.zone();
        match self {
            Self::Ever => (i64::MIN, now.as_millis()),
            Self::Last(span) => (now.as_millis().saturating_sub(span), now.as_millis()),
            Self::Ago(from, to) => {
                (now.as_millis().saturating_sub(from), now.as_millis().saturating_sub(to))
            }
            Self::This(unit) => (before(zone().start_of(unit, now, 0)), now.as_millis()),
            Self::Previous(n, unit) => {
                let end = before(zone().start_of(unit, now, 0));
                (before(zone().start_of(unit, now, n)), end)
            }
            Self::Days(from, to) => {
                let end = before(zone().start_of_day(to.saturating_add(1)));
                (before(zone().start_of_day(from)), end.min(now.as_millis()))
            }
        }
    }

    /// The first later instant at which other behaviours are in it, by the first that is in
    /// it now and the first that comes after it, up to now; where that matters.
    pub(super) fn moves(
        self,
        view: &View,
        edges: impl FnOnce() -> (Option<i64>, Option<i64>),
    ) -> Timestamp {
        let later = |at: Option<i64>, span| at.map(|at: i64| at.saturating_add(span));
        let moves = match self {
            Self::Ever | Self::Days(..) => None,
            Self::Last(span) => later(edges().0, span),
            Self::Ago(from, to) => {
                let (first, next) = edges();
                later(first, from).into_iter().chain(later(next, to)).min()
            }
            Self::This(unit) | Self::Previous(_, unit) => {
                Some(view.zone().next_start(unit, view.now()).as_millis())
            }
        };
        moves.map_or(Timestamp::MAX, Timestamp::from_millis)
    }
}
