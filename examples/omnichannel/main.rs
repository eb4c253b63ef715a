//! A household's year, as a shop sees it that does not know who it serves: split over two
//! cards, a device and an e-mail, shuffled, doubled and late, with the links revealed last.
//! The households come out whole; parted again, each piece is what it was.

#[path = "../support/mod.rs"]
mod support;

mod world;

use std::collections::BTreeMap;

use confidant::{
    Catalog, CustomerReport, Engine, Event, HistoryLine, Identifier, Item, Purpose, Timestamp,
};

use support::lines::EventFiles;
use support::{Result, say};
use world::World;

/// Splits every customer of a file into two cards, a device and an e-mail, mixes everything
/// up, and shows that the links make the customers whole again, and that parting gives each
/// piece its own history back.
#[derive(Debug, clap::Parser)]
#[command(name = "omnichannel")]
struct Arguments {
    #[command(flatten)]
    events: EventFiles,
    /// What the dice begin with
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> std::process::ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let begun = std::time::Instant::now();
    let mut world = World::of(&arguments.events, arguments.seed)?;
    say::heading("A shop that does not know whom it serves");
    say::entry(2, "Customers", 20, &world.customers.len().to_string());
    say::entry(2, "Known as", 20, &format!("{} strangers", world.customers.len() * 4));
    let whole = shop(&world)?;
    record(&whole, world.end, world.original());
    let split = shop(&world)?;
    let sent = world.mixed();
    let events = sent.len();
    record(&split, world.end, sent);
    let before = pieces(&split, &world)?;
    say::entry(2, "Before the links", 20, &format!("{} records", records(&split, &world)?));

    record(&split, world.end, world.links());
    let rebuilt = world.customers.iter().filter_map(|customer| {
        let (ours, theirs) =
            (history(&split, &world, &world.names(customer)[0]), history(&whole, &world, customer));
        (ours.ok()? == theirs.ok()?).then_some(())
    });
    let rebuilt = rebuilt.count();
    say::entry(2, "Once they are known", 20, &format!("{} records", records(&split, &world)?));
    say::entry(2, "Whole again", 20, &format!("{rebuilt} of {}", world.customers.len()));

    let allowed_before = allowed(&split, &world)?;
    record(&split, world.end, world.partings());
    let after = pieces(&split, &world)?;
    let restored = before.iter().filter(|(name, piece)| after.get(*name) == Some(*piece)).count();
    let allowed_after = allowed(&split, &world)?;
    let widened = allowed_after
        .iter()
        .filter(|(name, now)| {
            allowed_before.get(*name).is_none_or(|then| !now.iter().all(|p| then.contains(p)))
        })
        .count();
    say::entry(2, "Parted, as before", 20, &format!("{restored} of {} pieces", before.len()));
    say::entry(2, "Allowed more", 20, &format!("{widened} of them"));
    let line = serde_json::json!({
        "customers": world.customers.len(),
        "events": events,
        "rebuilt": rebuilt,
        "pieces": before.len(),
        "restored": restored,
        "widened": widened,
        "seconds": begun.elapsed().as_secs_f64(),
    });
    println!("\n{line}");
    Ok(())
}

fn shop(world: &World) -> Result<Engine> {
    let items = world.items.iter().map(|item| Item::new(item.as_str()));
    Ok(Engine::builder().catalog(Catalog::new(items)?).build()?)
}

fn record(engine: &Engine, now: Timestamp, events: Vec<Event>) {
    let report = engine.record_all(now, events);
    assert!(report.refused.is_empty(), "{:?}", report.refused.first());
}

fn report(engine: &Engine, world: &World, who: &Identifier) -> Result<CustomerReport> {
    let report = engine.customer_report(who, world.end)?;
    report.ok_or_else(|| "somebody is lost".into())
}

/// What somebody did, whatever name it was told under.
fn history(engine: &Engine, world: &World, who: &Identifier) -> Result<Vec<HistoryLine>> {
    let mut lines = report(engine, world, who)?.history;
    lines.iter_mut().for_each(|line| line.told_under = "anybody".into());
    Ok(lines)
}

/// The history of every name.
fn pieces(engine: &Engine, world: &World) -> Result<BTreeMap<Identifier, Vec<HistoryLine>>> {
    let names = world.customers.iter().flat_map(|customer| world.names(customer));
    names.map(|name| Ok((name.clone(), history(engine, world, &name)?))).collect()
}

/// What every name allows.
fn allowed(engine: &Engine, world: &World) -> Result<BTreeMap<Identifier, Vec<Purpose>>> {
    let names = world.customers.iter().flat_map(|customer| world.names(customer));
    let purposes = |report: CustomerReport| report.allowed.into_iter().map(|(p, _)| p).collect();
    names.map(|name| Ok((name.clone(), purposes(report(engine, world, &name)?)))).collect()
}

/// How many customers there are.
fn records(engine: &Engine, world: &World) -> Result<usize> {
    let names = world.customers.iter().flat_map(|customer| world.names(customer));
    let homes: Result<std::collections::BTreeSet<Identifier>> =
        names.map(|name| Ok(report(engine, world, &name)?.customer)).collect();
    Ok(homes?.len())
}
