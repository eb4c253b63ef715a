//! Confidant beside others: its rules beside those of other engines, or, with
//! `recommenders`, its recommenders beside those of Python's packages. Each prints a table,
//! and one last line of JSON.

#[path = "../../../examples/support/mod.rs"]
mod support;

// How recommenders are told apart, asked and judged is shared with the example `evaluate`.
#[path = "../../../examples/evaluate/model.rs"]
#[allow(dead_code, reason = "the example has more models")]
mod model;
#[path = "../../../examples/evaluate/report.rs"]
#[allow(dead_code, reason = "the example says more of each")]
mod report;
#[path = "../../../examples/evaluate/rows.rs"]
#[allow(dead_code, reason = "the example reads more kinds of files")]
mod rows;
#[path = "../../../examples/evaluate/strong.rs"]
#[allow(dead_code, reason = "the example says more of each")]
mod strong;
#[path = "../../../examples/evaluate/tune.rs"]
mod tune;

mod recommenders;
mod rules;

use std::process::ExitCode;

/// What went wrong, in words.
pub(crate) use support::Result;

/// Measures confidant beside others in one run: without a command its rules, beside those
/// of other engines.
#[derive(Debug, clap::Parser)]
#[command(name = "peers")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Recommenders, beside numpy's EASE and implicit's ALS and cosine
    Recommenders(recommenders::Arguments),
}

fn main() -> ExitCode {
    support::run(|Arguments { command }| match command {
        Some(Command::Recommenders(arguments)) => recommenders::run(&arguments),
        None => rules::run(),
    })
}
