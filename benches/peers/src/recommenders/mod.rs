//! Confidant's recommenders beside those of Python's packages, on the same customers: fitted
//! in turns, asked for the same lists, which are judged by the same code. All of it is CPU
//! time, and everybody has one thread.

mod contest;
mod data;
mod made;
mod python;
mod table;

use std::path::PathBuf;

use contest::{Family, Ring};
use data::{Data, Folder, Rows};
use python::Python;

use crate::Result;
use crate::rows::pairs;
use crate::support::table::mapping;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What is learned from: a CSV or TSV file of customers and items
    #[arg(long, value_name = "FILE", required_unless_present = "made")]
    train: Option<PathBuf>,
    /// What is shown of other customers
    #[arg(long, value_name = "FILE", requires = "train")]
    fold_in: Option<PathBuf>,
    /// What should be found of them
    #[arg(long, value_name = "FILE", requires = "train", required_unless_present = "made")]
    held_out: Option<PathBuf>,
    /// Instead of files: 6,040 made customers who chose some 836,000 times among so many
    /// items
    #[arg(long, value_name = "ITEMS", conflicts_with = "train")]
    made: Option<u32>,
    /// Which family is measured; all of them, if not said
    #[arg(long = "family", value_enum)]
    families: Vec<Family>,
    /// No parameters are chosen: everybody as they are
    #[arg(long)]
    as_they_are: bool,
    /// How often everybody is fitted; the fastest counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The regularisation of EASE
    #[arg(long, default_value_t = 200.0)]
    lambda: f64,
    /// A Python with what stands in `python/requirements.txt`
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// Which column is which: `customer=visitor`
    #[arg(long = "map", value_name = "OURS=THEIRS", value_parser = mapping)]
    map: Vec<(String, String)>,
    /// Of whatever is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let read = |file: &Option<PathBuf>| match file {
        Some(file) => pairs(file, &arguments.map),
        None => Ok(Vec::new()),
    };
    let rows = match arguments.made {
        Some(items) => made::rows(items, arguments.seed),
        None => Rows {
            train: read(&arguments.train)?,
            fold_in: read(&arguments.fold_in)?,
            held_out: read(&arguments.held_out)?,
        },
    };
    let folder = Folder::new()?;
    let data = Data::of(&rows, arguments.seed);
    data.write(&folder)?;
    let python = Python::start(&arguments.python, &folder, data.items.len());
    let python = python.inspect_err(|error| println!("Only confidant: {error}.\n")).ok();
    let contest = Ring { data: &data, folder: &folder, python, arguments }.contest()?;
    table::print(&data, &contest, arguments.rounds);
    table::json(&data, &contest, arguments.rounds)
}
