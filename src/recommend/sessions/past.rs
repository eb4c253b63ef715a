//! Past sessions as they are kept, and as they are written.

use serde::{Deserialize, Serialize};

/// How many of a session's last clicks are kept. Whoever clicks a million times is held
/// as what they clicked last.
pub(crate) const LONGEST: usize = 256;

/// What is kept of a session.
pub(super) fn kept(clicks: &[u32]) -> &[u32] {
    clicks.get(clicks.len().saturating_sub(LONGEST)..).unwrap_or_default()
}

/// Past sessions in order, column by column: equal sets of sessions are equal bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    /// When the last click of each was, in milliseconds.
    pub(super) times: Vec<i64>,
    /// How many clicks each has.
    pub(super) lengths: Vec<u16>,
    /// The items of all in the order of their clicks, one session after the other.
    pub(super) clicks: Vec<u32>,
}

impl Past {
    pub(super) fn push(&mut self, time: i64, clicks: impl ExactSizeIterator<Item = u32>) {
        self.times.push(time);
        self.lengths.push(clicks.len() as u16);
        self.clicks.extend(clicks);
    }

    /// Each session's time and clicks; none if the columns do not fit together.
    pub(super) fn sessions(&self) -> Option<Vec<(i64, &[u32])>> {
        let mut rest = self.clicks.as_slice();
        let mut sessions = Vec::with_capacity(self.times.len());
        for (time, length) in self.times.iter().zip(&self.lengths) {
            let length = usize::from(*length);
            let (clicks, after) = rest.split_at_checked(length)?;
            (1..=LONGEST).contains(&length).then(|| sessions.push((*time, clicks)))?;
            rest = after;
        }
        (rest.is_empty() && self.times.len() == self.lengths.len()).then_some(sessions)
    }
}
