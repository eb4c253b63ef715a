//! Regularisation and the weight of what was not chosen, by trial inside the training data:
//! some customers are set apart, each with a part of the items held out, and what finds
//! these best is taken.

use std::ops::Range;

use super::fit::canonical;
use super::{Factors, Params};
use crate::numeric::Draws;
use crate::recommend::rows::Rows;

/// The grid: about the values that the paper found for sets of very different kinds.
const UNOBSERVED: [f64; 4] = [0.03, 0.1, 0.3, 1.0];
const REGULARISATION: [f64; 4] = [0.001, 0.003, 0.01, 0.03];

/// Then the ways to go from the best of the grid, half as far.
const HALF: f64 = 1.8;
const NEAR: [(f64, f64); 4] = [(HALF, 1.0), (1.0 / HALF, 1.0), (1.0, HALF), (1.0, 1.0 / HALF)];

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
        let found = self.turns.iter().map(|turn| {
            let fitted = Factors::fit(&turn.rows, self.items, params, threads);
            turn.asked.iter().map(|(own, held)| found(&fitted, own, held)).sum::<f64>()
        });
        let asked: usize = self.turns.iter().map(|turn| turn.asked.len()).sum();
        found.sum::<f64>() / asked.max(1) as f64
    }

    /// The best parameters; those given where there is nobody to try them on.
    pub(crate) fn choose(&self, params: Params, threads: usize) -> Params {
        if self.turns.is_empty() {
            return params;
        }
        let mut best = (f64::NEG_INFINITY, params);
        let mut consider = |factors: usize, regularisation: f64, unobserved: f64| {
            let params = Params { factors, regularisation, unobserved, ..params };
            let found = self.judge(params, threads);
            if found > best.0 {
                best = (found, params);
            }
            best.1
        };
        let [shortest, longer @ ..] = FACTORS;
        let mut middle = params;
        for unobserved in UNOBSERVED {
            for regularisation in REGULARISATION {
                middle = consider(shortest, regularisation, unobserved);
            }
        }
        let mut chosen = middle;
        for (more, weight) in NEAR {
            let (regularisation, unobserved) = (middle.regularisation, middle.unobserved);
            chosen = consider(shortest, regularisation * more, unobserved * weight);
        }
        for factors in longer {
            chosen = consider(factors, chosen.regularisation, chosen.unobserved);
            if chosen.factors != factors {
                break;
            }
        }
        chosen
    }
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
