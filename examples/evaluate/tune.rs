//! Parameters, chosen inside the training file alone.

use confidant::Recommender;
use confidant::evaluate::{Basket, Dataset, Interaction, StrongSplit, baskets, hold_out_customers};

use crate::model::{Model, Settings};
use crate::strong::{LIST, Quality, anything_else, folded, names};
use crate::support::Result;
use crate::support::progress::Progress;

/// What suits these rows: found by the recommender itself where it knows how, else among
/// candidates.
pub(crate) fn choose(
    model: Model,
    rows: &[Interaction<'_>],
    seed: u64,
    threads: usize,
) -> Result<Settings> {
    if model == Model::Als {
        let orders = baskets(rows);
        let usual = model.with(&Settings::new())?;
        return settings(&Dataset::new().baskets(&orders).choose(usual, seed, threads)?);
    }
    let candidates = model.candidates();
    match candidates.as_slice() {
        [only] => Ok(only.clone()),
        _ => best(model, candidates, rows, seed, threads),
    }
}

/// The numbers that a recommender is told, by name.
fn settings(recommender: &Recommender) -> Result<Settings> {
    let told = serde_json::to_value(recommender)?;
    let families = told.as_object().into_iter().flatten();
    let all = families.flat_map(|(_, params)| params.as_object().into_iter().flatten());
    Ok(all.filter_map(|(key, value)| Some((key.clone(), value.as_f64()?))).collect())
}

/// How many customers are asked at least where a fit takes next to nothing: others are held
/// out in turn.
const ENOUGH: usize = 300;

/// The candidate with the highest NDCG@100 for customers who are held out of the training
/// rows: a tenth of them, a thousand at most.
fn best(
    model: Model,
    candidates: Vec<Settings>,
    rows: &[Interaction<'_>],
    seed: u64,
    threads: usize,
) -> Result<Settings> {
    let mut customers: Vec<&str> = rows.iter().map(|row| row.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let held = (customers.len() / 10).clamp(1, 1000);
    let turns = if model == Model::ItemItem { ENOUGH.div_ceil(held).min(5) } else { 1 };
    let turns = (0..turns as u64).map(|turn| hold_out_customers(rows, held, 20, seed + turn));
    let turns: Vec<StrongSplit<'_>> = turns.collect();
    let learned: Vec<Vec<Basket<'_>>> = turns.iter().map(|turn| baskets(&turn.train)).collect();
    let mut progress = Progress::new("choosing parameters", candidates.len() as u64);
    let mut best: Option<(f64, Settings)> = None;
    for settings in candidates {
        let mut quality = Quality::new();
        for (turn, orders) in turns.iter().zip(&learned) {
            let trained = Dataset::new().baskets(orders).fit(model.with(&settings)?, threads)?;
            for trial in &turn.trials {
                let answer = trained.recommend(&anything_else(&folded(trial)), LIST);
                quality.add(&names(answer), &trial.held_out);
            }
        }
        let mean = quality.ndcg100.summary().map_or(0.0, |summary| summary.mean);
        if best.as_ref().is_none_or(|(most, _)| mean > *most) {
            best = Some((mean, settings));
        }
        progress.add(1);
    }
    Ok(best.map(|(_, settings)| settings).unwrap_or_default())
}
