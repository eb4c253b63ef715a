//! The items that neighbours speak for, and how much each seed did for each.

/// Sums by item and seed.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Where the shares of each item begin, from 1; zero if nobody spoke for it.
    at: Vec<u32>,
    /// The items that were spoken for, `count` of them.
    items: Vec<u32>,
    count: usize,
    shares: Vec<f64>,
    seeds: usize,
}

impl Spoken {
    /// Forgets everything, even of a question that was broken off, and makes room: for an
    /// index with so many items, of which at most so many are spoken for, by so many seeds.
    pub(super) fn start(&mut self, items: usize, most: usize, seeds: usize) {
        for item in self.items.iter().take(self.count) {
            if let Some(at) = self.at.get_mut(*item as usize) {
                *at = 0;
            }
        }
        if self.at.len() < items {
            self.at.resize(items, 0);
        }
        let most = most.min(items);
        if self.items.len() <= most {
            self.items.resize(most + 1, 0);
        }
        self.shares.clear();
        self.shares.resize(most * seeds, 0.0);
        self.count = 0;
        self.seeds = seeds;
    }

    /// A seed speaks for an item.
    #[inline]
    pub(super) fn add(&mut self, item: u32, seed: usize, worth: f64) {
        let Some(at) = self.at.get_mut(item as usize) else { return };
        // No branch: whether an item is new, nobody can predict.
        let new = *at == 0;
        let next = (self.count * self.seeds) as u32 + 1;
        *at = if new { next } else { *at };
        if let Some(place) = self.items.get_mut(self.count) {
            *place = item;
        }
        self.count += usize::from(new);
        if let Some(share) = self.shares.get_mut(*at as usize - 1 + seed) {
            *share += worth;
        }
    }

    /// The items with their shares, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &[f64])> {
        let items = self.items.iter().take(self.count).copied();
        items.zip(self.shares.chunks_exact(self.seeds.max(1)))
    }

    /// How much each seed did for one of them.
    pub(super) fn shares(&self, place: usize) -> &[f64] {
        let from = place * self.seeds;
        self.shares.get(from..from + self.seeds).unwrap_or_default()
    }
}
