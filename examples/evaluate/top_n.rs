//! Strong generalisation: customers whom the model never saw (Liang et al., 2018).

use std::collections::BTreeMap;
use std::path::PathBuf;

use confidant::evaluate::{Asked, Basket, Dataset, Exposure, Hits, Summary, Trained, baskets};
use serde_json::json;

use crate::model::{Model, setting, told};
use crate::report::{self, Figure};
use crate::rows::{Row, interactions, pairs};
use crate::support::Result;
use crate::support::measure::{Latencies, cpu_seconds, rounded};
use crate::support::progress::Progress;
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
    let mut measured = Measured::of(&trained, &fold_in, &held_out)?;
    let name = arguments.model.name();
    say::heading(&format!("Top-n, {name}, {}", told(&settings)));
    measured.tell(&trained);
    say::entry(2, "fit", 24, &format!("{train_cpu_s:.3} CPU s, chosen in {tune_cpu_s:.1}"));
    println!();
    let mean = |figure: &Option<Summary>| report::mean(figure.as_ref());
    println!(
        "{}",
        json!({
            "model": name,
            "settings": settings,
            "customers": measured.queries.len(),
            "recall20": mean(&measured.recall20.summary()),
            "recall50": mean(&measured.recall50.summary()),
            "ndcg100": mean(&measured.ndcg100.summary()),
            "tune_cpu_s": rounded(tune_cpu_s, 3),
            "train_cpu_s": rounded(train_cpu_s, 3),
            "query_p50_us": measured.queries.percentile_us(0.5),
            "query_p90_us": measured.queries.percentile_us(0.9),
            "users_per_cpu_s": measured.queries.per_second(),
        })
    );
    Ok(())
}

struct Measured {
    recall20: Figure,
    recall50: Figure,
    ndcg100: Figure,
    lists: Vec<Vec<String>>,
    queries: Latencies,
}

impl Measured {
    fn of(trained: &Trained, fold_in: &[Row], held_out: &[Row]) -> Result<Self> {
        let shown = by_customer(fold_in);
        let mut progress = Progress::new("asking", shown.len() as u64);
        let mut measured = Self {
            recall20: Figure::new(),
            recall50: Figure::new(),
            ndcg100: Figure::new(),
            lists: Vec::new(),
            queries: Latencies::default(),
        };
        for (customer, wanted) in by_customer(held_out) {
            let items = shown.get(customer).cloned().unwrap_or_default();
            let order = Basket { customer, at: Default::default(), order: "", items };
            let asked = Asked {
                baskets: std::slice::from_ref(&order),
                leave_out: &order.items,
                ..Asked::default()
            };
            let list = trained.recommend(&asked, 100);
            let list: Vec<&str> = list.into_iter().map(|(item, _)| item).collect();
            let hits = Hits::of(&list, &wanted);
            measured.recall20.add(hits.recall(20));
            measured.recall50.add(hits.recall(50));
            measured.ndcg100.add(hits.ndcg(100));
            // Ten are what a page shows, so that is what is timed.
            let ten = measured.queries.time_cpu(|| trained.recommend(&asked, 10));
            measured.lists.push(ten.into_iter().map(|(item, _)| item.to_owned()).collect());
            progress.add(1);
        }
        Ok(measured)
    }

    fn tell(&mut self, trained: &Trained) {
        report::line("recall@20", &self.recall20);
        report::line("recall@50", &self.recall50);
        report::line("NDCG@100", &self.ndcg100);
        let items: Vec<String> = trained.items().map(str::to_owned).collect();
        let exposure = Exposure::of(&items, &self.lists);
        let (coverage, gini) = (exposure.coverage(), exposure.gini());
        if let (Some(coverage), Some(gini)) = (coverage, gini) {
            let shown = format!("{:.1} % of items in somebody's ten", coverage * 100.0);
            say::entry(2, "coverage", 24, &format!("{shown}, Gini of exposure {gini:.3}"));
        }
        report::queries(&mut self.queries);
    }
}

/// The items of each customer, ascending, each once.
fn by_customer(rows: &[Row]) -> BTreeMap<&str, Vec<&str>> {
    let mut of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        of.entry(&row.customer).or_default().push(&row.item);
    }
    for items in of.values_mut() {
        items.sort_unstable();
        items.dedup();
    }
    of
}
