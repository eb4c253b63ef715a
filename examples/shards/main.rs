//! Learning on many machines: each process learns from customers of its own, and what they
//! learned is merged into what one process would have learned from all, bit for bit.

#[path = "../support/mod.rs"]
mod support;

#[allow(dead_code, reason = "the shop of the quickstart, of which this needs a part")]
#[path = "../quickstart/load.rs"]
mod load;
#[allow(dead_code, reason = "as above")]
#[path = "../quickstart/sample.rs"]
mod sample;
#[allow(dead_code, reason = "as above")]
#[path = "../quickstart/shop.rs"]
mod shop;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

use confidant::{Engine, Event, Identifier, MemoryStore, Statistics};
use serde_json::json;

use sample::Sample;
use support::measure::{Stopwatch, rounded};
use support::progress::Progress;
use support::{Result, say};

/// Learns from a year of purchases in several processes, each with households of its own;
/// merges what they learned; fits models from it; and holds both against one process
/// that learned from all. The last line is a JSON object with the figures.
#[derive(Debug, clap::Parser)]
#[command(name = "shards")]
struct Arguments {
    /// The directory with the sample's files (see its README.md)
    #[arg(
        long,
        value_name = "DIR",
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey"),
        hide_default_value = true
    )]
    data: PathBuf,
    /// How many processes learn
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    processes: u32,
    /// Learn as one of the processes, and write what was learned to stdout
    #[arg(long, value_name = "K", hide = true)]
    shard: Option<u32>,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    match arguments.shard {
        Some(shard) => worker(&arguments, shard),
        None => parent(&arguments),
    }
}

/// Whose customer somebody is. Any rule will do that every process follows.
fn is_of(customer: &Identifier, shard: u32, processes: u32) -> bool {
    let sum = customer
        .value()
        .bytes()
        .fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    sum % processes == shard
}

/// One of the processes: an engine of its own, with customers of its own.
fn worker(arguments: &Arguments, shard: u32) -> Result<()> {
    let sample = Sample::read(&arguments.data)?;
    let mine = |customer: &Identifier| is_of(customer, shard, arguments.processes);
    let (engine, _) = learn(&sample, mine)?;
    std::io::stdout().write_all(&engine.statistics().to_bytes())?;
    Ok(())
}

/// Learns from some customers; gives back how many purchases were theirs, too.
fn learn(sample: &Sample, whose: impl Fn(&Identifier) -> bool) -> Result<(Engine, usize)> {
    let engine = shop::engine(sample, MemoryStore::new())?;
    let background: Vec<Event> =
        sample.background().into_iter().filter(|event| whose(event.customer())).collect();
    let filled = load::fill(&engine, sample, &background, |line| whose(&line.customer))?;
    Ok((engine, filled.recorded))
}

fn parent(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let sample = Sample::read(&arguments.data)?;
    let now = sample.now();

    say::heading("Learned apart");
    let workers = (0..arguments.processes).map(|shard| start(arguments, shard));
    let workers: Vec<Child> = workers.collect::<Result<_>>()?;
    let mut shards = Vec::new();
    let mut progress = Progress::new("learning in shards", workers.len() as u64);
    for (worker, shard) in workers.into_iter().zip(0..) {
        let bytes = finish(worker, shard)?;
        progress.add(1);
        let of = |household: &&String| {
            is_of(&Identifier::from(household.as_str()), shard, arguments.processes)
        };
        let households = sample.households.keys().filter(of).count();
        println!(
            "  process {}: {households:>3} households, {:>9} bytes of statistics",
            shard + 1,
            say::thousands(bytes.len() as u64)
        );
        shards.push(Statistics::from_bytes(&bytes)?);
    }

    say::heading("Merged");
    let stopwatch = Stopwatch::start();
    let merged = merge(&shards);
    let merge_s = stopwatch.elapsed().as_secs_f64();
    let backwards: Vec<Statistics> = shards.into_iter().rev().collect();
    must(merge(&backwards).to_bytes() == merged.to_bytes(), "another order of merging")?;
    let fleet = shop::engine(&sample, MemoryStore::new())?;
    fleet.fit_from(&merged, now)?;
    say::checked("merging in another order gives the same bytes");

    let (alone, events) = learn(&sample, |_| true)?;
    let (one_pass, bytes) = (alone.statistics().to_bytes(), merged.to_bytes());
    must(one_pass == bytes, "one pass over all households")?;
    say::checked("one process that learned from all households has the same bytes");
    let (snapshot, models) = (alone.snapshot().to_bytes(), fleet.snapshot().to_bytes());
    must(snapshot == models, "models from one pass")?;
    say::checked(
        "the models fitted from both, with all that an engine runs on, are the same bytes",
    );

    say::heading("In one line, for machines");
    let line = json!({
        "processes": arguments.processes,
        "customers": sample.households.len(),
        "events": events,
        "statistics_bytes": bytes.len(),
        "snapshot_bytes": models.len(),
        "merge_cpu_s": rounded(merge_s, 4),
        "identical": true,
        "seconds": rounded(started.elapsed().as_secs_f64(), 2),
    });
    println!("{line}");
    Ok(())
}

fn merge(shards: &[Statistics]) -> Statistics {
    let mut merged = Statistics::default();
    shards.iter().for_each(|shard| merged.merge(shard));
    merged
}

/// This program once more, as one of the processes.
fn start(arguments: &Arguments, shard: u32) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--data").arg(&arguments.data);
    command.args(["--processes", &arguments.processes.to_string()]);
    command.args(["--shard", &shard.to_string()]);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?)
}

/// What a process learned.
fn finish(worker: Child, shard: u32) -> Result<Vec<u8>> {
    let output = worker.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("process {} of the shards failed", shard + 1).into());
    }
    Ok(output.stdout)
}

fn must(same: bool, what: &str) -> Result<()> {
    if same { Ok(()) } else { Err(format!("{what} did not give the same bytes").into()) }
}
