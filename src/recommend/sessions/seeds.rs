//! The items of a running session that are looked at.

use super::index::Sessions;
use super::weights::Weights;

/// An item of the running session that the index knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed {
    pub(super) item: u32,
    /// Its number in the index.
    pub(super) inside: u32,
    /// How many clicks before the last.
    pub(super) far: usize,
    pub(super) weight: f64,
}

/// Fills in the seeds, the latest first, and says by what similarities are divided.
pub(super) fn seeds(
    index: &Sessions,
    weights: &Weights,
    clicks: &[u32],
    into: &mut Vec<Seed>,
) -> f64 {
    let params = &weights.params;
    let first = clicks.len().saturating_sub(params.clicks as usize);
    let clicks = clicks.get(first..).unwrap_or_default();
    let (mut distinct, mut squares) = (0_u32, 0.0);
    into.clear();
    for (far, item) in clicks.iter().rev().enumerate() {
        if clicks.iter().rev().take(far).any(|later| later == item) {
            continue;
        }
        let weight = weights.position(far, clicks.len());
        distinct += 1;
        squares += weight * weight;
        if let Some(inside) = index.inside(*item) {
            into.push(Seed { item: *item, inside, far, weight });
        }
    }
    if params.by_length { f64::sqrt(squares) } else { f64::from(distinct) }
}
