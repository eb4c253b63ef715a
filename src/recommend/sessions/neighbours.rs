//! The past sessions that are nearest to the running one.

use super::index::Sessions;
use super::places::Places;
use super::seeds::Seed;
use super::weights::Weights;

/// A past session that shares an item with the running one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Candidate {
    pub(super) id: u32,
    /// Which of the seeds are shared, the latest in the lowest bit.
    pub(super) shared: u32,
    /// How many items it has.
    pub(super) items: u32,
    /// The sum of the weights of the shared seeds.
    pub(super) similarity: f64,
    /// What a unit of similarity is worth.
    pub(super) worth: f64,
}

impl Sessions {
    /// The most recent sessions that share an item.
    pub(super) fn candidates(
        &self,
        weights: &Weights,
        seeds: &[Seed],
        places: &mut Places,
        found: &mut Vec<Candidate>,
    ) {
        let recent = weights.params.recent as usize;
        let list = |seed: &Seed| {
            let list = self.list(seed.inside);
            list.get(list.len().saturating_sub(recent)..).unwrap_or_default()
        };
        let total = seeds.iter().map(|seed| list(seed).len()).sum();
        places.start(if seeds.len() > 1 { total } else { 0 });
        found.clear();
        for (seed, bit) in seeds.iter().zip(0..) {
            for id in list(seed).iter().rev() {
                let place = if seeds.len() > 1 { places.place(*id) } else { found.len() + 1 };
                if let Some(candidate) = found.get_mut(place - 1) {
                    candidate.shared |= 1 << bit;
                    candidate.similarity += seed.weight;
                } else {
                    let (shared, similarity) = (1 << bit, seed.weight);
                    found.push(Candidate { id: *id, shared, items: 0, similarity, worth: 1.0 });
                }
            }
        }
        if found.len() > recent {
            found.select_nth_unstable_by(recent - 1, |a, b| self.order(b.id, a.id));
            found.truncate(recent);
        }
    }

    /// The nearest of them, and what each is worth.
    pub(super) fn nearest(
        &self,
        weights: &Weights,
        seeds: &[Seed],
        norm: f64,
        found: &mut Vec<Candidate>,
    ) {
        // Row after row without a branch, so that memory is waited for once and not each
        // time.
        let mut newest = i64::MIN;
        for candidate in found.iter_mut() {
            let row = self.row(candidate.id);
            candidate.items = row.len() as u32;
            newest = newest.max(row.time);
        }
        // A factor that all have in common changes nothing: ages are counted from the
        // newest of them, and not from an instant that would have to be told.
        for candidate in found.iter_mut() {
            let age = newest.saturating_sub(self.row(candidate.id).time);
            candidate.worth = weights.neighbour(candidate.items as usize, age);
        }
        let most = weights.params.neighbours as usize;
        if found.len() > most {
            let near = |candidate: &Candidate| candidate.similarity * candidate.worth;
            found.select_nth_unstable_by(most - 1, |a, b| {
                near(b).total_cmp(&near(a)).then_with(|| self.order(b.id, a.id))
            });
            found.truncate(most);
        }
        for candidate in found.iter_mut() {
            let latest = seeds.get(candidate.shared.trailing_zeros() as usize);
            candidate.worth *= latest.map_or(0.0, |seed| weights.matched(seed.far)) / norm;
        }
    }
}
