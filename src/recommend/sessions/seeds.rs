//! The items of a running session that are looked at.

use super::index::Sessions;
use super::params::{Fall, MOST_CLICKS, Weights};

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
    let most = (params.clicks as usize).min(MOST_CLICKS);
    let clicks = clicks.get(clicks.len().saturating_sub(most)..).unwrap_or_default();
    let (mut distinct, mut squares) = (0_u32, 0.0);
    into.clear();
    for (far, item) in clicks.iter().rev().enumerate() {
        if clicks.iter().rev().take(far).any(|later| later == item) {
            continue;
        }
        let weight = match params.position {
            Fall::Linear => (clicks.len() - far) as f64,
            _ => weights.position.get(far).copied().unwrap_or_default(),
        };
        distinct += 1;
        squares += weight * weight;
        if let Some(inside) = index.inside(*item) {
            into.push(Seed { item: *item, inside, far, weight });
        }
    }
    if params.by_length { f64::sqrt(squares) } else { f64::from(distinct) }
}
