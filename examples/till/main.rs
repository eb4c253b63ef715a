//! A shop's tills, as its books hand them over: a batch every night, with all that comes
//! with tills. Each batch is sent twice, for nobody waits for an answer at night.

#[path = "../support/mod.rs"]
mod support;

mod books;
mod counts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use confidant::{
    Catalog, Engine, Event, Evidence, Identifier, IdentifierKind, Item, Kind, Purpose, Refusal,
    Timestamp, days, hours,
};
use serde_json::json;

use books::{Books, Sort};
use counts::Counts;
use support::lines::{EventFiles, Line, full_grant};
use support::measure::rounded;
use support::{Result, facts, say};

/// Hands a year of purchases over as a till system would, night by night: bought with a
/// loyalty card, some without, some late, some taken back, some not usable; every batch
/// twice. Cards are linked to households and what is known of these is joined. Shows what
/// became of each sort of line. The last line is a JSON object: `lines` counts what was
/// sent, both times; `cardless`, `late` and `reversed` what was accepted of these sorts;
/// `customers` and `revenue` are of purchases with a card, returns not subtracted.
///
/// Such files carry no consent, so a full grant before the first line is assumed; but one
/// household in ten does not let its till data be joined.
#[derive(Debug, clap::Parser)]
#[command(name = "till")]
struct Arguments {
    /// The directory with the sample's files (see its README.md)
    #[arg(
        long,
        value_name = "DIR",
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey"),
        hide_default_value = true
    )]
    data: PathBuf,
    /// Another seed makes other baskets late, cardless or taken back
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let lines = read(&arguments)?;
    let first = lines.iter().map(|line| line.at).min().ok_or("the sample holds no line")?;
    let items: BTreeSet<&str> = lines.iter().filter_map(|line| line.item.as_deref()).collect();
    let engine =
        Engine::builder().catalog(Catalog::new(items.into_iter().map(Item::new))?).build()?;

    let households: BTreeSet<Identifier> = lines.iter().map(|line| line.customer.clone()).collect();
    let known = facts::read(&arguments.data.join("households.csv.gz"), first - hours(22))?;
    join(&engine, &households, known, first - days(1))?;

    let books = Books::of(lines, arguments.seed);
    let mut counts = Counts::default();
    for (night, batch) in books.nights() {
        // Nobody knows whether the first time came through.
        for again in [false, true] {
            let report = engine.record_all(night, batch.iter().map(|line| line.event.clone()));
            counts.add(batch, &report, again)?;
        }
    }
    counts.print();

    let (customers, revenue) = bought(&engine, &households, books.end())?;
    say::heading("In one line, for machines");
    let line = json!({
        "lines": counts.sent(),
        "accepted": counts.accepted(),
        "duplicates": counts.duplicates(),
        "cardless": counts.of(Sort::Cardless),
        "reversed": counts.of(Sort::Reversed),
        "late": counts.of(Sort::Late),
        "customers": customers,
        // Whole cents, so this is exact to the last digit.
        "revenue": revenue as f64 / 1e6,
        "seconds": rounded(started.elapsed().as_secs_f64(), 2),
    });
    println!("{line}");
    Ok(())
}

fn read(arguments: &Arguments) -> Result<Vec<Line>> {
    let files = EventFiles {
        files: vec![arguments.data.join("purchases.csv.gz")],
        map: Vec::new(),
        currency: "USD".to_owned(),
    };
    let mut lines = Vec::new();
    files.read(|line| {
        lines.push(line);
        Ok(())
    })?;
    Ok(lines)
}

/// The loyalty card of a household, as it stands at the till.
pub(crate) fn card(household: &Identifier) -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, format!("9800{:0>6}", household.value()))
}

/// Households with what is known of them, and their cards; one in ten does not allow that
/// the two are joined.
fn join(
    engine: &Engine,
    households: &BTreeSet<Identifier>,
    known: Vec<Event>,
    at: Timestamp,
) -> Result<()> {
    let mut events: Vec<Event> = Vec::new();
    for (household, n) in households.iter().zip(1..) {
        events.push(full_grant(household, at));
        if n % 10 == 0 {
            let apart = Event::consent(household, at + hours(1));
            events.push(apart.withdraw(Purpose::OfflineMatch).into());
        }
    }
    let facts = known.len();
    events.extend(known);
    if let Some((_, refusal)) = engine.record_all(at + days(1), events).refused.first() {
        return Err(format!("what is known of a household was refused: {refusal:?}").into());
    }
    let scanned = |household| {
        Event::linked(household, at + hours(2), card(household)).by(Evidence::CardScanned)
    };
    let links = engine.record_all(at + days(1), households.iter().map(scanned).map(Event::from));
    let apart = |(_, refusal): &&(usize, Refusal)| matches!(refusal, Refusal::NotAllowed(_));
    say::heading("Before the first night");
    for (number, what) in [
        (households.len(), "households"),
        (facts, "of them with facts from the household file"),
        (links.accepted, "cards joined to their household"),
        (links.refused.iter().filter(apart).count(), "cards that their household keeps apart"),
    ] {
        println!("  {:>7} {what}", say::thousands(number as u64));
    }
    Ok(())
}

/// Who bought something with a card, and for how much, in millionths: asked of the engine by
/// card, which leads to the household where the two are joined.
fn bought(
    engine: &Engine,
    households: &BTreeSet<Identifier>,
    now: Timestamp,
) -> Result<(usize, i64)> {
    let mut spent: BTreeMap<Identifier, i64> = BTreeMap::new();
    for household in households {
        let Some(report) = engine.customer_report(card(household), now)? else { continue };
        let bought = report.history.iter().filter(|line| line.kind == Kind::Purchased);
        let sum = bought.filter_map(|line| line.amount).map(|amount| amount.as_micros()).sum();
        spent.insert(report.customer.clone(), sum);
    }
    Ok((spent.len(), spent.values().sum()))
}
