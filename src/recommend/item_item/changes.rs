//! One customer more or less. The list of an item that the customer has is counted anew. The
//! list of another item changes only where one of the customer's items enters or leaves it:
//! one that fewer have now is nearer to all others, one that more have is farther.

use super::Neighbours;
use super::lists::{Near, Nearest, Neighbour};
use super::similarity::{Similarity, near};
use crate::recommend::Taught;
use crate::recommend::together::Counts;

impl Neighbours {
    /// Whether it follows one customer more or less without a new fit.
    pub(crate) fn follows(&self) -> bool {
        self.params.forgets_at_once()
    }

    /// Forgets what somebody had. False if that takes a new fit, or if nobody had just this;
    /// then nothing has changed.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        if gone.items().is_empty() {
            return true;
        }
        if !self.follows() || !self.held.remove(&self.rows(gone)) {
            return false;
        }
        self.follow(gone.items());
        true
    }

    /// Learns what somebody has. False if that takes a new fit; then nothing has changed.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        let known = |item: &u32| (*item as usize) < self.held.items();
        if new.items().is_empty() {
            return true;
        }
        if !self.follows() || !new.items().iter().all(known) {
            return false;
        }
        let rows = self.rows(new);
        self.held.add(&rows);
        self.follow(new.items());
        true
    }

    fn rows<'a>(&self, taught: &'a Taught) -> Vec<&'a [u32]> {
        if self.params.within_orders {
            taught.orders().iter().map(Vec::as_slice).collect()
        } else {
            vec![taught.items()]
        }
    }

    /// Sets the lists right after rows of some items came or went.
    fn follow(&mut self, items: &[u32]) {
        let mut has = vec![false; self.held.items()];
        for item in items {
            has.get_mut(*item as usize).into_iter().for_each(|has| *has = true);
        }
        let to = self.sizes.all().to_vec();
        self.sizes.follow(&self.held, items);
        let mut moving = Moving { has, to, behind: Vec::new() };
        let mut counts = Counts::of(self.held.items());
        items.iter().for_each(|item| self.follow_one(*item, &mut counts, &mut moving));
        let mut behind = std::mem::take(&mut moving.behind);
        behind.sort_unstable();
        behind.dedup();
        behind.into_iter().for_each(|item| self.follow_one(item, &mut counts, &mut moving));
        self.work_out_digest();
    }

    /// Counts an item's own list anew, and moves the item in the lists of others.
    fn follow_one(&mut self, item: u32, counts: &mut Counts, moving: &mut Moving) {
        self.held.count(item, counts, |_| 1);
        let (before, after) = moving.change(item, self.sizes.to(item));
        let nearest_to = if before == after { 0.0 } else { before.max(after) };
        let mut nearest = Nearest::new(self.params.neighbours as usize, self.least(item, counts));
        for (other, n) in counts.iter() {
            let strength = self.sizes.strength(n, None);
            let own = Near::new(other, near(strength, self.sizes.to(other)));
            if nearest.wants(own) && other != item {
                nearest.add(own);
            }
            let at = |to: f64| Near::new(item, near(strength, to));
            if at(nearest_to) > self.lists.last(other) || moving.has(other) {
                continue;
            }
            let (was, is) = (at(before), at(after));
            if is < was {
                let one = Neighbour { item, strength };
                self.lists.comes_nearer(other, was, one, &moving.to);
            } else if is > self.lists.last(other) {
                moving.behind.push(other);
            }
        }
        let list = self.listed(nearest, counts, None);
        self.lists.set(item, list);
    }

    /// What is farther from an item that was counted is not in its list, if those that were
    /// in it are as near as they are now.
    fn least(&self, item: u32, counts: &Counts) -> Near {
        self.lists.least(item, |other| {
            let strength = self.sizes.strength(counts.get(other), None);
            Near::new(other, near(strength, self.sizes.to(other)))
        })
    }
}

/// What is under way while lists are set right.
struct Moving {
    /// Whose own list is counted anew.
    has: Vec<bool>,
    /// What sizes say in the lists of others, where one item moves after the other.
    to: Vec<f64>,
    /// Those of whose lists something left, that something else may be nearer to now.
    behind: Vec<u32>,
}

impl Moving {
    fn has(&self, item: u32) -> bool {
        self.has.get(item as usize).copied().unwrap_or(true)
    }

    /// Goes over to what the size of an item says now; gives back what it said before as well.
    fn change(&mut self, item: u32, after: f64) -> (f64, f64) {
        let at = self.to.get_mut(item as usize);
        (at.map_or(after, |at| std::mem::replace(at, after)), after)
    }
}

impl super::ItemItem {
    /// Whether its model follows one customer more or less without a new fit.
    pub(crate) fn forgets_at_once(&self) -> bool {
        self.similarity != Similarity::Bm25
    }
}
