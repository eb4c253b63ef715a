//! How good the recommenders are on your own files, and how fast: the usual protocols with
//! the usual measures.

#[path = "../support/mod.rs"]
mod support;

mod asking;
mod baskets;
mod cross_sell;
mod forget;
mod model;
mod report;
mod rows;
mod sessions;
mod strong;
mod top_n;
mod tune;

use std::process::ExitCode;

use support::Result;

/// Fits recommenders on one part of a file and holds what they recommend against the
/// other. The last line is a JSON object; times are CPU time.
#[derive(Debug, clap::Parser)]
#[command(name = "evaluate")]
enum Command {
    /// Customers whom the model never saw: some of their items are shown, the rest is to be
    /// found among all items
    TopN(top_n::Arguments),
    /// Sessions, revealed click by click: the next click is to be found
    Sessions(sessions::Arguments),
    /// The next basket of each customer with at least three
    Baskets(baskets::Arguments),
    /// One product of each basket left out, to be found by the others
    CrossSell(cross_sell::Arguments),
    /// Customers who are forgotten one by one, and what is left of them
    Forget(forget::Arguments),
}

fn main() -> ExitCode {
    support::run(|command| -> Result<()> {
        match command {
            Command::TopN(arguments) => top_n::run(&arguments),
            Command::Sessions(arguments) => sessions::run(&arguments),
            Command::Baskets(arguments) => baskets::run(&arguments),
            Command::CrossSell(arguments) => cross_sell::run(&arguments),
            Command::Forget(arguments) => forget::run(&arguments),
        }
    })
}
