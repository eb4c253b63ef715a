//! For each item the rows that it is in: many lists in one piece of memory, for reading
//! them is what most of the time of a query goes into.

/// Lists of rows with weights, in no order.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    spans: Vec<Span>,
    entries: Vec<(u32, u32)>,
}

/// Where a list stands, and for how many entries there is room.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    len: u32,
    room: u32,
}

impl Lists {
    /// Empty lists with room for so many entries each.
    pub(super) fn with_room(rooms: impl IntoIterator<Item = u32>) -> Self {
        let mut start = 0;
        let span = |room: u32| {
            let span = Span { start, len: 0, room };
            start += room as usize;
            span
        };
        let spans = rooms.into_iter().map(span).collect();
        Self { spans, entries: vec![(0, 0); start] }
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// A list; none beyond the last.
    pub(super) fn get(&self, list: u32) -> &[(u32, u32)] {
        let span = self.spans.get(list as usize);
        let of = |span: &Span| self.entries.get(span.start..span.start + span.len as usize);
        span.and_then(of).unwrap_or_default()
    }

    /// Adds an entry to a list. Without room it moves to the end, with twice as much.
    pub(super) fn push(&mut self, list: u32, entry: (u32, u32)) {
        let Some(span) = self.spans.get_mut(list as usize) else { return };
        if span.len == span.room {
            let from = span.start..span.start + span.len as usize;
            *span = Span { start: self.entries.len(), room: (2 * span.room).max(4), ..*span };
            self.entries.extend_from_within(from);
            self.entries.resize(span.start + span.room as usize, (0, 0));
        }
        if let Some(free) = self.entries.get_mut(span.start + span.len as usize) {
            *free = entry;
            span.len += 1;
        }
    }

    /// Takes the entry of a row out of a list.
    pub(super) fn remove(&mut self, list: u32, row: u32) {
        let Some(place) = self.get(list).iter().position(|(other, _)| *other == row) else {
            return;
        };
        if let Some(span) = self.spans.get_mut(list as usize) {
            span.len -= 1;
            self.entries.swap(span.start + place, span.start + span.len as usize);
            if let Some(gone) = self.entries.get_mut(span.start + span.len as usize) {
                *gone = (0, 0);
            }
        }
    }

    /// Gives the entry of a row in a list another row.
    pub(super) fn rename(&mut self, list: u32, row: u32, new: u32) {
        let place = self.get(list).iter().position(|(other, _)| *other == row);
        let start = self.spans.get(list as usize).map(|span| span.start);
        let at = start.zip(place).and_then(|(start, place)| self.entries.get_mut(start + place));
        if let Some((row, _)) = at {
            *row = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Draws;

    #[test]
    fn lists_are_lists() {
        for seed in 0..200 {
            let mut draws = Draws::new(seed, &[b"lists"]);
            let rooms: Vec<u32> = (0..4).map(|_| draws.below(4) as u32).collect();
            let mut lists = Lists::with_room(rooms);
            let mut plain: Vec<Vec<(u32, u32)>> = vec![Vec::new(); 4];
            for row in 0..60 {
                let list = draws.below(5) as u32;
                lists.push(list, (row, 7 * row));
                if let Some(plain) = plain.get_mut(list as usize) {
                    plain.push((row, 7 * row));
                }
                let (list, gone) = (draws.below(4), draws.below(60) as u32);
                lists.remove(list as u32, gone);
                plain[list].retain(|(row, _)| *row != gone);
                let (list, named) = (draws.below(4), draws.below(60) as u32);
                lists.rename(list as u32, named, 100 + row);
                for (other, _) in plain[list].iter_mut().filter(|(other, _)| *other == named) {
                    *other = 100 + row;
                }
                for (list, plain) in (0..).zip(&plain) {
                    let mut ours = lists.get(list).to_vec();
                    ours.sort_unstable();
                    let mut plain = plain.clone();
                    plain.sort_unstable();
                    assert_eq!(ours, plain, "seed {seed}");
                }
            }
            assert!(lists.get(4).is_empty() && lists.len() == 4);
        }
    }
}
