//! The row of a session: its time, its items, its clicks, next to each other in memory.

use std::cmp::Ordering;

/// A session as it is held.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row<'a> {
    /// When its last click was.
    pub(super) time: i64,
    /// How many clicks it has.
    clicks: u16,
    /// Its items, each once, in the order of their first clicks.
    items: &'a [[u8; 4]],
    /// For each click the place of its item; nothing if no item was clicked twice.
    places: &'a [u8],
}

/// How many bytes come before the items.
const HEAD: usize = 12;

impl<'a> Row<'a> {
    /// Writes one behind others.
    pub(super) fn write(time: i64, items: &[u32], places: &[u8], into: &mut Vec<u8>) {
        into.extend(time.to_le_bytes());
        into.extend((items.len() as u16).to_le_bytes());
        into.extend((places.len() as u16).to_le_bytes());
        into.extend(items.iter().flat_map(|item| item.to_le_bytes()));
        if places.len() != items.len() {
            into.extend(places);
        }
        into.resize(into.len().next_multiple_of(4), 0);
    }

    /// Reads one at the beginning of some bytes.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *head;
        let items = usize::from(u16::from_le_bytes([i, j]));
        let clicks = u16::from_le_bytes([k, l]);
        let (own, rest) = rest.split_at_checked(4 * items)?;
        let repeats = if usize::from(clicks) == items { 0 } else { usize::from(clicks) };
        Some(Self {
            time: i64::from_le_bytes([a, b, c, d, e, f, g, h]),
            clicks,
            items: own.as_chunks().0,
            places: rest.get(..repeats)?,
        })
    }

    /// How many bytes it takes.
    pub(super) fn size(&self) -> usize {
        (HEAD + 4 * self.items.len() + self.places.len()).next_multiple_of(4)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Its items, each once.
    pub(super) fn items(&self) -> impl ExactSizeIterator<Item = u32> + Clone + 'a {
        self.items.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Its clicks as places among its items, or nothing if each is its own place.
    pub(super) fn repeats(&self) -> Option<&'a [u8]> {
        (!self.places.is_empty()).then_some(self.places)
    }

    /// Its clicks, as items.
    pub(super) fn clicks(&self) -> impl ExactSizeIterator<Item = u32> + 'a {
        let Self { items, places, .. } = *self;
        (0..usize::from(self.clicks)).map(move |click| {
            let place = places.get(click).map_or(click, |place| usize::from(*place));
            u32::from_le_bytes(items.get(place).copied().unwrap_or_default())
        })
    }

    /// The older first, then by content: sessions that are the same to every answer are
    /// equal. `name` says what its items are outside.
    pub(super) fn compare(
        &self,
        time: i64,
        clicks: impl Iterator<Item = u32>,
        name: impl Fn(u32) -> u32,
    ) -> Ordering {
        self.time.cmp(&time).then_with(|| self.clicks().map(name).cmp(clicks))
    }
}
