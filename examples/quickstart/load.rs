//! Act one: everything in.

use std::sync::Arc;
use std::time::Duration;

use confidant::{Durability, Engine, Event, Kind, Refusal, Store, Timestamp};

use crate::sample::Sample;
use crate::shop;
use crate::support::lines::Line;
use crate::support::measure::{Stopwatch, rate};
use crate::support::progress::Progress;
use crate::support::{Result, keep, say};

/// What came of loading.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    /// Whether there was something in the store already.
    pub(crate) resumed: bool,
    /// Households that are kept.
    pub(crate) customers: usize,
    /// Lines of purchases that are kept.
    pub(crate) events: usize,
    /// Lines recorded, in CPU time.
    pub(crate) events_per_s: f64,
}

/// Records the whole sample, whatever the store holds of it already: an event that is
/// known is told by its id and changes nothing. So a second run goes on from the first,
/// even if that one was cut off.
pub(crate) fn act(sample: &Sample, store: Arc<dyn Store>) -> Result<Loaded> {
    say::heading("1. A year of groceries");
    let resumed = !keep::is_empty(&store)?;
    let engine = shop::engine(sample, store.clone())?;
    let filled = fill(&engine, sample, &sample.background(), |_| true)?;
    store.commit(&[], Durability::Durable)?;
    let (customers, events) = kept(&engine, sample)?;
    let events_per_s = rate(filled.recorded, filled.time);
    let mut lines = vec![
        (customers, "households"),
        (sample.catalog.len(), "products in the catalogue"),
        (events, "lines of purchases, recorded with `record_all`"),
        (events_per_s as usize, "of them per second"),
    ];
    if resumed {
        lines.push((filled.known, "of them were in the store already, and stay as they were"));
    }
    for (number, what) in lines {
        println!("  {:>7} {what}", say::thousands(number as u64));
    }
    println!();
    say::paragraph(
        2,
        "Such files carry no consent. We assume that each household allowed everything \
         before its first line; in your shop, the customer says it. Redeemed coupons are \
         accepted actions. What was mailed on paper is history, and no contact of ours.",
    );
    Ok(Loaded { engine, resumed, customers, events, events_per_s })
}

/// How many households of the sample are kept, and how many lines of their purchases.
fn kept(engine: &Engine, sample: &Sample) -> Result<(usize, usize)> {
    let (mut customers, mut lines) = (0, 0);
    for household in sample.households.keys() {
        if let Some(report) = engine.customer_report(household.as_str(), sample.now())? {
            customers += 1;
            lines += report.history.iter().filter(|line| line.kind == Kind::Purchased).count();
        }
    }
    Ok((customers, lines))
}

/// What came of recording lines of purchases.
#[derive(Default)]
pub(crate) struct Filled {
    pub(crate) recorded: usize,
    /// Of these, how many were known already.
    pub(crate) known: usize,
    /// CPU time.
    pub(crate) time: Duration,
}

/// Records what is known of the households and their purchases, as far as wanted. Then
/// segments and models are brought up to date.
pub(crate) fn fill(
    engine: &Engine,
    sample: &Sample,
    background: &[Event],
    wanted: impl Fn(&Line) -> bool,
) -> Result<Filled> {
    const BATCH: usize = 5_000;
    let now = sample.now();
    record(engine, now, background.to_vec())?;
    let wanted = |line: &&Line| wanted(line);
    let events: Vec<Event> = sample.purchases.iter().filter(wanted).map(Line::event).collect();
    let mut progress = Progress::new("recording", events.len() as u64);
    let mut filled = Filled::default();
    for batch in events.chunks(BATCH) {
        let batch = batch.to_vec();
        let recorded = batch.len();
        let stopwatch = Stopwatch::start();
        filled.known += record(engine, now, batch)?;
        filled.time += stopwatch.elapsed();
        filled.recorded += recorded;
        progress.add(recorded as u64);
    }
    bring_up_to_date(engine, sample)?;
    Ok(filled)
}

/// Segments and models follow what is recorded.
pub(crate) fn bring_up_to_date(engine: &Engine, sample: &Sample) -> Result<()> {
    engine.advance(sample.now())?;
    engine.fit(sample.now())?;
    Ok(())
}

/// Records events, and says how many were known already. Nothing of the sample should be
/// turned away; where something is, say why.
fn record(engine: &Engine, now: Timestamp, events: Vec<Event>) -> Result<usize> {
    let report = engine.record_all(now, events);
    match report.refused.first() {
        None => Ok(report.duplicates),
        Some((place, Refusal::Error(error))) => {
            Err(format!("event {place} of a batch: {error}").into())
        }
        Some((place, Refusal::NotAllowed(what))) => {
            Err(format!("event {place} of a batch is not allowed: {what:?}").into())
        }
    }
}
