//! What is printed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Result;
use crate::rules::contenders::CONFIDANT;
use crate::rules::measure::{ROUNDS, Times};
use crate::rules::segments::{CONDITIONS, Mode, SEGMENTS};

/// The table for people. Where no condition can be left out a time is told by condition,
/// else by segment.
pub(crate) fn table(results: &[(Mode, Vec<Times>)]) {
    println!("{SEGMENTS} segments of {CONDITIONS} conditions, one profile, thread time");
    for (mode, times) in results {
        let (title, per) = unit(*mode);
        println!(
            "\n{title:<40} {:>10} {:>10} {:>14} {:>10}",
            "best", "median", "all segments", "times"
        );
        for row in times {
            println!(
                "{:<40} {:>7.1} ns {:>7.1} ns {:>11.2} µs {:>10.2}",
                row.name,
                row.best() / per,
                row.median() / per,
                row.median() / 1e3,
                confidant(times).map_or(f64::NAN, |confidant| row.ratio(confidant)),
            );
        }
    }
}

fn unit(mode: Mode) -> (&'static str, f64) {
    match mode {
        Mode::AllTrue => ("A: all true, by condition", (SEGMENTS * CONDITIONS) as f64),
        Mode::Mixed => ("B: mixed, by segment", SEGMENTS as f64),
    }
}

fn confidant(times: &[Times]) -> Option<&Times> {
    times.iter().find(|times| times.name == CONFIDANT)
}

#[derive(Serialize)]
struct Line {
    benchmark: &'static str,
    segments: usize,
    conditions: usize,
    rounds: usize,
    /// By contender, then by mode.
    contenders: BTreeMap<&'static str, BTreeMap<&'static str, Figures>>,
}

/// Nanoseconds for all segments, and how many times confidant's.
#[derive(Serialize)]
struct Figures {
    best: u64,
    median: u64,
    ratio: f64,
}

/// The line for machines.
pub(crate) fn json(results: &[(Mode, Vec<Times>)]) -> Result<()> {
    let mut contenders: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (mode, times) in results {
        let confidant = confidant(times).ok_or("confidant was not measured")?;
        for row in times {
            let figures = Figures {
                best: row.best().round() as u64,
                median: row.median().round() as u64,
                ratio: (row.ratio(confidant) * 100.0).round() / 100.0,
            };
            contenders.entry(row.name).or_default().insert(mode.name(), figures);
        }
    }
    let line = Line {
        benchmark: "peers",
        segments: SEGMENTS,
        conditions: CONDITIONS,
        rounds: ROUNDS,
        contenders,
    };
    println!("\n{}", serde_json::to_string(&line)?);
    Ok(())
}
