//! The whole way on real purchases: a year of 65 households, loaded, seen, decided for
//! at every level of consent, forgotten, and measured. Each act is a file of its own.

#[path = "../support/mod.rs"]
mod support;

mod decide;
mod evaluate;
mod forget;
mod load;
mod sample;
mod shop;
mod view;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use sample::Sample;
use support::measure::rounded;
use support::{Result, keep, say};

/// Loads a year of purchases of 65 households and shows what confidant makes of it:
/// one household's single customer view, its segments, a decision at every level of
/// consent with the reasons, withdrawal, erasure, and how well recommenders foresee
/// each household's last basket. The last line is a JSON object with the figures.
#[derive(Debug, clap::Parser)]
#[command(name = "quickstart")]
struct Arguments {
    /// The directory with the sample's files (see its README.md)
    #[arg(
        long,
        value_name = "DIR",
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey"),
        hide_default_value = true
    )]
    data: PathBuf,
    /// The household to look at closely
    #[arg(long, value_name = "ID", default_value = "825")]
    household: String,
    /// A file to keep the customers in, made if nothing is there; a second run goes on from
    /// it (feature `redb`)
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let sample = Sample::read(&arguments.data)?;
    let household = arguments.household.as_str();
    if !sample.households.contains_key(household) {
        return Err(format!("--household {household}: the sample has no such household").into());
    }

    let store = keep::open(arguments.store.as_deref())?;
    let loaded = load::act(&sample, store.clone()).map_err(|error| match &arguments.store {
        Some(file) => keep::about(file, error),
        None => error,
    })?;
    view::act(&loaded.engine, &sample, household)?;
    // What follows changes what the household allows, so it happens in a copy.
    let engine = shop::engine(&sample, keep::copy(&store)?)?;
    load::bring_up_to_date(&engine, &sample)?;
    decide::act(&engine, &sample, household)?;
    forget::act(&engine, &sample, household)?;
    let figures = evaluate::act(&sample)?;

    say::heading("In one line, for machines");
    let mut line = BTreeMap::from([
        ("events".to_owned(), json!(loaded.events)),
        ("customers".to_owned(), json!(loaded.customers)),
        ("resumed".to_owned(), json!(loaded.resumed)),
        ("events_per_s".to_owned(), json!(loaded.events_per_s)),
        ("decide_p50_us".to_owned(), json!(figures.decide_p50_us)),
        ("decide_p99_us".to_owned(), json!(figures.decide_p99_us)),
    ]);
    for (name, metrics) in &figures.models {
        line.insert(format!("hit10_{name}"), json!(rounded(metrics.hit, 4)));
        line.insert(format!("recall10_{name}"), json!(rounded(metrics.recall, 4)));
    }
    let seconds = rounded(started.elapsed().as_secs_f64(), 2);
    line.insert("seconds".to_owned(), json!(seconds));
    println!("{}", json!(line));
    Ok(())
}
