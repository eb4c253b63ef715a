//! A household at its privacy centre: the notice it is shown, what is on record, what a
//! level and a withdrawal change, what it takes along, and how it leaves. Then a small
//! version of the proofs, on the same real data. Each act is a file of its own.

#[path = "../support/mod.rs"]
mod support;

#[path = "../quickstart/sample.rs"]
#[allow(dead_code, reason = "the quickstart uses the rest")]
mod sample;

mod check;
mod choose;
mod leave;
mod papers;
mod proofs;
mod shop;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use sample::Sample;
use support::measure::rounded;
use support::{Result, say};
use words::{Language, Words};

/// Shows a real household its privacy centre: the notice, its personal page, a change of
/// its level and what that does to one question, a withdrawal, an export, an erasure with
/// its certificate; and then proves on real purchases that what is not allowed changes
/// nothing. The last line is a JSON object with the figures.
#[derive(Debug, clap::Parser)]
#[command(name = "privacy_center")]
struct Arguments {
    /// The directory with the sample's files (see its README.md)
    #[arg(
        long,
        value_name = "DIR",
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey"),
        hide_default_value = true
    )]
    data: PathBuf,
    /// The household whose privacy centre it is
    #[arg(long, value_name = "ID", default_value = "825")]
    household: String,
    /// The language of the documents and of what is said between them
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// How many pairs of worlds the proof compares
    #[arg(long, value_name = "N", default_value = "200")]
    pairs: u64,
    /// The seed of what is drawn
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let words = Words::of(arguments.language);
    let sample = Sample::read(&arguments.data)?;
    let household = arguments.household.as_str();
    if !sample.households.contains_key(household) {
        return Err(format!("--household {household}: the sample has no such household").into());
    }
    let engine = shop::engine().catalog(sample.catalog.clone()).proof(shop::key()).build()?;
    shop::fill(&engine, &sample, |_| true)?;

    papers::act(&engine, &sample, household, &words)?;
    choose::act(&engine, &sample, household, &words)?;
    let equal = leave::act(&engine, &sample, household, &words)?;
    let proofs = proofs::act(&sample, &arguments, &words)?;

    say::heading(words.say("machines"));
    let line = json!({
        "noninterference_pairs": proofs.pairs,
        "leaks_planted": proofs.planted,
        "leaks_caught": proofs.caught,
        "erased_digest_equal": equal,
        "permit_check_ns": rounded(proofs.permit_check_ns, 1),
        "ledger_record_us": rounded(proofs.ledger_record_us, 2),
        "seconds": rounded(started.elapsed().as_secs_f64(), 2),
    });
    println!("{line}");
    Ok(())
}
