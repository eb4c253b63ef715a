//! The mean of the neighbours, added up only as far as it can matter.
//!
//! Rows begin with their heaviest items. Whatever no neighbour buys with more than a small
//! weight cannot be among the best `n`; so light items are passed over at first, and added
//! up, by the lists of the few items that still may be among them, at last.

use super::index::{Index, Nearest};

/// Where the number of neighbours that were counted begins in a sum; weights stay below,
/// for at most 10,000 neighbours.
const COUNT: u32 = 40;

/// An item that may be answered, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) item: u32,
    /// What it scores for the customer alone.
    pub(super) own: f64,
    /// Whether the customer has bought it.
    pub(super) is_own: bool,
    /// The sum of the neighbours' weights.
    pub(super) sum: u64,
    /// How many neighbours may be missing from the sum.
    missing: u64,
}

impl Candidate {
    /// The most that the sum can come to.
    pub(super) fn most(&self, light: u32) -> u64 {
        self.sum + self.missing * u64::from(light)
    }
}

/// Room for adding up.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// For each item a sum and, from the bit `COUNT` on, of how many weights; all nought
    /// between two queries.
    sums: Vec<u64>,
    touched: Vec<u32>,
    pub(super) candidates: Vec<Candidate>,
}

impl Sums {
    /// The neighbours' weights above `light`, added up by item: candidates are what the
    /// customer has and whatever was touched.
    pub(super) fn add_up(
        &mut self,
        index: &Index,
        neighbours: &[(i64, u32)],
        own: &[(u32, f64)],
        light: u32,
    ) {
        let Self { sums, touched, candidates } = self;
        sums.resize(index.items() as usize, 0);
        touched.clear();
        let all = sums.as_mut_slice();
        for (_, row) in neighbours {
            for (item, weight) in index.row(*row) {
                if *weight <= light {
                    break;
                }
                if let Some(sum) = all.get_mut(*item as usize) {
                    if *sum == 0 {
                        touched.push(*item);
                    }
                    *sum = sum.wrapping_add(1 << COUNT | u64::from(*weight));
                }
            }
        }
        let k = neighbours.len() as u64;
        let mut take = |item: u32| {
            let sum = sums.get_mut(item as usize).map(std::mem::take).unwrap_or(0);
            (sum & ((1 << COUNT) - 1), k.saturating_sub(sum >> COUNT))
        };
        candidates.clear();
        candidates.extend(own.iter().map(|(item, own)| {
            let (sum, missing) = take(*item);
            Candidate { item: *item, own: *own, is_own: true, sum, missing }
        }));
        for item in &*touched {
            let (sum, missing) = take(*item);
            if sum > 0 {
                candidates.push(Candidate { item: *item, own: 0.0, is_own: false, sum, missing });
            }
        }
    }

    /// Whole sums for the candidates that are left.
    pub(super) fn complete(&mut self, index: &Index, nearest: &Nearest) {
        for candidate in &mut self.candidates {
            let weights = nearest.among(index.list(candidate.item));
            candidate.sum = weights.map(|(_, weight)| u64::from(weight)).sum();
            candidate.missing = 0;
        }
    }
}
