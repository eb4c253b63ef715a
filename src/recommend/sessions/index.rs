//! Past sessions, listed by the items that are in them.

use std::cmp::Ordering;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::past::{Click, Past, by_recency, kept};
use crate::recommend::rows::Rows;

/// One session: when its last click was, and where its row stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) time: i64,
    /// Where its row begins, and in the lowest 16 bits how long it is.
    row: u64,
}

impl Held {
    fn new(time: i64, from: usize, length: usize) -> Self {
        Self { time, row: (from as u64) << 16 | length as u64 }
    }

    pub(super) fn len(self) -> usize {
        (self.row & 0xffff) as usize
    }

    fn range(self) -> std::ops::Range<usize> {
        let from = (self.row >> 16) as usize;
        from..from + self.len()
    }
}

/// An index of past sessions. Items have numbers of its own inside, in the order in which
/// they came, so it takes as much memory as its sessions, whatever the catalogue.
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
    held: Vec<Held>,
    /// Places in `held` that are not taken.
    free: Vec<u32>,
    /// The rows of all sessions: items, and how many clicks before the last.
    items: Vec<u32>,
    backs: Vec<u8>,
    /// How much of the rows belongs to nobody any more.
    waste: usize,
    log_all: f64,
}

fn ln(count: usize) -> f64 {
    if count == 0 { 0.0 } else { libm::log(count as f64) }
}

impl Sessions {
    /// The index of sessions, each with the time of its last click.
    pub(crate) fn build(times: &[i64], sessions: &Rows) -> Self {
        let mut past = Past::default();
        let mut spare = Vec::new();
        for (time, clicks) in times.iter().zip(sessions.iter()) {
            past.push(*time, clicks, &mut spare);
        }
        Self::of(&past)
    }

    fn of(past: &Past) -> Self {
        let mut sessions: Vec<(i64, usize, usize)> = Vec::with_capacity(past.times.len());
        let mut from = 0;
        for (time, length) in past.times.iter().zip(&past.lengths) {
            sessions.push((*time, from, usize::from(*length)));
            from += usize::from(*length);
        }
        let row = |from: usize, length: usize| {
            let items = past.items.get(from..from + length).unwrap_or_default();
            let backs = past.backs.get(from..from + length).unwrap_or_default();
            items.iter().copied().zip(backs.iter().copied())
        };
        sessions.sort_unstable_by(|a, b| by_recency((a.0, row(a.1, a.2)), (b.0, row(b.1, b.2))));
        let mut index = Self::default();
        index.held.reserve(sessions.len());
        index.items.reserve(past.items.len());
        index.backs.reserve(past.items.len());
        for (time, from, length) in sessions {
            let slot = index.held.len() as u32;
            let begin = index.items.len();
            for (item, back) in row(from, length) {
                let inside = index.intern(item);
                index.items.push(inside);
                index.backs.push(back);
                if let Some(list) = index.lists.get_mut(inside as usize) {
                    list.push(slot);
                }
            }
            index.held.push(Held::new(time, begin, length));
        }
        index.logs = index.lists.iter().map(|list| ln(list.len())).collect();
        index.log_all = ln(index.len());
        index
    }

    /// How many sessions are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len() - self.free.len()
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

    /// Takes a session in. One without a click is none.
    pub(crate) fn insert(&mut self, time: i64, clicks: &[u32]) {
        let mut row = Vec::new();
        kept(clicks, &mut row);
        if row.is_empty() {
            return;
        }
        let begin = self.items.len();
        for (item, back) in &row {
            let inside = self.intern(*item);
            self.items.push(inside);
            self.backs.push(*back);
        }
        let held = Held::new(time, begin, row.len());
        let slot = self.free.pop().unwrap_or(self.held.len() as u32);
        match self.held.get_mut(slot as usize) {
            Some(place) => *place = held,
            None => self.held.push(held),
        }
        for at in held.range() {
            let Some(item) = self.items.get(at).copied() else { continue };
            let place = self.list(item).partition_point(|other| self.order(*other, slot).is_lt());
            self.change(item, |list| list.insert(place, slot));
        }
        self.log_all = ln(self.len());
    }

    /// Takes a session out, one of those that are equal to it. Says whether there was one.
    pub(crate) fn remove(&mut self, time: i64, clicks: &[u32]) -> bool {
        let mut row = Vec::new();
        kept(clicks, &mut row);
        let Some(slot) = self.find(time, &row) else { return false };
        let Some(held) = self.held.get(slot as usize).copied() else { return false };
        for at in held.range() {
            let Some(item) = self.items.get(at).copied() else { continue };
            let list = self.list(item);
            if let Ok(place) = list.binary_search_by(|other| self.order(*other, slot)) {
                self.change(item, |list| _ = list.remove(place));
            }
        }
        if let Some(place) = self.held.get_mut(slot as usize) {
            *place = Held::default();
        }
        self.free.push(slot);
        self.waste += held.len();
        self.log_all = ln(self.len());
        if self.waste > 1024 && self.waste > self.items.len() / 2 {
            self.compact();
        }
        true
    }

    fn find(&self, time: i64, row: &[Click]) -> Option<u32> {
        let item = self.inside.get(&row.first()?.0)?;
        let list = self.list(*item);
        let place = list.binary_search_by(|slot| {
            let held = self.held.get(*slot as usize).copied().unwrap_or_default();
            by_recency((held.time, self.clicks(held)), (time, row.iter().copied()))
        });
        list.get(place.ok()?).copied()
    }

    fn change(&mut self, item: u32, change: impl FnOnce(&mut Vec<u32>)) {
        let list = self.lists.get_mut(item as usize);
        if let Some((list, log)) = list.zip(self.logs.get_mut(item as usize)) {
            change(list);
            *log = ln(list.len());
        }
    }

    /// Rows without what belongs to nobody.
    fn compact(&mut self) {
        let (items, backs) = (std::mem::take(&mut self.items), std::mem::take(&mut self.backs));
        for held in &mut self.held {
            let begin = self.items.len();
            self.items.extend_from_slice(items.get(held.range()).unwrap_or_default());
            self.backs.extend_from_slice(backs.get(held.range()).unwrap_or_default());
            *held = Held::new(held.time, begin, held.len());
        }
        self.waste = 0;
    }

    fn clicks(&self, held: Held) -> impl Iterator<Item = Click> {
        let items = self.row(held).iter().map(|item| self.name(*item));
        items.zip(self.backs(held).iter().copied())
    }

    /// The older first; of equal ones, the one with the smaller place.
    fn order(&self, a: u32, b: u32) -> Ordering {
        self.recency(a, b).then(a.cmp(&b))
    }

    /// The older first; sessions that are the same to every answer are equal.
    pub(super) fn recency(&self, a: u32, b: u32) -> Ordering {
        let session = |slot: u32| {
            let held = self.held.get(slot as usize).copied().unwrap_or_default();
            (held.time, self.clicks(held))
        };
        by_recency(session(a), session(b))
    }

    pub(super) fn held(&self) -> &[Held] {
        &self.held
    }

    pub(super) fn row(&self, held: Held) -> &[u32] {
        self.items.get(held.range()).unwrap_or_default()
    }

    pub(super) fn backs(&self, held: Held) -> &[u8] {
        self.backs.get(held.range()).unwrap_or_default()
    }

    /// How many items it has ever heard of.
    pub(super) fn items(&self) -> usize {
        self.names.len()
    }

    pub(super) fn inside(&self, item: u32) -> Option<u32> {
        self.inside.get(&item).copied()
    }

    pub(super) fn name(&self, item: u32) -> u32 {
        self.names.get(item as usize).copied().unwrap_or(u32::MAX)
    }

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
        slots.retain(|slot| index.held.get(*slot as usize).is_some_and(|held| held.len() > 0));
        slots.sort_unstable_by(|a, b| index.recency(*a, *b));
        let mut past = Self::default();
        for held in slots.iter().filter_map(|slot| index.held.get(*slot as usize)) {
            past.times.push(held.time);
            past.lengths.push(held.len() as u16);
            past.items.extend(index.row(*held).iter().map(|item| index.name(*item)));
            past.backs.extend(index.backs(*held));
        }
        past
    }
}

impl TryFrom<Past> for Sessions {
    type Error = &'static str;

    fn try_from(past: Past) -> Result<Self, Self::Error> {
        past.check()?;
        Ok(Self::of(&past))
    }
}
