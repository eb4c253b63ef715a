//! Visits, click by click.

use super::split::Interaction;
use crate::types::{Timestamp, days};

/// The clicks of one session of one customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Session<'a> {
    /// When its first click was.
    pub started: Timestamp,
    /// Whose.
    pub customer: &'a str,
    /// Which order or session, as in the rows.
    pub order: &'a str,
    /// When its last click was.
    pub ended: Timestamp,
    /// What was clicked, in order; twice if clicked twice.
    pub items: Vec<&'a str>,
}

impl<'a> Session<'a> {
    /// The session as it is revealed: what was clicked so far, and the click that came
    /// next. Nothing for a session of one click.
    pub fn revealed(&self) -> impl Iterator<Item = (&[&'a str], &'a str)> {
        let next = (0..).zip(&self.items).skip(1);
        next.filter_map(|(so_far, item)| Some((self.items.get(..so_far)?, *item)))
    }
}

/// The sessions of all customers, by start, then by customer and order. Clicks at the same
/// instant are in order of their items.
#[must_use]
pub fn sessions<'a>(rows: &[Interaction<'a>]) -> Vec<Session<'a>> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|row| (row.customer, row.order, row.at, row.item));
    let mut sessions: Vec<Session> = rows
        .chunk_by(|a, b| (a.customer, a.order) == (b.customer, b.order))
        .filter_map(|clicks| {
            let (first, last) = (clicks.first()?, clicks.last()?);
            Some(Session {
                started: first.at,
                customer: first.customer,
                order: first.order,
                ended: last.at,
                items: clicks.iter().map(|click| click.item).collect(),
            })
        })
        .collect();
    sessions.sort_unstable();
    sessions
}

/// The sessions that ended before an instant, and those that went on at it or after: what
/// is learned from is over when the first that is tried ends.
#[must_use]
pub fn split_sessions(
    sessions: Vec<Session<'_>>,
    instant: Timestamp,
) -> (Vec<Session<'_>>, Vec<Session<'_>>) {
    sessions.into_iter().partition(|session| session.ended < instant)
}

/// Splits so many days of 24 hours before the end of the last session: one is usual, and a
/// week (Ludewig and Jannach, "Evaluation of session-based recommendation algorithms",
/// 2018).
#[must_use]
pub fn split_by_last_days(
    sessions: Vec<Session<'_>>,
    last: u32,
) -> (Vec<Session<'_>>, Vec<Session<'_>>) {
    let end = sessions.iter().map(|session| session.ended).max().unwrap_or_default();
    split_sessions(sessions, end - days(last))
}
