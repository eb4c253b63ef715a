//! Act one: everything in.

use std::time::Duration;

use confidant::{Engine, Event, Refusal, Timestamp};

use crate::sample::Sample;
use crate::shop;
use crate::support::lines::Line;
use crate::support::measure::{Stopwatch, rate};
use crate::support::progress::Progress;
use crate::support::{Result, say};

/// What came of loading.
pub(crate) struct Loaded {
    /// Purchase lines that were accepted.
    pub(crate) events: usize,
    /// Of these, in CPU time.
    pub(crate) events_per_s: f64,
}

pub(crate) fn act(sample: &Sample) -> Result<(Engine, Loaded)> {
    say::heading("1. A year of groceries");
    let engine = shop::engine(sample)?;
    let (loaded, time) = fill(&engine, sample, &sample.background(), |_| true)?;
    let households = sample.households.len();
    let events_per_s = rate(loaded, time);
    for (number, what) in [
        (households, "households"),
        (sample.catalog.len(), "products in the catalogue"),
        (loaded, "lines of purchases, recorded with `record_all`"),
        (events_per_s as usize, "of them per second"),
    ] {
        println!("  {:>7} {what}", say::thousands(number as u64));
    }
    println!();
    say::paragraph(
        2,
        "Such files carry no consent. We assume that each household allowed everything \
         before its first line; in your shop, the customer says it. Redeemed coupons are \
         accepted actions. What was mailed on paper is history, and no contact of ours.",
    );
    Ok((engine, Loaded { events: loaded, events_per_s }))
}

/// Records what is known of the households and their purchases, as far as wanted;
/// gives back how many purchases were accepted, and in what CPU time. Then segments and
/// models are brought up to date.
pub(crate) fn fill(
    engine: &Engine,
    sample: &Sample,
    background: &[Event],
    wanted: impl Fn(&Line) -> bool,
) -> Result<(usize, Duration)> {
    const BATCH: usize = 5_000;
    let now = sample.now();
    record(engine, now, background.to_vec())?;
    let wanted = |line: &&Line| wanted(line);
    let events: Vec<Event> = sample.purchases.iter().filter(wanted).map(Line::event).collect();
    let mut progress = Progress::new("recording", events.len() as u64);
    let (mut accepted, mut time) = (0, Duration::ZERO);
    for batch in events.chunks(BATCH) {
        let batch = batch.to_vec();
        let recorded = batch.len() as u64;
        let stopwatch = Stopwatch::start();
        accepted += record(engine, now, batch)?;
        time += stopwatch.elapsed();
        progress.add(recorded);
    }
    engine.advance(now)?;
    engine.fit(now)?;
    Ok((accepted, time))
}

/// Nothing of the sample should be turned away; where something is, say why.
fn record(engine: &Engine, now: Timestamp, events: Vec<Event>) -> Result<usize> {
    let report = engine.record_all(now, events);
    match report.refused.first() {
        None => Ok(report.accepted),
        Some((place, Refusal::Error(error))) => {
            Err(format!("event {place} of a batch: {error}").into())
        }
        Some((place, Refusal::NotAllowed(what))) => {
            Err(format!("event {place} of a batch is not allowed: {what:?}").into())
        }
    }
}
