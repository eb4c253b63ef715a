//! Past sessions, listed by the items that are in them.

use std::cmp::Ordering;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::past::{Past, kept};
use crate::recommend::rows::Rows;

/// A stretch of one of the index's columns: where it begins, and in the lowest 16 bits
/// how long it is.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch(u64);

impl Stretch {
    fn new(from: usize, length: usize) -> Self {
        Self((from as u64) << 16 | length as u64)
    }

    fn len(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    fn of<T>(self, column: &[T]) -> &[T] {
        let from = (self.0 >> 16) as usize;
        column.get(from..from + self.len()).unwrap_or_default()
    }
}

/// One session: when its last click was, its items, and its clicks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) time: i64,
    items: Stretch,
    clicks: Stretch,
}

impl Held {
    /// How many items it has.
    pub(super) fn len(self) -> usize {
        self.items.len()
    }
}

/// An index of past sessions. Inside, items have numbers in the order in which they came,
/// so it takes as much memory as its sessions do, whatever the catalogue.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(into = "Past", try_from = "Past")]
pub(crate) struct Sessions {
    /// The number inside of each item; and the other way round.
    inside: HashMap<u32, u32>,
    names: Vec<u32>,
    /// By item, the sessions that it is in, the oldest first.
    lists: Vec<Vec<u32>>,
    /// By item, the logarithm of how many sessions it is in.
    logs: Vec<f64>,
    log_all: f64,
    held: Vec<Held>,
    /// Places in `held` that are not taken.
    free: Vec<u32>,
    /// The items of each session, each once.
    items: Vec<u32>,
    /// The clicks of each session, as places among its items.
    clicks: Vec<u8>,
    /// How many of the items belong to no session any more.
    waste: usize,
}

fn ln(count: usize) -> f64 {
    libm::log(count.max(1) as f64)
}

impl Sessions {
    /// The index of sessions, each with the time of its last click.
    pub(crate) fn build(times: &[i64], sessions: &Rows) -> Self {
        let sessions = sessions.iter().map(kept);
        let sessions = times.iter().copied().zip(sessions).filter(|(_, clicks)| !clicks.is_empty());
        Self::of(sessions.collect())
    }

    fn of(mut sessions: Vec<(i64, &[u32])>) -> Self {
        sessions.sort_unstable();
        let mut index = Self::default();
        index.held.reserve(sessions.len());
        for (time, clicks) in sessions {
            let slot = index.held.len() as u32;
            let held = index.lay(time, clicks);
            index.held.push(held);
            let Self { items, lists, .. } = &mut index;
            for item in held.items.of(items) {
                if let Some(list) = lists.get_mut(*item as usize) {
                    list.push(slot);
                }
            }
        }
        index.logs = index.lists.iter().map(|list| ln(list.len())).collect();
        index.log_all = ln(index.len());
        index
    }

    /// How many sessions are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len() - self.free.len()
    }

    /// Takes a session in. One without a click is none.
    pub(crate) fn insert(&mut self, time: i64, clicks: &[u32]) {
        let clicks = kept(clicks);
        if clicks.is_empty() {
            return;
        }
        let held = self.lay(time, clicks);
        let slot = self.free.pop().unwrap_or(self.held.len() as u32);
        match self.held.get_mut(slot as usize) {
            Some(place) => *place = held,
            None => self.held.push(held),
        }
        for item in self.items(held).to_vec() {
            let place = self.list(item).partition_point(|other| self.order(*other, slot).is_lt());
            self.change(item, |list| list.insert(place, slot));
        }
        self.log_all = ln(self.len());
    }

    /// Takes a session out, one of those that are equal to it. Says whether there was one.
    pub(crate) fn remove(&mut self, time: i64, clicks: &[u32]) -> bool {
        let Some(slot) = self.find(time, kept(clicks)) else { return false };
        let held = self.at(slot);
        for item in self.items(held).to_vec() {
            let place = self.list(item).binary_search_by(|other| self.order(*other, slot));
            if let Ok(place) = place {
                self.change(item, |list| _ = list.remove(place));
            }
        }
        if let Some(place) = self.held.get_mut(slot as usize) {
            *place = Held::default();
        }
        self.free.push(slot);
        self.log_all = ln(self.len());
        self.waste += held.len();
        if self.waste > self.items.len() / 2 {
            self.compact();
        }
        true
    }

    fn find(&self, time: i64, clicks: &[u32]) -> Option<u32> {
        let list = self.list(self.inside(*clicks.first()?)?);
        let place = list.binary_search_by(|slot| {
            let held = self.at(*slot);
            held.time.cmp(&time).then_with(|| self.clicks(held).cmp(clicks.iter().copied()))
        });
        list.get(place.ok()?).copied()
    }

    /// Writes a session's items and clicks behind the others'.
    fn lay(&mut self, time: i64, clicks: &[u32]) -> Held {
        let (from, begin) = (self.items.len(), self.clicks.len());
        for item in clicks {
            let item = self.intern(*item);
            let own = self.items.get(from..).unwrap_or_default();
            let place = own.iter().position(|other| *other == item).unwrap_or(own.len());
            if place == own.len() {
                self.items.push(item);
            }
            self.clicks.push(place as u8);
        }
        let items = Stretch::new(from, self.items.len() - from);
        Held { time, items, clicks: Stretch::new(begin, clicks.len()) }
    }

    fn intern(&mut self, item: u32) -> u32 {
        let Self { inside, names, lists, logs, .. } = self;
        *inside.entry(item).or_insert_with(|| {
            names.push(item);
            lists.push(Vec::new());
            logs.push(0.0);
            names.len() as u32 - 1
        })
    }

    fn change(&mut self, item: u32, change: impl FnOnce(&mut Vec<u32>)) {
        let list = self.lists.get_mut(item as usize);
        if let Some((list, log)) = list.zip(self.logs.get_mut(item as usize)) {
            change(list);
            *log = ln(list.len());
        }
    }

    /// Columns without what belongs to no session.
    fn compact(&mut self) {
        let (items, clicks) = (std::mem::take(&mut self.items), std::mem::take(&mut self.clicks));
        for held in &mut self.held {
            let (from, begin) = (self.items.len(), self.clicks.len());
            self.items.extend_from_slice(held.items.of(&items));
            self.clicks.extend_from_slice(held.clicks.of(&clicks));
            held.items = Stretch::new(from, held.items.len());
            held.clicks = Stretch::new(begin, held.clicks.len());
        }
        self.waste = 0;
    }

    /// The older first; of equal ones, the one with the smaller place.
    fn order(&self, a: u32, b: u32) -> Ordering {
        self.recency(a, b).then(a.cmp(&b))
    }

    /// The older first, then by content: sessions that are the same to every answer are
    /// equal.
    pub(super) fn recency(&self, a: u32, b: u32) -> Ordering {
        let (a, b) = (self.at(a), self.at(b));
        a.time.cmp(&b.time).then_with(|| self.clicks(a).cmp(self.clicks(b)))
    }

    /// How many places for sessions and how many items there ever were.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.held.len(), self.names.len())
    }

    pub(super) fn at(&self, slot: u32) -> Held {
        self.held.get(slot as usize).copied().unwrap_or_default()
    }

    /// The items of a session, each once.
    pub(super) fn items(&self, held: Held) -> &[u32] {
        held.items.of(&self.items)
    }

    /// The clicks of a session, as places among its items.
    pub(super) fn places(&self, held: Held) -> &[u8] {
        held.clicks.of(&self.clicks)
    }

    fn clicks(&self, held: Held) -> impl ExactSizeIterator<Item = u32> {
        let items = self.items(held);
        let item = |place: &u8| items.get(usize::from(*place)).copied().unwrap_or_default();
        self.places(held).iter().map(move |place| self.name(item(place)))
    }

    pub(super) fn inside(&self, item: u32) -> Option<u32> {
        self.inside.get(&item).copied()
    }

    pub(super) fn name(&self, item: u32) -> u32 {
        self.names.get(item as usize).copied().unwrap_or(u32::MAX)
    }

    /// The sessions that an item is in, the oldest first.
    pub(super) fn list(&self, item: u32) -> &[u32] {
        self.lists.get(item as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// `ln(sessions / sessions with the item)`.
    pub(super) fn idf(&self, item: u32) -> f64 {
        self.log_all - self.logs.get(item as usize).copied().unwrap_or_default()
    }
}

impl From<Sessions> for Past {
    fn from(index: Sessions) -> Self {
        let mut slots: Vec<u32> = (0..index.held.len() as u32).collect();
        slots.retain(|slot| index.at(*slot).len() > 0);
        slots.sort_unstable_by(|a, b| index.recency(*a, *b));
        let mut past = Self::default();
        for held in slots.iter().map(|slot| index.at(*slot)) {
            past.push(held.time, index.clicks(held));
        }
        past
    }
}

impl TryFrom<Past> for Sessions {
    type Error = &'static str;

    fn try_from(past: Past) -> Result<Self, Self::Error> {
        past.sessions().map(Self::of).ok_or("columns of sessions that do not fit together")
    }
}
