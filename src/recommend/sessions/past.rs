//! Past sessions as they are kept, and as they are written.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How many of a session's last clicks are kept. Whoever clicks a million times is held
/// as what they clicked last.
pub(crate) const LONGEST: usize = 256;

/// An item of a session, with how many clicks before its last one it was clicked last.
pub(super) type Click = (u32, u8);

/// A session's items, each where it was clicked last, the oldest first; of the last
/// [`LONGEST`] clicks.
pub(super) fn kept(clicks: &[u32], into: &mut Vec<Click>) {
    into.clear();
    for (item, back) in clicks.iter().rev().zip(0..=u8::MAX) {
        into.push((*item, back));
    }
    // Of an item's clicks the last is the one with the fewest behind it.
    into.sort_unstable();
    into.dedup_by_key(|(item, _)| *item);
    into.sort_unstable_by_key(|(_, back)| std::cmp::Reverse(*back));
}

/// Past sessions, in order, column by column: equal sets of sessions are equal bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// When the last click of each was, in milliseconds.
    pub(super) times: Vec<i64>,
    /// How many items each has.
    pub(super) lengths: Vec<u16>,
    /// The items of all, one session after the other.
    pub(super) items: Vec<u32>,
    /// How many clicks before the session's last.
    pub(super) backs: Vec<u8>,
}

impl Past {
    /// Adds a session, however long.
    pub(crate) fn push(&mut self, time: i64, clicks: &[u32], spare: &mut Vec<(u32, u8)>) {
        kept(clicks, spare);
        if !spare.is_empty() {
            self.times.push(time);
            self.lengths.push(spare.len() as u16);
            self.items.extend(spare.iter().map(|(item, _)| *item));
            self.backs.extend(spare.iter().map(|(_, back)| *back));
        }
    }
}

/// A session that is compared with others: the order of time, and of content where times
/// are equal. Sessions that are equal here are the same to every answer.
pub(super) fn by_recency<'a>(
    a: (i64, impl Iterator<Item = Click> + 'a),
    b: (i64, impl Iterator<Item = Click> + 'a),
) -> Ordering {
    a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1))
}

impl Past {
    /// Whether it is what some index would write, but for the order.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let total: usize = self.lengths.iter().map(|length| usize::from(*length)).sum();
        if self.times.len() != self.lengths.len()
            || total != self.items.len()
            || total != self.backs.len()
        {
            return Err("columns of sessions are of different lengths");
        }
        let (mut items, mut backs) = (self.items.as_slice(), self.backs.as_slice());
        let mut distinct = Vec::new();
        for length in &self.lengths {
            let (row, rest) = items.split_at_checked(usize::from(*length)).unwrap_or_default();
            let (back, after) = backs.split_at_checked(usize::from(*length)).unwrap_or_default();
            (items, backs) = (rest, after);
            distinct.clear();
            distinct.extend_from_slice(row);
            distinct.sort_unstable();
            let ends = back.last() == Some(&0);
            let falls = back.is_sorted_by(|a, b| a > b);
            if !ends || !falls || !distinct.is_sorted_by(|a, b| a < b) {
                return Err("a session is not in the order of its clicks");
            }
        }
        Ok(())
    }
}
