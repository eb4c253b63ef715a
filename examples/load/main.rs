//! How fast, and how large: made customers through the public API, on one thread. First a
//! shop moves in with all that it knows, then its customers live on, event by event.

#[path = "../support/mod.rs"]
mod support;

mod policy;
mod world;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use confidant::{
    Channel, Durability, Engine, Event, Purpose, Recorded, Refusal, Report, Request, Store,
    Timestamp,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use support::measure::{Latencies, Stopwatch, peak_resident_bytes, rate, resident_bytes, rounded};
use support::progress::Progress;
use support::{Result, keep, say};
use world::World;

/// Records made customers on one thread, brings segments and models up to date, and times
/// decisions. All but the last events move in together, many of each customer in one call;
/// the last ones (`--live`) come one at a time, interleaved. The last line is a JSON object
/// with the figures: `events_per_s` (of those that move in), `live_events_per_s` (of those
/// that come one at a time) and `seconds_*` in CPU time (wall time where the system does
/// not tell it), `decide_*`, `decisions_*`, `profile_*` and `seconds` in wall time.
///
/// With a file to keep them in (feature `redb`), the last events too are recorded many at
/// a time, which share commits; and waiting for the file counts, so that their time is wall
/// time.
#[derive(Debug, clap::Parser)]
#[command(name = "load")]
struct Arguments {
    /// How many customers
    #[arg(long, default_value_t = 100_000, value_parser = at_least_one)]
    customers: u32,
    /// How many events each of them has, consent and declared facts not counted
    #[arg(long, default_value_t = 50)]
    events_per_customer: u32,
    /// How many of the last events of all come one at a time, as in a shop that is open
    #[arg(long, default_value_t = 20_000)]
    live: u32,
    /// How many actions, each on the web and by e-mail
    #[arg(long, default_value_t = 100)]
    actions: u32,
    /// How many segments
    #[arg(long, default_value_t = 100)]
    segments: u32,
    /// How many decisions are timed, half of them on the web, half by e-mail
    #[arg(long, default_value_t = 20_000)]
    decisions: u32,
    /// Another seed makes another world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A new file to keep the customers in; in memory, if not said
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

fn main() -> ExitCode {
    support::run(program)
}

/// What came of recording.
#[derive(Default)]
struct Recording {
    events: usize,
    refused: usize,
    /// Of those that moved in together: how many, and in what time.
    moved_in: (usize, Duration),
    /// Of those that came one at a time.
    live: (usize, Duration),
    /// Of segments, in this time.
    changes: usize,
    advancing: Duration,
    /// All that the engine holds when the last event is in: records, segments, what was
    /// learned.
    bytes_per_customer: Option<f64>,
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let world = World::new(&arguments);
    let store = new_store(arguments.store.as_deref())?;
    let engine = policy::engine(arguments.actions, arguments.segments, store.clone())?;

    say::heading("A year of events; then segments and statistics");
    let recording = record(&engine, &world, &arguments)?;
    let on_disk = bytes_on_disk(&arguments, &*store)?;
    let per_second = |(events, time): (usize, Duration)| rate(events, time);
    let (moved_in, live) = (per_second(recording.moved_in), per_second(recording.live));
    line("customers", say::thousands(arguments.customers));
    line("events accepted", say::thousands(recording.events as u64));
    line("events refused", say::thousands(recording.refused as u64));
    line("moved in, per second", say::thousands(moved_in as u64));
    let live_name = match arguments.store {
        None => "one by one, per second",
        Some(_) => "live, per second",
    };
    line(live_name, say::thousands(live as u64));
    if let Some(bytes) = recording.bytes_per_customer {
        line("bytes per customer", say::thousands(bytes as u64));
    }
    if let Some(bytes) = on_disk {
        line("of the file", say::thousands(bytes as u64));
    }
    line("segment changes", say::thousands(recording.changes as u64));
    line("found in", format!("{:.2} s", recording.advancing.as_secs_f64()));

    let now = world.end();
    let ((), fitting) = timed(|| engine.fit(now))?;
    line("fit in", format!("{:.2} s", fitting.as_secs_f64()));

    say::heading(&format!(
        "Deciding, {} actions and {} segments each time",
        arguments.actions, arguments.segments
    ));
    let mut requests = requests(&arguments, now);
    let together = requests.split_off(requests.len() / 2);
    let (mut latencies, acted) = decide(&engine, &requests)?;
    let (p50, p99) = (latencies.percentile_us(0.5), latencies.percentile_us(0.99));
    line("decisions", say::thousands(arguments.decisions));
    line("with an action", say::thousands(acted as u64));
    line("decisions per second", say::thousands(latencies.per_second() as u64));
    line("half of them within", format!("{p50:.1} us"));
    line("99 of 100 within", format!("{p99:.1} us"));
    let together_per_s = decide_together(&engine, &together)?;
    line("together, per second", say::thousands(together_per_s as u64));

    say::heading("Reading a profile, 20 aggregates each time");
    let mut reads = read(&engine, &arguments, now)?;
    let (read_p50, read_p99) = (reads.percentile_us(0.5), reads.percentile_us(0.99));
    line("half of them within", format!("{read_p50:.1} us"));
    line("99 of 100 within", format!("{read_p99:.1} us"));

    let peak = peak_resident_bytes().map(|bytes| rounded(bytes as f64 / 1e6, 1));
    println!();
    println!(
        "{}",
        json!({
            "customers": arguments.customers,
            "events": recording.events,
            "refused": recording.refused,
            "events_per_s": moved_in,
            "live_events_per_s": live,
            "bytes_per_customer": recording.bytes_per_customer,
            "decide_p50_us": p50,
            "decide_p99_us": p99,
            "decisions_per_s": latencies.per_second(),
            "decisions_together_per_s": together_per_s,
            "file_bytes_per_customer": on_disk,
            "profile_p50_us": read_p50,
            "profile_p99_us": read_p99,
            "seconds_record": rounded((recording.moved_in.1 + recording.live.1).as_secs_f64(), 3),
            "seconds_advance": rounded(recording.advancing.as_secs_f64(), 3),
            "seconds_fit": rounded(fitting.as_secs_f64(), 3),
            "peak_rss_mb": peak,
            "seconds": rounded(started.elapsed().as_secs_f64(), 2),
        })
    );
    Ok(())
}

fn line(name: &str, value: impl std::fmt::Display) {
    println!("  {name:22} {value:>14}");
}

fn timed<T>(work: impl FnOnce() -> confidant::Result<T>) -> Result<(T, Duration)> {
    let stopwatch = Stopwatch::start();
    let result = work()?;
    Ok((result, stopwatch.elapsed()))
}

/// Records every customer's consent, facts and events: some customers at a time with all
/// but the last events, then those in the order of time. Events are made in batches outside
/// of the time that is measured, so that neither their making nor their memory counts. All
/// of them reach the engine at the end of the year, as when a host moves in. From time to
/// time segments and statistics are brought up to date, and the time for that stands apart.
fn record(engine: &Engine, world: &World, arguments: &Arguments) -> Result<Recording> {
    /// How many customers move in together, how often segments follow, and how many events
    /// are made at once.
    const CUSTOMERS: u32 = 256;
    const ADVANCE: u32 = 32 * CUSTOMERS;
    const BATCH: u32 = 10_000;
    let (customers, end) = (arguments.customers, world.end());
    let mut recording = Recording::default();
    let before = resident_bytes();
    let mut progress = Progress::new("recording", customers.into());
    for numbers in blocks(customers, CUSTOMERS) {
        recording.move_in(engine, end, world.lives(numbers.clone()), arguments.store.is_some())?;
        if numbers.end % ADVANCE == 0 {
            recording.advance(engine, end)?;
        }
        progress.add(numbers.len() as u64);
    }
    for places in blocks(world.live(), BATCH) {
        let events = places.map(|place| world.last(place)).collect();
        match arguments.store {
            None => recording.one_by_one(engine, end, events)?,
            Some(_) => recording.together(engine, end, events)?,
        }
    }
    recording.advance(engine, end)?;
    let grown = resident_bytes().zip(before).map(|(now, before)| now.saturating_sub(before));
    recording.bytes_per_customer = grown.map(|bytes| (bytes as f64 / f64::from(customers)).round());
    Ok(recording)
}

/// The numbers below one in pieces of so many.
fn blocks(numbers: u32, length: u32) -> impl Iterator<Item = Range<u32>> {
    let from = (0..numbers).step_by(length as usize);
    from.map(move |from| from..numbers.min(from.saturating_add(length)))
}

impl Recording {
    /// What changed is told, and not kept.
    fn advance(&mut self, engine: &Engine, now: Timestamp) -> Result<()> {
        let (changes, time) = timed(|| engine.advance(now))?;
        self.changes += changes.len();
        self.advancing += time;
        Ok(())
    }

    fn move_in(
        &mut self,
        engine: &Engine,
        now: Timestamp,
        events: Vec<Event>,
        waits: bool,
    ) -> Result<()> {
        let (start, stopwatch) = (Instant::now(), Stopwatch::start());
        let report = engine.record_all(now, events);
        let time = if waits { start.elapsed() } else { stopwatch.elapsed() };
        let recorded = self.count(report)?;
        self.moved_in.0 += recorded;
        self.moved_in.1 += time;
        Ok(())
    }

    fn one_by_one(&mut self, engine: &Engine, now: Timestamp, events: Vec<Event>) -> Result<()> {
        self.live.0 += events.len();
        let stopwatch = Stopwatch::start();
        for event in events {
            match engine.record(now, event)? {
                Recorded::NotAllowed(_) => self.refused += 1,
                _ => self.events += 1,
            }
        }
        self.live.1 += stopwatch.elapsed();
        Ok(())
    }

    fn together(&mut self, engine: &Engine, now: Timestamp, events: Vec<Event>) -> Result<()> {
        let start = Instant::now();
        let report = engine.record_all(now, events);
        self.live.1 += start.elapsed();
        self.live.0 += self.count(report)?;
        Ok(())
    }

    /// How many events a report is about.
    fn count(&mut self, report: Report) -> Result<usize> {
        let taken = report.accepted + report.duplicates;
        let refused = report.refused.len();
        self.events += taken;
        self.refused += refused;
        for (_, refusal) in report.refused {
            if let Refusal::Error(error) = refusal {
                return Err(error.into());
            }
        }
        Ok(taken + refused)
    }
}

/// Figures are of a store that begins empty.
fn new_store(file: Option<&Path>) -> Result<Arc<dyn Store>> {
    let store = keep::open(file)?;
    match (file, keep::is_empty(&store)?) {
        (Some(file), false) => Err(keep::about(
            file,
            "expected a path where nothing is, for comparable figures".into(),
        )),
        _ => Ok(store),
    }
}

/// What the file takes for each customer, once everything is in it.
fn bytes_on_disk(arguments: &Arguments, store: &dyn Store) -> Result<Option<f64>> {
    let Some(file) = &arguments.store else { return Ok(None) };
    store.commit(&[], Durability::Durable)?;
    let bytes = std::fs::metadata(file)?.len();
    Ok(Some((bytes as f64 / f64::from(arguments.customers)).round()))
}

/// Questions about customers at random, a second apart, half on the web, half by e-mail;
/// as many again for asking together.
fn requests(arguments: &Arguments, now: Timestamp) -> Vec<Request> {
    let mut random = StdRng::seed_from_u64(arguments.seed ^ 0xdec1de);
    let request = |n: u32| {
        let customer = world::customer(random.random_range(0..arguments.customers));
        let channel = if n.is_multiple_of(2) { Channel::Web } else { Channel::Email };
        Request::new(customer, channel, now + Duration::from_secs(u64::from(n) + 1))
    };
    (0..arguments.decisions.saturating_mul(2)).map(request).collect()
}

/// Asks one by one.
fn decide(engine: &Engine, requests: &[Request]) -> Result<(Latencies, usize)> {
    let mut latencies = Latencies::default();
    let mut acted = 0;
    for request in requests {
        let decision = latencies.time(|| engine.decide(request))?;
        acted += usize::from(decision.action().is_some());
    }
    Ok((latencies, acted))
}

/// Asks many at a time, which share commits; gives back how many were answered per second
/// of wall time.
fn decide_together(engine: &Engine, requests: &[Request]) -> Result<f64> {
    const TOGETHER: usize = 1_000;
    let start = Instant::now();
    for requests in requests.chunks(TOGETHER) {
        for answer in engine.decide_all(requests)? {
            answer?;
        }
    }
    Ok(rate(requests.len(), start.elapsed()))
}

/// Looks at as many profiles as there were decisions, of customers at random.
fn read(engine: &Engine, arguments: &Arguments, now: Timestamp) -> Result<Latencies> {
    let mut random = StdRng::seed_from_u64(arguments.seed ^ 0x4ead);
    let asked = engine.aggregates(policy::aggregates()?)?;
    let mut latencies = Latencies::default();
    for _ in 0..arguments.decisions {
        let customer = world::customer(random.random_range(0..arguments.customers));
        let answers = latencies.time(|| {
            let view = engine.view(&customer, Purpose::Personalisation, now, None)?;
            Ok::<_, confidant::Error>(view.aggregates(&asked))
        })?;
        std::hint::black_box(answers);
    }
    Ok(latencies)
}
