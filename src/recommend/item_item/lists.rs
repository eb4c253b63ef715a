//! Which others are nearest to each item. A list holds what the rows with both items say,
//! which the sizes of the items are multiplied to when somebody asks: so of an item whose size
//! changes no list changes but those that it enters or leaves.

use super::similarity::near;

/// An item, and how near it is to another one, but for what that one's own size says, which
/// is the same for a whole list. The nearest is the least, then by number: as one number, so
/// that to compare two takes one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Near(u64);

impl Near {
    /// Farther than anything that is near at all.
    pub(super) const FAR: Self = Self(!1 << 32 | 0xffff_ffff);

    /// `near` is not negative.
    #[inline]
    pub(super) fn new(item: u32, near: f32) -> Self {
        // Floating point of one sign is in the order of its bits.
        Self(u64::from(!near.to_bits()) << 32 | u64::from(item))
    }

    pub(super) fn item(self) -> u32 {
        self.0 as u32
    }
}

/// The nearest of many.
#[derive(Debug)]
pub(super) struct Nearest {
    most: usize,
    list: Vec<Near>,
    /// What is farther than this is not among them.
    bar: Near,
}

impl Nearest {
    /// The nearest `most`; if there are so many, none of them is farther than `bar`.
    pub(super) fn new(most: usize, bar: Near) -> Self {
        Self { most, list: Vec::new(), bar: bar.min(Near::FAR) }
    }

    /// Whether it may be among them.
    #[inline]
    pub(super) fn wants(&self, one: Near) -> bool {
        one <= self.bar
    }

    pub(super) fn add(&mut self, one: Near) {
        self.list.push(one);
        if self.list.len() >= self.most.saturating_mul(2).saturating_add(16) {
            let (_, last, _) = self.list.select_nth_unstable(self.most.saturating_sub(1));
            self.bar = *last;
            self.list.truncate(self.most);
        }
    }

    /// They, in order.
    pub(super) fn into_sorted(mut self) -> Vec<Near> {
        self.list.sort_unstable();
        self.list.truncate(self.most);
        self.list
    }
}

/// One of the nearest, with what the rows with both say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    pub(super) item: u32,
    pub(super) strength: f32,
}

/// A list, by number, with its farthest if it is full.
pub(super) type Listed = (Vec<Neighbour>, Near);

/// Of each item the nearest others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lists {
    most: usize,
    lists: Vec<Vec<Neighbour>>,
    /// The farthest of a list that is full.
    last: Vec<Near>,
}

impl Lists {
    /// Lists of `most` at most.
    pub(super) fn new(most: usize, lists: Vec<Listed>) -> Self {
        let (lists, last) = lists.into_iter().unzip();
        Self { most, lists, last }
    }

    pub(super) fn len(&self) -> usize {
        self.lists.len()
    }

    /// The others of an item.
    pub(super) fn of(&self, item: u32) -> &[Neighbour] {
        self.lists.get(item as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// What is farther than this from an item is not in its list, if those that were in it are
    /// as near as `now` says.
    pub(super) fn least(&self, item: u32, now: impl Fn(u32) -> Near) -> Near {
        let list = self.of(item);
        let full = list.len() >= self.most;
        let last = list.iter().map(|one| now(one.item)).max();
        last.filter(|_| full).unwrap_or(Near::FAR)
    }

    /// Another list for an item.
    pub(super) fn set(&mut self, item: u32, (list, last): Listed) {
        let item = item as usize;
        if let Some((at, last_at)) = self.lists.get_mut(item).zip(self.last.get_mut(item)) {
            (*at, *last_at) = (list, last);
        }
    }

    /// What is farther from an item than this is not in its list.
    #[inline]
    pub(super) fn last(&self, item: u32) -> Near {
        self.last.get(item as usize).copied().unwrap_or(Near::FAR)
    }

    /// One that was so near to an item is nearer; `to` is what sizes say now.
    pub(super) fn comes_nearer(&mut self, item: u32, was: Near, one: Neighbour, to: &[f64]) {
        let place = item as usize;
        let at = self.lists.get_mut(place).zip(self.last.get_mut(place));
        let Some((list, last)) = at.filter(|(_, last)| was >= **last) else { return };
        // It was the farthest, or takes the place of that.
        if was > *last {
            list.retain(|other| other.item != last.item());
            list.insert(list.partition_point(|other| other.item < one.item), one);
        }
        let to = |item: u32| to.get(item as usize).copied().unwrap_or_default();
        let now = list.iter().map(|one| Near::new(one.item, near(one.strength, to(one.item))));
        *last = now.max().unwrap_or(Near::FAR);
    }
}
