//! Strong generalisation: customers whom the model never saw (Liang et al., 2018).

use std::path::PathBuf;

use confidant::evaluate::{Dataset, Exposure, Trained, baskets};
use serde_json::json;

use crate::model::{Model, setting, told};
use crate::report::{self, Figure};
use crate::rows::{interactions, pairs};
use crate::strong::{Measured, trials};
use crate::support::Result;
use crate::support::measure::{cpu_seconds, rounded};
use crate::support::say;
use crate::support::table::mapping;
use crate::tune;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What the model learns from: a CSV or TSV file of customers and items
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// What it is shown of customers whom it never saw
    #[arg(long, value_name = "FILE")]
    fold_in: PathBuf,
    /// What it should find of the same customers
    #[arg(long, value_name = "FILE")]
    held_out: PathBuf,
    #[arg(long, value_enum)]
    model: Model,
    /// A parameter; what is not said is chosen on a split inside the training file
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, f64)>,
    /// Which column is which: `customer=visitor`
    #[arg(long = "map", value_name = "OURS=THEIRS", value_parser = mapping)]
    map: Vec<(String, String)>,
    /// Of whatever is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads fit
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let read = |file: &PathBuf| pairs(file, &arguments.map);
    let train = read(&arguments.train)?;
    let (fold_in, held_out) = (read(&arguments.fold_in)?, read(&arguments.held_out)?);
    let train = interactions(&train);
    let tuning = cpu_seconds(|| match arguments.settings.is_empty() {
        true => tune::choose(arguments.model, &train, arguments.seed, arguments.threads),
        false => Ok(arguments.settings.iter().cloned().collect()),
    });
    let (settings, tune_cpu_s) = (tuning.0?, tuning.1);
    let orders = baskets(&train);
    let recommender = arguments.model.with(&settings)?;
    let fit = || Dataset::new().baskets(&orders).fit(recommender, arguments.threads);
    let (trained, train_cpu_s) = cpu_seconds(fit);
    let trained = trained?;
    let Measured { quality, pages, mut queries } =
        Measured::of(&trained, &trials(&fold_in, &held_out));
    let name = arguments.model.name();
    say::heading(&format!("Top-n, {name}, {}", told(&settings)));
    quality.tell();
    exposure(&trained, &pages);
    report::queries(&mut queries);
    say::entry(2, "fit", 24, &format!("{train_cpu_s:.3} CPU s, chosen in {tune_cpu_s:.1}"));
    println!();
    let mean = |figure: &Figure| report::mean(figure.summary().as_ref());
    println!(
        "{}",
        json!({
            "model": name,
            "settings": settings,
            "customers": queries.len(),
            "recall20": mean(&quality.recall20),
            "recall50": mean(&quality.recall50),
            "ndcg100": mean(&quality.ndcg100),
            "tune_cpu_s": rounded(tune_cpu_s, 3),
            "train_cpu_s": rounded(train_cpu_s, 3),
            "query_p50_us": queries.percentile_us(0.5),
            "query_p90_us": queries.percentile_us(0.9),
            "users_per_cpu_s": queries.per_second(),
        })
    );
    Ok(())
}

/// How much of the catalogue anybody is shown.
fn exposure(trained: &Trained, pages: &[Vec<String>]) {
    let items: Vec<String> = trained.items().map(str::to_owned).collect();
    let exposure = Exposure::of(&items, pages);
    if let (Some(coverage), Some(gini)) = (exposure.coverage(), exposure.gini()) {
        let shown = format!("{:.1} % of items in somebody's ten", coverage * 100.0);
        say::entry(2, "coverage", 24, &format!("{shown}, Gini of exposure {gini:.3}"));
    }
}
