//! Past sessions, listed by the items that are in them.

use std::cmp::Ordering;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize, Serializer};

use super::past::{Past, kept};
use super::row::Row;
use crate::recommend::rows::Rows;

/// An index of past sessions. Inside, items have numbers in the order in which they came,
/// so it takes as much memory as its sessions do, whatever the catalogue.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Past")]
pub(crate) struct Sessions {
    /// The number inside of each item.
    inside: HashMap<u32, u32>,
    items: Vec<Item>,
    /// By item, the sessions that it is in, the oldest first.
    lists: Vec<Vec<u32>>,
    /// One row after the other. A session is known by where its row begins, in steps of
    /// four bytes.
    rows: Vec<u8>,
    /// How many bytes of the rows belong to no session any more.
    waste: usize,
    count: usize,
    /// The logarithms of the first whole numbers.
    logs: Vec<f64>,
}

/// An item of some session.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Item {
    pub(super) name: u32,
    /// How many sessions it is in.
    sessions: u32,
}

/// How many logarithms are at hand.
const LOGS: usize = 4096;

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
        let mut index = Self { logs: (0..LOGS).map(ln).collect(), ..Self::default() };
        let mut spare = Default::default();
        for (time, clicks) in &sessions {
            let Some(id) = index.lay(*time, clicks, &mut spare) else { break };
            index.count += 1;
            let Self { rows, lists, items, .. } = &mut index;
            for item in row(rows, id).items() {
                if let Some(list) = lists.get_mut(item as usize) {
                    list.push(id);
                }
                if let Some(item) = items.get_mut(item as usize) {
                    item.sessions += 1;
                }
            }
        }
        index
    }

    /// How many sessions are held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Takes a session in. Says whether it did: one without a click is none, and beyond
    /// sixteen gigabytes there is no room.
    pub(crate) fn insert(&mut self, time: i64, clicks: &[u32]) -> bool {
        let clicks = kept(clicks);
        if clicks.is_empty() {
            return false;
        }
        let Some(id) = self.lay(time, clicks, &mut Default::default()) else { return false };
        for item in self.row(id).items().collect::<Vec<_>>() {
            let place = self.list(item).partition_point(|other| self.order(*other, id).is_lt());
            self.change(item, |list| list.insert(place, id));
        }
        self.count += 1;
        true
    }

    /// Takes a session out, one of those that are equal to it. Says whether there was one.
    pub(crate) fn remove(&mut self, time: i64, clicks: &[u32]) -> bool {
        let Some(id) = self.find(time, kept(clicks)) else { return false };
        for item in self.row(id).items().collect::<Vec<_>>() {
            let place = self.list(item).binary_search_by(|other| self.order(*other, id));
            if let Ok(place) = place {
                self.change(item, |list| _ = list.remove(place));
            }
        }
        self.count -= 1;
        self.waste += self.row(id).size();
        if self.waste > self.rows.len() / 2 {
            self.compact();
        }
        true
    }

    fn find(&self, time: i64, clicks: &[u32]) -> Option<u32> {
        let list = self.list(self.inside(*clicks.first()?)?);
        let name = |item| self.item(item).name;
        let clicks = || clicks.iter().copied();
        let place = list.binary_search_by(|id| self.row(*id).compare(time, clicks(), name));
        list.get(place.ok()?).copied()
    }

    /// Writes a session's row behind the others'.
    fn lay(&mut self, time: i64, clicks: &[u32], spare: &mut (Vec<u32>, Vec<u8>)) -> Option<u32> {
        let id = u32::try_from(self.rows.len() / 4).ok()?;
        let (own, places) = spare;
        own.clear();
        places.clear();
        for item in clicks {
            let item = self.intern(*item);
            let place = own.iter().position(|other| *other == item).unwrap_or(own.len());
            if place == own.len() {
                own.push(item);
            }
            places.push(place as u8);
        }
        Row::write(time, own, places, &mut self.rows);
        Some(id)
    }

    fn intern(&mut self, item: u32) -> u32 {
        let Self { inside, items, lists, .. } = self;
        *inside.entry(item).or_insert_with(|| {
            items.push(Item { name: item, sessions: 0 });
            lists.push(Vec::new());
            items.len() as u32 - 1
        })
    }

    fn change(&mut self, item: u32, change: impl FnOnce(&mut Vec<u32>)) {
        let list = self.lists.get_mut(item as usize);
        if let Some((list, item)) = list.zip(self.items.get_mut(item as usize)) {
            change(list);
            item.sessions = list.len() as u32;
        }
    }

    /// Builds anew, so that nothing is left of what went. Half of everything has gone since
    /// the last time, so it is rare.
    fn compact(&mut self) {
        *self = Self::try_from(Past::from(&*self)).unwrap_or_default();
    }

    /// The older first; of equal ones, the one that was written first.
    pub(super) fn order(&self, a: u32, b: u32) -> Ordering {
        self.recency(a, b).then(a.cmp(&b))
    }

    /// The older first, then by content: sessions that are the same to every answer are
    /// equal.
    fn recency(&self, a: u32, b: u32) -> Ordering {
        let name = |item| self.item(item).name;
        let b = self.row(b);
        self.row(a).compare(b.time, b.clicks().map(name), name)
    }

    pub(super) fn row(&self, id: u32) -> Row<'_> {
        row(&self.rows, id)
    }

    /// How many items it has heard of.
    pub(super) fn items(&self) -> usize {
        self.items.len()
    }

    pub(super) fn inside(&self, item: u32) -> Option<u32> {
        self.inside.get(&item).copied()
    }

    pub(super) fn item(&self, inside: u32) -> Item {
        self.items.get(inside as usize).copied().unwrap_or_default()
    }

    /// The sessions that an item is in, the oldest first.
    pub(super) fn list(&self, item: u32) -> &[u32] {
        self.lists.get(item as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// The logarithm of how many sessions there are.
    pub(super) fn log(&self) -> f64 {
        ln(self.count)
    }

    /// The logarithm of how many sessions an item is in.
    pub(super) fn log_of(&self, item: Item) -> f64 {
        let count = item.sessions as usize;
        self.logs.get(count).copied().unwrap_or_else(|| ln(count))
    }
}

fn row(rows: &[u8], id: u32) -> Row<'_> {
    rows.get(4 * id as usize..).and_then(Row::read).unwrap_or_default()
}

impl Serialize for Sessions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Past::from(self).serialize(serializer)
    }
}

impl From<&Sessions> for Past {
    fn from(index: &Sessions) -> Self {
        let mut ids: Vec<u32> = Vec::with_capacity(index.count);
        for (list, inside) in index.lists.iter().zip(0..) {
            // Each session once: with its first item.
            let first = |id: &&u32| index.row(**id).items().next() == Some(inside);
            ids.extend(list.iter().filter(first));
        }
        ids.sort_unstable_by(|a, b| index.recency(*a, *b));
        let mut past = Self::default();
        for row in ids.iter().map(|id| index.row(*id)) {
            past.push(row.time, row.clicks().map(|item| index.item(item).name));
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
