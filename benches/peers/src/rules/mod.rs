//! Confidant's rules beside those of other engines: the same hundred segments of five
//! conditions each, asked of the same profile, in one run. It prints a table, and one last
//! line of JSON with how many times as long as confidant every other one takes.
//!
//! Rules are compiled, and the profile is brought into the form that an engine likes best,
//! before the time is taken; where a name says so, the profile is read anew every time.

mod contenders;
mod measure;
mod report;
mod segments;

use contenders::{Contender, field};
use segments::{Mode, PROFILE, edges, segments};

use crate::Result;

pub(crate) fn run() -> Result<()> {
    for (segment, met) in edges() {
        agree(&mut field(&PROFILE, &[segment])?, usize::from(met))?;
    }
    let mut results = Vec::new();
    for mode in Mode::BOTH {
        let mut field = field(&PROFILE, &segments(mode))?;
        agree(&mut field, mode.matching())?;
        results.push((mode, measure::rounds(&mut field)?));
    }
    report::table(&results);
    report::json(&results)
}

/// If anybody finds other segments than the rest, nobody is measured.
fn agree(field: &mut [(&'static str, Box<dyn Contender>)], expected: usize) -> Result<()> {
    for (name, contender) in field {
        let found = contender.count()?;
        if found != expected {
            return Err(format!("{name}: matching segments: {found}, expected {expected}").into());
        }
    }
    Ok(())
}
