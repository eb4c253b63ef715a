//! One person on one page: files of events through the public API, what is known of one
//! customer, and the totals that everything stored adds up to.

#[path = "../support/mod.rs"]
mod support;

mod load;
mod page;
mod totals;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use confidant::Identifier;
use serde_json::json;

use load::Survey;
use support::lines::EventFiles;
use support::measure::{Stopwatch, peak_resident_bytes, rate, rounded};
use support::{Result, say};
use totals::Totals;

/// Records every line of files of events, shows what is known of one customer, and adds up
/// what the engine holds. The last line is a JSON object: `customers`, `orders` and
/// `revenue` are over product purchases of customers who are named, returns not subtracted;
/// `events` are the lines that are kept, `returns` those of them that give something back.
///
/// Such files carry no consent, so a full grant before the first line is assumed. An order
/// without a customer is a customer of its own. What is bought with a minus is a return.
/// The same lines, sent twice or in any order, give the same line of JSON.
#[derive(Debug, clap::Parser)]
#[command(name = "single_view")]
struct Arguments {
    #[command(flatten)]
    events: EventFiles,
    /// A file of what is known of customers: one line each, and every column but the
    /// customer's an attribute. May be given several times
    #[arg(long, value_name = "FILE")]
    facts: Vec<PathBuf>,
    /// The customer to show; if not said, the one with the most orders (of several, the
    /// one with the smallest id)
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Send everything twice, which changes nothing
    #[arg(long)]
    twice: bool,
    /// Send the lines in an order that this number draws, which changes nothing either. All
    /// of them are in memory meanwhile
    #[arg(long, value_name = "SEED")]
    shuffle: Option<u64>,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let survey = Survey::of(&arguments.events)?;
    let stopwatch = Stopwatch::start();
    let loaded = load::record(&survey, &arguments)?;
    let loading = stopwatch.elapsed();

    say::heading("Recorded");
    for (number, what) in [
        (loaded.accepted, "events accepted: the lines, a full grant and facts for each customer"),
        (loaded.duplicates, "events known already"),
        (loaded.refused, "events refused"),
        (rate(loaded.sent(), loading) as usize, "of them per second of CPU, reading included"),
    ] {
        println!("  {:>11} {what}", say::thousands(number as u64));
    }
    if let Some(why) = &loaded.first_refusal {
        println!();
        say::paragraph(2, &format!("The first was refused because {why}."));
    }

    let totals = Totals::of(&loaded.engine, &survey)?;
    totals.print();
    let customer = match &arguments.customer {
        Some(id) => known(id, &survey)?,
        None => totals.most_orders().ok_or("no line names a customer")?,
    };
    page::print(&loaded.engine, &customer, survey.last)?;

    say::heading("In one line, for machines");
    if let Some(bytes) = peak_resident_bytes() {
        println!("  {} MB of memory at most", say::thousands(bytes / 1_000_000));
    }
    let line = json!({
        "customers": totals.customers,
        "orders": totals.orders(),
        "revenue": totals.revenue()?.as_units(),
        "events": totals.events,
        "returns": totals.returns,
        "seconds": rounded(started.elapsed().as_secs_f64(), 2),
    });
    println!("{line}");
    Ok(())
}

fn known(id: &str, survey: &Survey) -> Result<Identifier> {
    let customer = Identifier::from(id);
    match survey.customers.get(&customer) {
        Some(_) => Ok(customer),
        None => Err(format!("--customer {id}: no line is this customer's").into()),
    }
}

/// The files of facts: as given, or the sample's, where the events are the sample's.
fn facts(arguments: &Arguments) -> Vec<PathBuf> {
    let sample = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey"));
    let is_sample = arguments.events.files == [sample.join("purchases.csv.gz")];
    match is_sample && arguments.facts.is_empty() {
        true => vec![sample.join("households.csv.gz")],
        false => arguments.facts.clone(),
    }
}
