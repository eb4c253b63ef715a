//! What became of each sort of line.

use std::collections::BTreeMap;

use confidant::{Refusal, Report};

use crate::books::{Sort, TillLine};
use crate::support::{Result, say};

#[derive(Default)]
struct OfSort {
    sent: usize,
    accepted: usize,
    duplicates: usize,
    refused: usize,
    why: Option<String>,
}

/// By sort of line, both times that it was sent.
#[derive(Default)]
pub(crate) struct Counts(BTreeMap<Sort, OfSort>);

impl Counts {
    /// A report says which lines were refused, and only how many of the others were known:
    /// of what is sent for the first time none, of what is sent again all.
    pub(crate) fn add(&mut self, batch: &[TillLine], report: &Report, again: bool) -> Result<()> {
        let mut refused: BTreeMap<usize, &Refusal> =
            report.refused.iter().map(|(place, refusal)| (*place, refusal)).collect();
        let expected = if again { report.duplicates } else { report.accepted };
        if expected + refused.len() != batch.len() {
            return Err("a line was not new the first time, or new the second time".into());
        }
        for (place, line) in batch.iter().enumerate() {
            let of = self.0.entry(line.sort).or_default();
            of.sent += 1;
            match refused.remove(&place) {
                Some(refusal) => {
                    of.refused += 1;
                    of.why.get_or_insert_with(|| because(refusal));
                }
                None if again => of.duplicates += 1,
                None => of.accepted += 1,
            }
        }
        Ok(())
    }

    fn sum(&self, count: fn(&OfSort) -> usize) -> usize {
        self.0.values().map(count).sum()
    }

    pub(crate) fn sent(&self) -> usize {
        self.sum(|of| of.sent)
    }

    pub(crate) fn accepted(&self) -> usize {
        self.sum(|of| of.accepted)
    }

    pub(crate) fn duplicates(&self) -> usize {
        self.sum(|of| of.duplicates)
    }

    /// How many lines of a sort were accepted.
    pub(crate) fn of(&self, sort: Sort) -> usize {
        self.0.get(&sort).map_or(0, |of| of.accepted)
    }

    pub(crate) fn print(&self) {
        say::heading("What became of the lines, each sent twice");
        let [a, b, c, d, e] = ["", "sent", "accepted", "duplicates", "refused"];
        println!("  {}", say::dim(&format!("{a:22} {b:>9} {c:>9} {d:>10} {e:>9}")));
        for (sort, of) in &self.0 {
            let counts = [of.sent, of.accepted, of.duplicates, of.refused];
            let [b, c, d, e] = counts.map(|count| say::thousands(count as u64));
            println!("  {:22} {b:>9} {c:>9} {d:>10} {e:>9}", sort.describe());
            if let Some(why) = &of.why {
                say::paragraph(6, why);
            }
        }
    }
}

fn because(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Error(error) => error.to_string(),
        Refusal::NotAllowed(what) => format!("the customer does not allow it: {what:?}"),
    }
}
