//! Where pages of scans ended, until they are gone on from: the way to a place is lost with
//! its key, and a scan should not stop because somebody was forgotten meanwhile.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::Key;

/// How many scans can be under way.
const MOST: usize = 64;

/// The last keys of pages, with their places.
#[derive(Default)]
pub(super) struct Ends(Mutex<VecDeque<(Key, Key)>>);

impl Ends {
    pub(super) fn place(&self, key: &Key) -> Option<Key> {
        let ends = self.lock();
        ends.iter().rev().find(|(end, _)| end == key).map(|(_, place)| place.clone())
    }

    /// A scan went on from one end to the next, or ended.
    pub(super) fn turn(&self, from: Option<&Key>, to: Option<(Key, Key)>) {
        let mut ends = self.lock();
        if let Some(at) = ends.iter().rposition(|(end, _)| Some(end) == from) {
            _ = ends.remove(at);
        }
        ends.extend(to);
        if ends.len() > MOST {
            _ = ends.pop_front();
        }
    }

    /// No code of ours panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Key, Key)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
