//! The next basket of each customer with at least three.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use confidant::Timestamp;
use confidant::evaluate::{
    Asked, Basket, Dataset, NextBasket, baskets, leave_first_basket_after, leave_last_basket,
};
use serde_json::json;

use crate::asking::Asking;
use crate::model::{BasketModel, setting, told};
use crate::report::{self, Figure};
use crate::rows::{ITEM, Row, column, interactions};
use crate::support::Result;
use crate::support::lines::{EventFiles, instant};
use crate::support::measure::{cpu_seconds, rounded};
use crate::support::say;
use crate::support::table::Table;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    events: EventFiles,
    /// `last` holds out each customer's last basket; an instant, the first at it or after
    #[arg(long, default_value = "last", value_name = "last|INSTANT")]
    split: String,
    /// Another column of the products' file than their id
    #[arg(long, value_name = "COLUMN", requires = "products")]
    item: Option<String>,
    /// A CSV or TSV file of products
    #[arg(long, value_name = "FILE")]
    products: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "blend")]
    model: BasketModel,
    /// A parameter
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, f64)>,
    /// How many threads fit
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.settings.iter().cloned().collect();
    let recommender = arguments.model.with(&settings)?;
    let names = match (&arguments.item, &arguments.products) {
        (Some(column), Some(file)) => Some(looked_up(file, column)?),
        _ => None,
    };
    let rows = purchases(&arguments.events, names.as_ref(), false)?;
    let all = baskets(&interactions(&rows));
    let trials = match &*arguments.split {
        "last" => leave_last_basket(&all, 3),
        text => {
            let at = instant(text).ok_or("--split: expected `last`, RFC 3339 or a date")?;
            leave_first_basket_after(&all, at)
        }
    };
    let known = before(&all, &trials, &arguments.split);
    let fit = || Dataset::new().baskets(&known).fit(recommender, arguments.threads);
    let (trained, train_cpu_s) = cpu_seconds(fit);
    let trained = trained?;
    let [mut recall, mut ndcg, mut hit] = [const { Figure::new() }; 3];
    let mut asking = Asking::new(&trained, trials.len());
    for trial in &trials {
        let asked = Asked { now: trial.held_out.at, baskets: &trial.history, ..Asked::default() };
        let hits = asking.hits(&asked, 10, &trial.held_out.items);
        recall.add(hits.recall_of_all(10));
        ndcg.add(hits.ndcg(10));
        hit.add(hits.hit_rate(10));
        asking.round_done();
    }
    let mut queries = asking.done();
    let name = arguments.model.name();
    say::heading(&format!("The next basket, {name}, {}", told(&settings)));
    report::line("recall@10", &recall);
    report::line("NDCG@10", &ndcg);
    report::line("a hit among ten", &hit);
    say::entry(2, "fit", 24, &format!("{train_cpu_s:.3} CPU s"));
    report::queries(&mut queries);
    println!();
    println!(
        "{}",
        json!({
            "model": name,
            "customers": trials.len(),
            "recall10": report::mean(recall.summary().as_ref()),
            "ndcg10": report::mean(ndcg.summary().as_ref()),
            "phr10": report::mean(hit.summary().as_ref()),
            "train_cpu_s": rounded(train_cpu_s, 3),
            "us_per_customer": queries.mean_us(),
        })
    );
    Ok(())
}

/// What may be learned from: all that is not held out, or all that was before an instant.
fn before<'a>(all: &[Basket<'a>], trials: &[NextBasket<'a>], split: &str) -> Vec<Basket<'a>> {
    let instant = Some(split).filter(|split| *split != "last").and_then(instant);
    let held_out: HashMap<&str, &Basket<'_>> =
        trials.iter().map(|trial| (trial.customer, &trial.held_out)).collect();
    let known = |basket: &&Basket<'_>| match instant {
        Some(at) => basket.at < at,
        None => held_out.get(basket.customer) != Some(basket),
    };
    all.iter().filter(known).cloned().collect()
}

/// Lines of products bought; of customers who are named, or of all.
pub(crate) fn purchases(
    events: &EventFiles,
    names: Option<&HashMap<String, String>>,
    unnamed: bool,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    events.read(|line| {
        let product = line.item.filter(|_| line.kind == confidant::Kind::Purchased);
        let named = |item: String| match names {
            Some(names) => names.get(&item).cloned(),
            None => Some(item),
        };
        if let Some(item) = product.and_then(named)
            && (line.identified || unnamed)
        {
            let order = line.order.unwrap_or(line.id);
            let customer = line.customer.value().to_owned();
            rows.push(Row { customer, order, item, at: line.at });
        }
        Ok(())
    })?;
    Ok(rows)
}

/// A column of the products, by their id.
fn looked_up(file: &Path, name: &str) -> Result<HashMap<String, String>> {
    let table = Table::open(file)?;
    let (id, wanted) = (column(&table, &Vec::new(), "item", ITEM)?, table.need(&[name])?);
    let mut names = HashMap::new();
    table.each(|row| {
        if let (Some(id), Some(name)) = (row.get(id), row.get(wanted)) {
            names.insert(id.to_owned(), name.to_owned());
        }
        Ok(())
    })?;
    Ok(names)
}

pub(crate) fn date(text: &str, flag: &str) -> Result<Timestamp> {
    instant(text).ok_or_else(|| format!("{flag}: expected RFC 3339 or a date").into())
}
