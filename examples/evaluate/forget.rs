//! Customers who are forgotten one by one: what an engine has learned afterwards, and what a
//! model answers, against those that never knew of them.

use std::collections::HashMap;
use std::path::PathBuf;

use confidant::evaluate::{Asked, Basket, Dataset, Trained, baskets};
use confidant::{Engine, Event, Forgets, Statistics, Timestamp};
use serde_json::json;

use crate::model::{Model, setting, told};
use crate::rows::{Row, interactions, pairs};
use crate::support::Result;
use crate::support::lines::full_grant;
use crate::support::measure::Latencies;
use crate::support::progress::Progress;
use crate::support::say;
use crate::support::table::mapping;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What the model learns from: a CSV or TSV file of customers and items
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    #[arg(long, value_enum)]
    model: Model,
    /// How many of them are forgotten
    #[arg(long, default_value_t = 100)]
    customers: usize,
    /// A parameter
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, f64)>,
    /// Which column is which: `customer=visitor`
    #[arg(long = "map", value_name = "OURS=THEIRS", value_parser = mapping)]
    map: Vec<(String, String)>,
    /// How many threads fit
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.settings.iter().cloned().collect();
    let rows = pairs(&arguments.train, &arguments.map)?;
    let all = baskets(&interactions(&rows));
    // Every so manieth, so that they are of all kinds.
    let step = (all.len() / arguments.customers.max(1)).max(1);
    let gone: Vec<&Basket<'_>> = all.iter().step_by(step).take(arguments.customers).collect();
    let left: Vec<Basket<'_>> = all.iter().filter(|one| !gone.contains(one)).cloned().collect();
    let names: Vec<&str> = gone.iter().map(|basket| basket.customer).collect();
    let learned = Learned::of(&rows, &names)?;
    let recommender = arguments.model.with(&settings)?;
    let forgets = recommender.forgets();
    let mut trained = Dataset::new().baskets(&all).fit(recommender.clone(), arguments.threads)?;
    let mut times = Latencies::default();
    let mut progress = Progress::new("forgetting", gone.len() as u64);
    let mut at_once = forgets == Forgets::AtOnce;
    for basket in &gone {
        at_once &= times.time_cpu(|| trained.forget(std::slice::from_ref(basket), &[]));
        progress.add(1);
    }
    drop(progress);
    let anew = Dataset::new().baskets(&left).fit(recommender.clone(), arguments.threads)?;
    if !at_once {
        // It follows at the next fit: this is that one.
        trained = Dataset::new().baskets(&left).fit(recommender, arguments.threads)?;
    }
    let difference = difference(&trained, &anew, &left);
    let model = arguments.model.name();
    say::heading(&format!("Forgetting, {model}, {}", told(&settings)));
    let when = if at_once { "at once" } else { "at the next fit" };
    say::entry(2, "the model follows", 24, when);
    let mut spent = if at_once { times } else { learned.times };
    say::entry(2, "one customer", 24, &format!("p50 {} us", spent.percentile_us(0.5)));
    let same = if learned.equal { "bit for bit those of everybody else" } else { "OTHERS" };
    say::entry(2, "statistics", 24, same);
    say::entry(2, "scores differ by", 24, &format!("{difference:e} at most"));
    println!();
    println!(
        "{}",
        json!({
            "model": model,
            "customers": gone.len(),
            "at_once": at_once,
            "forget_p50_us": spent.percentile_us(0.5),
            "statistics_equal": learned.equal,
            "answers_max_diff": difference,
        })
    );
    Ok(())
}

/// What an engine learned from everybody, with some who were erased.
struct Learned {
    /// Whether it is what an engine learned that never knew of them.
    equal: bool,
    /// How long it took to erase each.
    times: Latencies,
}

impl Learned {
    fn of(rows: &[Row], gone: &[&str]) -> Result<Self> {
        let engine = taught(rows, &[])?;
        let mut times = Latencies::default();
        for customer in gone {
            times.time_cpu(|| engine.erase(named(customer)))?;
        }
        let without: Statistics = taught(rows, gone)?.statistics();
        Ok(Self { equal: engine.statistics().to_bytes() == without.to_bytes(), times })
    }
}

/// Tables number their customers from zero, and an engine takes `0` for nobody.
fn named(customer: &str) -> String {
    format!("customer {customer}")
}

/// An engine that was told what customers chose, but for some.
fn taught(rows: &[Row], without: &[&str]) -> Result<Engine> {
    let mut items: Vec<&str> = rows.iter().map(|row| &*row.item).collect();
    items.sort_unstable();
    items.dedup();
    let catalog = confidant::Catalog::new(items.into_iter().map(confidant::Item::new))?;
    let engine = Engine::builder().catalog(catalog).build()?;
    let (grant, at) = (Timestamp::from_secs(0), Timestamp::from_secs(86_400));
    let mut of: HashMap<&str, Vec<Event>> = HashMap::new();
    for row in rows.iter().filter(|row| !without.contains(&&*row.customer)) {
        let bought = Event::purchased(named(&row.customer), at).item(&*row.item).order("all");
        of.entry(&row.customer).or_default().push(bought.into());
    }
    let mut customers: Vec<&str> = of.keys().copied().collect();
    customers.sort_unstable();
    let mut progress = Progress::new("recording", customers.len() as u64);
    for customer in customers {
        let mut events = vec![full_grant(named(customer), grant)];
        events.extend(of.remove(customer).unwrap_or_default());
        let report = engine.record_all(at, events);
        if let Some((_, refusal)) = report.refused.first() {
            return Err(format!("a line was refused: {refusal:?}").into());
        }
        progress.add(1);
    }
    engine.advance(at)?;
    Ok(engine)
}

/// The largest difference of any score for those who are left.
fn difference(a: &Trained, b: &Trained, left: &[Basket<'_>]) -> f64 {
    let mut most = 0.0f64;
    for basket in left.iter().step_by((left.len() / 200).max(1)) {
        let asked = Asked { baskets: std::slice::from_ref(basket), ..Asked::default() };
        let scores = |trained: &Trained| -> HashMap<String, f64> {
            let list = trained.recommend(&asked, usize::MAX).into_iter();
            list.map(|(item, score)| (item.to_owned(), score)).collect()
        };
        let (ours, theirs) = (scores(a), scores(b));
        for item in ours.keys().chain(theirs.keys()) {
            let score = |of: &HashMap<String, f64>| of.get(item).copied().unwrap_or(0.0);
            most = most.max((score(&ours) - score(&theirs)).abs());
        }
    }
    most
}
