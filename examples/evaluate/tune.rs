//! Parameters, chosen on a split inside the training file alone.

use confidant::evaluate::{
    Asked, Dataset, Hits, Interaction, Summary, Trial, baskets, hold_out_customers,
};

use crate::model::{Model, Settings};
use crate::support::Result;
use crate::support::progress::Progress;

/// The candidate with the highest NDCG@100 for customers who are held out of the training
/// rows: a tenth of them, a thousand at most.
pub(crate) fn choose(
    model: Model,
    rows: &[Interaction<'_>],
    seed: u64,
    threads: usize,
) -> Result<Settings> {
    let candidates = model.candidates();
    if let [only] = candidates.as_slice() {
        return Ok(only.clone());
    }
    let mut customers: Vec<&str> = rows.iter().map(|row| row.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let split = hold_out_customers(rows, (customers.len() / 10).min(1000), 20, seed);
    let orders = baskets(&split.train);
    let data = Dataset::new().baskets(&orders);
    let mut progress = Progress::new("choosing parameters", candidates.len() as u64);
    let mut best: Option<(f64, Settings)> = None;
    for settings in candidates {
        let trained = data.fit(model.with(&settings)?, threads)?;
        let ndcg = |trial: &Trial<'_>| {
            let orders = [folded(trial)];
            let asked = Asked { baskets: &orders, leave_out: &trial.folded_in, ..Asked::default() };
            let list: Vec<&str> =
                trained.recommend(&asked, 100).into_iter().map(|(item, _)| item).collect();
            Hits::of(&list, &trial.held_out).ndcg(100)
        };
        let mean = Summary::of(split.trials.iter().map(ndcg)).map_or(0.0, |summary| summary.mean);
        if best.as_ref().is_none_or(|(most, _)| mean > *most) {
            best = Some((mean, settings));
        }
        progress.add(1);
    }
    Ok(best.map(|(_, settings)| settings).unwrap_or_default())
}

/// What is shown of somebody, as one order.
pub(crate) fn folded<'a>(trial: &Trial<'a>) -> confidant::evaluate::Basket<'a> {
    confidant::evaluate::Basket {
        customer: trial.customer,
        at: confidant::Timestamp::from_millis(0),
        order: "",
        items: trial.folded_in.clone(),
    }
}
