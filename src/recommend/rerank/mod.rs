//! From what models rank to what a customer is shown: several lists into one, varied
//! enough, in the customer's own proportions, and as the merchant's rules want it.
//!
//! Every step is a pure function from lists, best first, to a list. A step that weighs
//! gives each item the score that it weighed; a step that only arranges leaves scores as
//! they are. None makes an item vanish that its rules do not leave out.

mod blend;
mod calibrate;
mod diversity;
mod rules;
#[cfg(test)]
mod twin;

pub(crate) use blend::{by_rank, by_score};
pub(crate) use calibrate::{calibrated, mix};
pub(crate) use diversity::{Against, diverse, jaccard, novel};
pub(crate) use rules::{Facts, Rules, apply};

use super::{Ranked, best};

/// How many of a customer's own items are named for one that is recommended.
const REASONS: usize = 3;

/// The scores of a list in proportion to its best, which is 1: so a longer list of the same
/// model has the same. Where none is above zero, from 0 for the worst to 1 for the best.
fn relevance(list: &[Ranked]) -> Vec<f64> {
    let scores = || list.iter().map(|ranked| finite(ranked.score));
    let best = scores().fold(f64::NEG_INFINITY, f64::max);
    let floor = if best > 0.0 { 0.0 } else { scores().fold(best, f64::min) };
    let reach = best - floor;
    scores().map(|score| if reach > 0.0 { (score - floor) / reach } else { 0.0 }).collect()
}

/// Scores times their factors, in order again. A negative score is divided, so that a
/// factor above 1 always raises. Factors are between a millionth and a million; 1 where
/// they are no number.
fn weighed(list: Vec<Ranked>, factor: impl Fn(u32) -> f64) -> Vec<Ranked> {
    let weigh = |ranked: Ranked| {
        let (score, factor) = (finite(ranked.score), limited(factor(ranked.item)));
        let score = if score < 0.0 { score / factor } else { score * factor };
        Ranked { score, ..ranked }
    };
    best(list.into_iter().map(weigh).collect(), usize::MAX)
}

fn limited(factor: f64) -> f64 {
    if factor.is_nan() { 1.0 } else { factor.clamp(1e-6, 1e6) }
}

/// Nothing for what is no finite number.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

/// A weight between nothing and all; nothing for what is no number.
fn share(weight: f64) -> f64 {
    finite(weight).clamp(0.0, 1.0)
}

/// The chosen places of a list in the order chosen, then all others as they were.
fn arranged(list: Vec<Ranked>, chosen: &[usize]) -> Vec<Ranked> {
    let mut list: Vec<Option<Ranked>> = list.into_iter().map(Some).collect();
    let mut arranged = Vec::with_capacity(list.len());
    arranged.extend(chosen.iter().filter_map(|place| list.get_mut(*place)?.take()));
    arranged.extend(list.into_iter().flatten());
    arranged
}
