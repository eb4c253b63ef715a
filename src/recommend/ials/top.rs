//! All items scored, and the best of them, exactly.
//!
//! The scan is in single precision over blocks of items that lie side by side. What it
//! leaves within its rounding of the best is scored again in double precision, and only
//! that decides.

use serde::{Deserialize, Serialize};

/// How many items lie side by side.
const SIDE: usize = 32;

/// The vectors of items, in blocks: of each block the first part of all, then the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Blocks {
    factors: usize,
    items: u32,
    parts: Vec<f32>,
    /// The length of the longest.
    longest: f64,
}

impl Blocks {
    /// The vectors of `items` items: those told, and zero for all others.
    pub(super) fn new<'a>(
        factors: usize,
        items: u32,
        told: impl Iterator<Item = (u32, &'a [f32])>,
    ) -> Self {
        let blocks = (items as usize).div_ceil(SIDE);
        let mut all =
            Self { factors, items, parts: vec![0.0; blocks * factors * SIDE], longest: 0.0 };
        for (item, vector) in told {
            let squares: f64 = vector.iter().map(|part| f64::from(*part) * f64::from(*part)).sum();
            all.longest = all.longest.max(squares.sqrt());
            let from = all.place(item);
            let places = all.parts.iter_mut().skip(from).step_by(SIDE);
            places.zip(vector).for_each(|(place, part)| *place = *part);
        }
        all
    }

    /// Whether these are vectors of so many parts, of so many items.
    pub(super) fn is_sound(&self, factors: usize, items: usize) -> bool {
        let parts = items.div_ceil(SIDE).checked_mul(factors * SIDE);
        let shape = self.factors == factors && u32::try_from(items) == Ok(self.items);
        let known = self.parts.iter().all(|part| part.is_finite()) && self.longest.is_finite();
        shape && parts == Some(self.parts.len()) && known
    }

    /// Where the first part of an item lies.
    fn place(&self, item: u32) -> usize {
        let item = item as usize;
        item / SIDE * SIDE * self.factors + item % SIDE
    }

    /// The vector of an item; empty beyond the last.
    pub(super) fn vector(&self, item: u32) -> impl Iterator<Item = f32> {
        let from = if item < self.items { self.place(item) } else { self.parts.len() };
        let parts = self.parts.get(from..).unwrap_or_default();
        parts.iter().step_by(SIDE).take(self.factors).copied()
    }

    /// The `n` items with the highest positive scores, best first, ties by number.
    pub(super) fn best(
        &self,
        customer: &[f64],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<(u32, f64)> {
        let scored = self.sieve(customer, n, keep).into_iter().map(|(_, item)| {
            let parts = self.vector(item).zip(customer);
            (item, parts.map(|(part, own)| f64::from(part) * own).sum::<f64>())
        });
        let mut scored: Vec<(u32, f64)> = scored.filter(|(_, score)| *score > 0.0).collect();
        scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.truncate(n);
        scored
    }

    /// The best, and whatever rounding may hide among them.
    fn sieve(&self, customer: &[f64], n: usize, keep: &dyn Fn(u32) -> bool) -> Vec<(f32, u32)> {
        if n == 0 {
            return Vec::new();
        }
        let single: Vec<f32> = customer.iter().map(|part| *part as f32).collect();
        let rounding = self.rounding(customer);
        let mut cut = -rounding;
        let mut passed: Vec<(f32, u32)> = Vec::new();
        let mut room = n.saturating_mul(2).saturating_add(SIDE);
        let blocks = self.parts.chunks_exact((self.factors * SIDE).max(SIDE));
        for (block, from) in blocks.zip((0..self.items).step_by(SIDE)) {
            let scores = scores(block, &single);
            if scores.iter().map(|score| u32::from(*score >= cut)).sum::<u32>() == 0 {
                continue;
            }
            let items = scores.into_iter().zip(from..self.items);
            passed.extend(items.filter(|(score, item)| *score >= cut && keep(*item)));
            if passed.len() >= room {
                cut = raise(&mut passed, n, cut, rounding);
                room = room.max(passed.len() * 2);
            }
        }
        raise(&mut passed, n, cut, rounding);
        passed
    }

    /// How far a score in single precision may be from the truth.
    fn rounding(&self, customer: &[f64]) -> f32 {
        let length = customer.iter().map(|part| part * part).sum::<f64>().sqrt();
        let steps = (self.factors + 8) as f64 * f64::from(f32::EPSILON);
        (steps * length * self.longest) as f32 + f32::MIN_POSITIVE
    }
}

/// The scores of the items of a block.
fn scores(block: &[f32], customer: &[f32]) -> [f32; SIDE] {
    let mut scores = [0.0; SIDE];
    for (parts, own) in block.chunks_exact(SIDE).zip(customer) {
        scores.iter_mut().zip(parts).for_each(|(score, part)| *score += part * own);
    }
    scores
}

/// What must be reached from now on: the n-th best, less the rounding on both sides. Those
/// who do not are gone.
fn raise(passed: &mut Vec<(f32, u32)>, n: usize, cut: f32, rounding: f32) -> f32 {
    if passed.len() <= n {
        return cut;
    }
    let (_, last, _) = passed.select_nth_unstable_by(n - 1, |a, b| b.0.total_cmp(&a.0));
    let cut = cut.max(last.0 - 2.0 * rounding);
    passed.retain(|(score, _)| *score >= cut);
    cut
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::prelude::*;
    use rand::rngs::StdRng;

    use super::*;

    /// Hardly any two items differ by more than rounding in single precision.
    #[test]
    fn what_rounding_hides_is_found() {
        let mut random = StdRng::seed_from_u64(1);
        for n in [1, 2, 7, 50, 299, 300, 1000] {
            let near = |random: &mut StdRng| 1.0 + f32::EPSILON * random.random_range(0..4) as f32;
            let vectors: Vec<Vec<f32>> =
                (0..300).map(|_| (0..24).map(|_| near(&mut random)).collect()).collect();
            let told = (0u32..).zip(vectors.iter().map(Vec::as_slice));
            let blocks = Blocks::new(24, 300, told);
            let customer: Vec<f64> = (0..24).map(|_| 0.1 + random.random::<f64>()).collect();
            let score = |vector: &Vec<f32>| {
                vector.iter().zip(&customer).map(|(part, own)| f64::from(*part) * own).sum::<f64>()
            };
            let mut twin: Vec<(u32, f64)> = (0..).zip(vectors.iter().map(score)).collect();
            twin.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            twin.truncate(n);
            assert_eq!(blocks.best(&customer, n, &|_| true), twin, "{n}");
        }
    }
}
