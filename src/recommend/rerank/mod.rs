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

use super::Ranked;

/// How many of a customer's own items are named for one that is recommended.
const REASONS: usize = 3;

/// The scores of a list from 0 to 1: 1 is its best, 0 is zero, for which nothing speaks, or
/// its worst where that is negative. So a longer list of the same model has the same.
fn relevance(list: &[Ranked]) -> Vec<f64> {
    let scores = || list.iter().map(|ranked| finite(ranked.score));
    let floor = scores().fold(0.0, f64::min);
    let reach = scores().fold(0.0, f64::max) - floor;
    scores().map(|score| if reach > 0.0 { (score - floor) / reach } else { 0.0 }).collect()
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
