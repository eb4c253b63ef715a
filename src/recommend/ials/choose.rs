//! Regularisation and the weight of what was not chosen, by trial inside the training data:
//! some customers are set apart, each with a part of the items held out, and what finds
//! these best is taken.

use std::ops::Range;

use super::fit::canonical;
use super::{Factors, Params};
use crate::numeric::Draws;
use crate::recommend::rows::Rows;

/// Ways to go, in powers of ten for the regularisation and for the weight: each alone, and
/// one against the other, since more of either means shorter vectors.
const WAYS: [(f64, f64); 6] =
    [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, -1.0), (-1.0, 1.0)];

/// How far to go at a time: while it helps, then half as far.
const STRIDES: [f64; 2] = [0.5, 0.25];

/// How often at most.
const ROUNDS: usize = 6;

/// Lengths to try, one after the other while they find more.
const FACTORS: [usize; 3] = [32, 64, 128];

/// How many customers are set apart: one in five, and no more than a thousand.
const APART: (f64, f64) = (0.2, 1000.0);

/// Where these are fewer, others are set apart in turn, and the whole is tried again.
const FEW: usize = 300;

/// Who has fewer items shows too little.
const ENOUGH: usize = 5;

/// One in five items is held out.
const HELD: usize = 5;

/// How long the lists are that are judged.
const LIST: usize = 100;

/// What is learned from, and what is to be found, once or in turns.
pub(crate) struct Trial {
    turns: Vec<Turn>,
    items: usize,
}

/// Who is learned from; and of each customer set apart, the own items and those held out.
#[derive(Default)]
struct Turn {
    rows: Rows,
    asked: Vec<(Vec<u32>, Vec<u32>)>,
}

impl Trial {
    /// Sets customers apart; the same ones whatever the order of the rows.
    pub(crate) fn new(rows: &Rows, items: usize, seed: u64) -> Self {
        let all = canonical(rows, items as u64);
        let share = APART.0.min(APART.1 / all.len().max(1) as f64);
        let most = (1.0 / share) as usize;
        let mut turns: Vec<Turn> = Vec::new();
        let asked = |turns: &[Turn]| turns.iter().map(|turn| turn.asked.len()).sum::<usize>();
        while turns.len() < most && asked(&turns) < FEW {
            let from = turns.len() as f64 * share;
            turns.push(Turn::new(&all, from..from + share, seed));
        }
        turns.retain(|turn| !turn.asked.is_empty());
        Self { turns, items }
    }

    /// How well parameters find what was held out: the mean NDCG of lists of a hundred.
    pub(crate) fn judge(&self, params: Params, threads: usize) -> f64 {
        // Each turn starts elsewhere, so that no start of its own luck is chosen for.
        let found = (0u64..).zip(&self.turns).map(|(more, turn)| {
            let params = Params { seed: params.seed.wrapping_add(more), ..params };
            let fitted = Factors::fit(&turn.rows, self.items, params, threads);
            turn.asked.iter().map(|(own, held)| found(&fitted, own, held)).sum::<f64>()
        });
        let asked: usize = self.turns.iter().map(|turn| turn.asked.len()).sum();
        found.sum::<f64>() / asked.max(1) as f64
    }

    /// The best parameters that are found from those given on; these where there is nobody
    /// to try them on.
    pub(crate) fn choose(&self, params: Params, threads: usize) -> Params {
        let [shortest, longer @ ..] = FACTORS;
        if self.turns.is_empty() {
            return params;
        }
        let judged = |params: Params| (self.judge(params, threads), params);
        let mut best = judged(Params { factors: shortest, ..params });
        for stride in STRIDES {
            for _ in 0..ROUNDS {
                let from = best.1;
                let tried = WAYS.map(|way| judged(step(from, way, stride)));
                best = tried.into_iter().fold(best, |a, b| if b.0 > a.0 { b } else { a });
                if best.1 == from {
                    break;
                }
            }
        }
        for factors in longer {
            let tried = judged(Params { factors, ..best.1 });
            if tried.0 <= best.0 {
                break;
            }
            best = tried;
        }
        best.1
    }
}

fn step(from: Params, (more, weight): (f64, f64), stride: f64) -> Params {
    let times = |power: f64| libm::pow(10.0, power * stride);
    let regularisation = from.regularisation * times(more);
    Params { regularisation, unobserved: from.unobserved * times(weight), ..from }
}

impl Turn {
    /// Sets those apart whose draw is in a range.
    fn new(all: &[Vec<u32>], apart: Range<f64>, seed: u64) -> Self {
        let mut turn = Self::default();
        for (place, own) in (0u64..).zip(all) {
            let mut draws = Draws::new(seed, &[b"ials apart", &place.to_le_bytes()]);
            if own.len() < ENOUGH || !apart.contains(&draws.unit()) {
                turn.rows.push(own.iter().copied());
                continue;
            }
            let mut drawn: Vec<(f64, u32)> = own.iter().map(|item| (draws.unit(), *item)).collect();
            drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let mut own: Vec<u32> = drawn.into_iter().map(|(_, item)| item).collect();
            let mut held = own.split_off(own.len() - own.len() / HELD);
            held.sort_unstable();
            own.sort_unstable();
            turn.asked.push((own, held));
        }
        turn
    }
}

/// How much of what was held out a list finds, and how early (NDCG).
fn found(fitted: &Factors, own: &[u32], held: &[u32]) -> f64 {
    let list = fitted.list(own, LIST, &|item| own.binary_search(&item).is_err());
    let hits = list.iter().map(|(item, _)| held.binary_search(item).is_ok());
    gain(hits) / gain(held.iter().map(|_| true).take(LIST))
}

/// What is found, worth less the later it comes.
fn gain(found: impl Iterator<Item = bool>) -> f64 {
    let worth = |place: u32| 1.0 / libm::log2(f64::from(place) + 2.0);
    (0..).zip(found).map(|(place, hit)| if hit { worth(place) } else { 0.0 }).sum()
}

#[cfg(test)]
mod tests {
    use super::gain;

    #[test]
    fn what_comes_later_is_worth_less() {
        let gain = |found: &[bool]| gain(found.iter().copied());
        assert_eq!(gain(&[true, false, true, false]), 1.5);
        assert!((gain(&[false, true]) - 0.630_929_753_571_457_4).abs() < 1e-15);
    }
}
