//! The next click of sessions, as Serenade's evaluator asks for it.

use std::path::PathBuf;

use confidant::evaluate::{Asked, Dataset, sessions};
use serde_json::json;

use crate::asking::Asking;
use crate::model::{SessionModel, setting, told};
use crate::report::{self, Figure};
use crate::rows::{clicks, interactions};
use crate::support::Result;
use crate::support::measure::{cpu_seconds, rounded};
use crate::support::say;
use crate::support::table::mapping;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Past sessions: a CSV or TSV file with the columns SessionId, ItemId and Time
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The sessions that are revealed
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    #[arg(long, value_enum, default_value = "vstan")]
    model: SessionModel,
    /// A parameter
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, f64)>,
    /// Finds by trial, on the newest of the past sessions, which decays suit them
    #[arg(long)]
    choose: bool,
    /// Which column is which: `session=visit`
    #[arg(long = "map", value_name = "OURS=THEIRS", value_parser = mapping)]
    map: Vec<(String, String)>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.settings.iter().cloned().collect();
    let usual = arguments.model.with(&settings)?;
    let (train, test) =
        (clicks(&arguments.train, &arguments.map)?, clicks(&arguments.test, &arguments.map)?);
    let (past, running) = (sessions(&interactions(&train)), sessions(&interactions(&test)));
    let data = Dataset::new().sessions(&past);
    let (recommender, tune_cpu_s) = cpu_seconds(|| match arguments.choose {
        true => data.choose(usual, 1, 1),
        false => Ok(usual),
    });
    let recommender = recommender?;
    let fit = || data.fit(recommender, 1);
    let (trained, build_cpu_s) = cpu_seconds(fit);
    let trained = trained?;
    let (mut hits20, mut mrr20) = (Figure::new(), Figure::new());
    let mut asking = Asking::new(&trained, running.len());
    for session in &running {
        for (so_far, next) in session.revealed() {
            let clicked: Vec<&str> = so_far.last().copied().into_iter().collect();
            // The clicks have times of their own; the session is asked about as a whole.
            let asked = Asked {
                now: session.ended,
                viewing: so_far,
                leave_out: &clicked,
                ..Asked::default()
            };
            let hits = asking.hits(&asked, 20, &[next]);
            hits20.add(hits.hit_rate(20));
            mrr20.add(hits.reciprocal_rank(20));
        }
        asking.round_done();
    }
    let mut queries = asking.done();
    let name = arguments.model.name();
    say::heading(&format!("Sessions, {name}, {}", told(&settings)));
    report::line("HR@20", &hits20);
    report::line("MRR@20", &mrr20);
    say::entry(2, "build", 24, &format!("{build_cpu_s:.3} CPU s, chosen in {tune_cpu_s:.1}"));
    report::queries(&mut queries);
    println!();
    println!(
        "{}",
        json!({
            "model": name,
            "sessions": running.len(),
            "predictions": queries.len(),
            "hr20": report::mean(hits20.summary().as_ref()),
            "mrr20": report::mean(mrr20.summary().as_ref()),
            "tune_cpu_s": rounded(tune_cpu_s, 3),
            "build_cpu_s": rounded(build_cpu_s, 4),
            "predict_p50_us": queries.percentile_us(0.5),
            "predict_p90_us": queries.percentile_us(0.9),
        })
    );
    Ok(())
}
