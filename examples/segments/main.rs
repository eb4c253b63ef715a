//! Who is who among customers: files of purchases through the public API, places among all,
//! RFM cells, and the segments that most shops can begin with.

#[path = "../support/mod.rs"]
mod support;

mod load;
mod shop;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use confidant::{Aggregate, Figure, Identifier, Kind, Purpose};
use serde_json::json;

use load::{Loaded, Survey};
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
    /// Write each customer's parts of recency, frequency and monetary value to a CSV file
    #[arg(long, value_name = "FILE")]
    parts: Option<PathBuf>,
}

fn main() -> ExitCode {
    support::run(program)
}

fn program(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let as_of = arguments.as_of.as_deref().map(|text| {
        support::lines::instant(text).ok_or_else(|| format!("--as-of {text}: not an instant"))
    });
    let survey = Survey::of(&arguments.events, as_of.transpose()?)?;
    let loaded = load::record(&survey, &arguments.events)?;
    let members = Members::of(&loaded)?;
    if let Some(file) = &arguments.parts {
        members.write_parts(file)?;
    }
    if !arguments.json {
        say::heading("Segments");
        for segment in loaded.engine.segments().iter() {
            let those = members.of.get(segment.id().as_str());
            let size = those.map_or(0, BTreeSet::len);
            let (revenue, aim) = (members.revenue_of(segment.id().as_str()), segment.stated_aim());
            println!("  {:>28} {size:>7} {revenue:>15.2} {aim}", segment.id().as_str());
        }
        say::heading("What was found");
        print!("{}", loaded.engine.population()?);
    }
    let size = |id: &str| members.of.get(id).map_or(0, BTreeSet::len);
    let line = json!({
        "customers": survey.buyers.len(),
        "top_share_40": size(shop::TOP_40),
        "top_share_80": size(shop::TOP_80),
        "top20_share": rounded(members.revenue_of(shop::TOP_FIFTH) / members.revenue(), 4),
        "repeat": size(shop::REPEAT),
        "lapsed_90": size(shop::LAPSED),
        "rfm_555": size(shop::BEST),
        "rfm_111": size(shop::WORST),
        "seconds": rounded(started.elapsed().as_secs_f64(), 2),
    });
    println!("{line}");
    Ok(())
}

/// Who is in which segment, and what each customer spent.
struct Members {
    of: BTreeMap<String, BTreeSet<Identifier>>,
    spent: BTreeMap<Identifier, f64>,
}

impl Members {
    /// Follows the changes of the first refresh.
    fn of(loaded: &Loaded) -> Result<Self> {
        let (mut of, mut spent) =
            (BTreeMap::<String, BTreeSet<Identifier>>::new(), BTreeMap::new());
        for change in loaded.engine.refresh(loaded.now)? {
            let members = of.entry(change.segment.to_string()).or_default();
            match change.entered {
                true => members.insert(change.customer),
                false => members.remove(&change.customer),
            };
        }
        let total = loaded.engine.aggregates([Aggregate::sum(Kind::Purchased, loaded.currency)])?;
        for who in &loaded.customers {
            let view = loaded.engine.view(who, Purpose::Personalisation, loaded.now, None)?;
            if let [figure] = view.aggregates(&total).as_slice()
                && let Figure::Amount(money) = &figure.figure
            {
                spent.insert(who.clone(), money.as_units());
            }
        }
        Ok(Self { of, spent })
    }

    fn revenue_of(&self, segment: &str) -> f64 {
        let those = self.of.get(segment).into_iter().flatten();
        those.filter_map(|who| self.spent.get(who)).sum()
    }

    fn revenue(&self) -> f64 {
        self.spent.values().sum()
    }

    fn write_parts(&self, file: &Path) -> Result<()> {
        let mut parts: BTreeMap<&Identifier, [u32; 3]> = BTreeMap::new();
        for (place, letter) in ["r", "f", "m"].into_iter().enumerate() {
            for part in 1..=5 {
                for who in self.of.get(&format!("{letter}{part}")).into_iter().flatten() {
                    let own = parts.entry(who).or_default();
                    own.iter_mut().skip(place).take(1).for_each(|own| *own = part);
                }
            }
        }
        let mut text = String::from("customer_id,Rs,Fs,Ms\n");
        for (who, [r, f, m]) in parts {
            text += &format!("{},{r},{f},{m}\n", who.value());
        }
        std::fs::write(file, text)?;
        Ok(())
    }
}
