//! One product of each basket left out, to be found by the others: whoever's basket it is.

use confidant::evaluate::{Asked, Dataset, Interaction, baskets};
use confidant::{ItemItem, Similarity};
use serde_json::json;

use crate::asking::Asking;
use crate::baskets::{date, purchases};
use crate::model::{setting, told};
use crate::report::{self, Figure};
use crate::rows::interactions;
use crate::support::Result;
use crate::support::lines::EventFiles;
use crate::support::measure::{cpu_seconds, rounded};
use crate::support::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    events: EventFiles,
    /// Baskets before it are learned from, those at it or after are tried
    #[arg(long, value_name = "INSTANT")]
    test_from: String,
    /// A parameter: neighbours, support
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, f64)>,
}

/// How large a basket may be that is tried.
const SIZES: std::ops::RangeInclusive<usize> = 2..=50;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings: crate::model::Settings = arguments.settings.iter().cloned().collect();
    let from = date(&arguments.test_from, "--test-from")?;
    // Whose an order was does not matter here: each is one of its own.
    let rows = purchases(&arguments.events, None, true)?;
    let rows: Vec<Interaction<'_>> = interactions(&rows)
        .into_iter()
        .map(|row| Interaction { customer: row.order, ..row })
        .collect();
    let (past, tried): (Vec<_>, Vec<_>) =
        baskets(&rows).into_iter().partition(|basket| basket.at < from);
    let get = |key: &str, usual: u32| settings.get(key).map_or(usual, |value| *value as u32);
    let recommender = ItemItem::params()
        .similarity(Similarity::Cosine)
        .neighbours(get("neighbours", 10_000))
        .support(get("support", 1))
        .within_orders();
    let (trained, train_cpu_s) = cpu_seconds(|| Dataset::new().baskets(&past).fit(recommender, 1));
    let trained = trained?;
    let tried: Vec<_> = tried.into_iter().filter(|b| SIZES.contains(&b.items.len())).collect();
    let (mut hit, mut mrr) = (Figure::new(), Figure::new());
    let mut asking = Asking::new(&trained, tried.len());
    for basket in &tried {
        for (rest, left_out) in basket.each_left_out() {
            let asked =
                Asked { now: basket.at, viewing: &rest, leave_out: &rest, ..Asked::default() };
            let hits = asking.hits(&asked, 10, &[left_out]);
            hit.add(hits.hit_rate(10));
            mrr.add(hits.reciprocal_rank(10));
        }
        asking.round_done();
    }
    let mut queries = asking.done();
    say::heading(&format!("Cross-sell, item-item within orders, {}", told(&settings)));
    report::line("hit@10", &hit);
    report::line("MRR@10", &mrr);
    say::entry(2, "fit", 24, &format!("{train_cpu_s:.3} CPU s"));
    report::queries(&mut queries);
    println!();
    println!(
        "{}",
        json!({
            "baskets": tried.len(),
            "trials": queries.len(),
            "hit10": report::mean(hit.summary().as_ref()),
            "mrr10": report::mean(mrr.summary().as_ref()),
            "train_cpu_s": rounded(train_cpu_s, 3),
            "query_p50_us": queries.percentile_us(0.5),
            "query_p90_us": queries.percentile_us(0.9),
        })
    );
    Ok(())
}
