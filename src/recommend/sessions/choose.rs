//! Which decays suit a shop: tried on its own newest sessions.

use super::index::Sessions;
use super::params::{Fall, SessionNeighbours};
use super::past::kept;
use super::rank::Running;
use super::scratch::Scratch;
use super::weights::Weights;
use crate::recommend::rows::Rows;

/// How many clicks are predicted for each try, at most.
const PREDICTIONS: usize = 20_000;

/// How far down an answer is looked at.
const DEPTH: usize = 20;

impl SessionNeighbours {
    /// The same parameters, but for those decays that are in use: distance, match and
    /// half-life, one after the other, are what best predicts the clicks of the newest
    /// tenth of these sessions from the sessions before them (mean reciprocal rank among
    /// 20). What is no better than the parameters as they are changes nothing.
    #[must_use]
    pub(crate) fn chosen(self, times: &[i64], sessions: &Rows) -> Self {
        let mut all: Vec<(i64, &[u32])> =
            times.iter().copied().zip(sessions.iter().map(kept)).collect();
        all.sort_unstable();
        let (past, newest) = all.split_at_checked(all.len() - all.len() / 10).unwrap_or_default();
        let mut rows = Rows::default();
        past.iter().for_each(|(_, clicks)| rows.push(clicks.iter().copied()));
        let times: Vec<i64> = past.iter().map(|(time, _)| *time).collect();
        let index = Sessions::build(&times, &rows);
        let mut scratch = Scratch::default();
        let mut best = (ranks(&index, newest, self, &mut scratch), self);
        for tries in [Self::distances, Self::matches, Self::half_lives] {
            for params in tries(best.1) {
                let sum = ranks(&index, newest, params, &mut scratch);
                if sum > best.0 {
                    best = (sum, params);
                }
            }
        }
        best.1
    }

    fn distances(self) -> Vec<Self> {
        let tries = self.distance.map(|_| [0.25, 0.4, 0.7, 1.0, 2.0, 4.0, 8.0]);
        tries.iter().flatten().map(|clicks| self.distance(Some(*clicks))).collect()
    }

    fn matches(self) -> Vec<Self> {
        let Fall::Exponential(_) = self.matched else { return Vec::new() };
        let tries = [0.6, 0.85, 1.2, 2.0, 3.0, 6.0];
        tries.iter().map(|clicks| self.matched(Fall::Exponential(*clicks))).collect()
    }

    fn half_lives(self) -> Vec<Self> {
        let tries = self.half_life_days.map(|_| [1.0, 3.0, 10.0, 40.0, 180.0]);
        tries.iter().flatten().map(|days| self.half_life_days(Some(*days))).collect()
    }
}

/// The sum of the reciprocal ranks of the clicks that came, the newest sessions first.
fn ranks(
    index: &Sessions,
    sessions: &[(i64, &[u32])],
    params: SessionNeighbours,
    scratch: &mut Scratch,
) -> f64 {
    let weights = Weights::new(params);
    let newest = sessions.iter().rev().flat_map(|(_, clicks)| {
        let known = (1..clicks.len()).filter_map(|known| clicks.split_at_checked(known));
        known.filter_map(|(known, rest)| Some((known, *rest.first()?)))
    });
    let mut sum = 0.0;
    for (clicks, next) in newest.take(PREDICTIONS) {
        let running = Running { clicks, n: DEPTH, keep: &|_| true, why: false };
        let answer = index.rank(&weights, &running, scratch);
        let place = answer.iter().position(|suggested| suggested.item == next);
        sum += place.map_or(0.0, |place| 1.0 / (place + 1) as f64);
    }
    sum
}
