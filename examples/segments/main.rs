//! Who is who among customers: files of purchases through the public API, the segments that
//! most shops can begin with, what each brings, and two pictures.

#[path = "../support/mod.rs"]
mod support;

mod clusters;
mod draw;
mod explain;
mod load;
mod members;
mod shop;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use confidant::Timestamp;
use serde_json::json;

use load::{Loaded, Survey};
use members::Members;
use support::lines::EventFiles;
use support::measure::rounded;
use support::{Result, say};

/// Records every line of files of events up to an instant, finds places among all customers
/// as of then, and counts who is in which segment. The last line is a JSON object.
///
/// Such files carry no consent, so a full grant before the first line is assumed. Figures are
/// over purchases of products by customers who are named, returns not subtracted.
#[derive(Debug, clap::Parser)]
#[command(name = "segments")]
struct Arguments {
    #[command(flatten)]
    events: EventFiles,
    /// The instant as of which everything is asked; if not said, the last line's
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<String>,
    /// Print nothing but the last line
    #[arg(long)]
    json: bool,
    /// Draw who makes how much of revenue, and recency by frequency, into this directory
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Write each customer's parts of recency, frequency and monetary value to a CSV file
    #[arg(long, value_name = "FILE")]
    parts: Option<PathBuf>,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let as_of = arguments.as_of.as_deref().map(instant).transpose()?;
    let survey = Survey::of(&arguments.events, as_of)?;
    let loaded = load::record(&survey, &arguments.events)?;
    let members = Members::of(&loaded)?;
    if !arguments.json {
        tell(&survey, &loaded, &members)?;
    }
    if let Some(file) = &arguments.parts {
        members.write_parts(file)?;
    }
    if let Some(directory) = &arguments.svg {
        let pictures = draw::pictures(&members, &loaded, directory)?;
        if !arguments.json {
            say::heading("Pictures");
            pictures.iter().for_each(|file| println!("  {}", file.display()));
        }
    }
    if !arguments.json {
        println!();
    }
    println!("{}", last_line(&members, started)?);
    Ok(())
}

fn instant(text: &str) -> Result<Timestamp> {
    let wrong = || format!("--as-of {text}: not an instant, as 2011-12-10 is");
    Ok(support::lines::instant(text).ok_or_else(wrong)?)
}

/// Everything for people.
fn tell(survey: &Survey, loaded: &Loaded, members: &Members) -> Result<()> {
    say::heading(&format!("The customers of a shop, as of {}", loaded.now));
    let (all, buyers) = (survey.customers(), survey.buyers());
    println!("  {:>9} customers", say::thousands(all as u64));
    println!("  {:>9} of them bought something", say::thousands(buyers as u64));
    println!("  {:>9.0} {} of revenue", members.revenue(), loaded.currency.as_str());
    println!();
    say::paragraph(
        2,
        "Such files carry no consent. We assume that each customer allowed everything before \
         the first line; in your shop, the customer says it.",
    );
    table::segments(loaded, members)?;
    let report = loaded.engine.population()?;
    table::places(&report);
    clusters::told(&report);
    explain::one_customer(loaded, members)?;
    explain::in_words(loaded)
}

/// What programs read.
fn last_line(members: &Members, started: Instant) -> Result<serde_json::Value> {
    let size = |segment| members.size(segment);
    let fifth = members.revenue_of(shop::TOP_FIFTH)? / members.revenue();
    Ok(json!({
        "top_share_40": size(shop::TOP_40)?,
        "top_share_80": size(shop::TOP_80)?,
        "top20_share": rounded(fifth, 4),
        "repeat": size(shop::REPEAT)?,
        "lapsed_90": size(shop::LAPSED)?,
        "rfm_555": size(shop::BEST)?,
        "rfm_111": size(shop::WORST)?,
        "seconds": rounded(started.elapsed().as_secs_f64(), 2),
    }))
}
