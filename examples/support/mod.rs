//! What the examples share: their way to start and to fail, reading files, talking to
//! people, and measuring. None of it is needed to use the crate.
#![allow(dead_code, reason = "each example uses its own part of this")]

pub(crate) mod facts;
pub(crate) mod keep;
pub(crate) mod lines;
pub(crate) mod measure;
pub(crate) mod progress;
pub(crate) mod say;
pub(crate) mod table;

use std::process::ExitCode;

pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Runs a program with its arguments. What is wrong with them, or with what they name,
/// is one line on stderr and exit code 2.
pub(crate) fn run<A: clap::Parser>(program: impl FnOnce(A) -> Result<()>) -> ExitCode {
    let outcome = match A::try_parse() {
        Ok(arguments) => program(arguments),
        Err(wanted) if !wanted.use_stderr() => {
            _ = wanted.print();
            return ExitCode::SUCCESS;
        }
        Err(wrong) => Err(first_paragraph(&wrong.to_string()).into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    format!("{} (try --help)", line.strip_prefix("error: ").unwrap_or(&line))
}
