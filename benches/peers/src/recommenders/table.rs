//! What is printed.

use serde_json::{Map, Value, json};

use super::contest::{Contest, Entry};
use super::data::Data;
use crate::Result;
use crate::model::told;
use crate::report::{Figure, mean};
use crate::support::measure::rounded;
use crate::support::say::thousands;

/// The table for people. Others are told by how many times as long as the confidant of their
/// family they take: the one whose parameters were chosen, where they were.
pub(crate) fn print(data: &Data<'_>, contest: &Contest, rounds: u32) {
    println!(
        "{} pairs of {} customers and {} items; {} others asked; CPU time of one thread, the \
         fastest of {rounds} fits",
        thousands(data.pairs() as u64),
        thousands(data.orders.len() as u64),
        thousands(data.items.len() as u64),
        thousands(data.trials.len() as u64),
    );
    let versions: Vec<String> =
        contest.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    println!(
        "beside: {}\n",
        if versions.is_empty() { "nobody".into() } else { versions.join(", ") }
    );
    println!(
        "{:<30} {:>6} {:>6} {:>6} {:>8} {:>6} {:>8} {:>8} {:>6}",
        "", "R@20", "R@50", "N@100", "fit s", "times", "p50 us", "p90 us", "times"
    );
    for entry in &contest.entries {
        line(entry, ours(contest, entry));
    }
    for entry in &contest.entries {
        if let Some((settings, seconds)) = &entry.chosen {
            println!("{}: {}, in {seconds:.1} CPU s", entry.name, told(settings));
        }
    }
    if let Some(differs) = contest.ease_differs {
        println!("\nscores of EASE, here and there: {differs:e} apart at most");
    }
}

/// The one of confidant's that another is compared with.
fn ours<'a>(contest: &'a Contest, entry: &Entry) -> Option<&'a Entry> {
    let same = |other: &&Entry| other.family == entry.family && other.is_ours();
    contest.entries.iter().filter(same).next_back().filter(|_| !entry.is_ours())
}

fn line(entry: &Entry, ours: Option<&Entry>) {
    let told = |figure: &Figure| figure.summary().map_or("-".into(), |s| format!("{:.4}", s.mean));
    let times = |of: fn(&Entry) -> f64| match ours {
        Some(ours) => format!("{:.2}", of(entry) / of(ours)),
        None => String::new(),
    };
    let quality = &entry.quality;
    println!(
        "{:<30} {:>6} {:>6} {:>6} {:>8.3} {:>6} {:>8.1} {:>8.1} {:>6}",
        entry.name,
        told(&quality.recall20),
        told(&quality.recall50),
        told(&quality.ndcg100),
        entry.fit(),
        times(Entry::fit),
        entry.p50_us,
        entry.p90_us,
        times(|entry| entry.p50_us),
    );
}

/// The line for machines.
pub(crate) fn json(data: &Data<'_>, contest: &Contest, rounds: u32) -> Result<()> {
    let told = |figure: &Figure| mean(figure.summary().as_ref());
    let times = |of: fn(&Entry) -> f64, entry: &Entry| {
        ours(contest, entry).map(|ours| rounded(of(entry) / of(ours), 2))
    };
    let figures = contest.entries.iter().map(|entry| {
        let fits: Vec<f64> = entry.fits.iter().map(|seconds| rounded(*seconds, 4)).collect();
        let figures = json!({
            "recall20": told(&entry.quality.recall20),
            "recall50": told(&entry.quality.recall50),
            "ndcg100": told(&entry.quality.ndcg100),
            "settings": entry.chosen.as_ref().map(|(settings, _)| settings),
            "tune_cpu_s": entry.chosen.as_ref().map(|(_, seconds)| rounded(*seconds, 3)),
            "train_cpu_s": rounded(entry.fit(), 4),
            "fits_cpu_s": fits,
            "train_times_ours": times(Entry::fit, entry),
            "query_p50_us": entry.p50_us,
            "query_p90_us": entry.p90_us,
            "query_times_ours": times(|entry| entry.p50_us, entry),
        });
        (entry.name.clone(), figures)
    });
    let line = json!({
        "benchmark": "recommenders",
        "pairs": data.pairs(),
        "customers": data.orders.len(),
        "items": data.items.len(),
        "asked": data.trials.len(),
        "rounds": rounds,
        "beside": contest.versions,
        "contenders": figures.collect::<Map<String, Value>>(),
        "ease_max_difference": contest.ease_differs,
    });
    println!("\n{}", serde_json::to_string(&line)?);
    Ok(())
}
