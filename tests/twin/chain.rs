//! Whether one thing followed another: every chain is tried.

use super::choice::Categories;
use super::figure::{needed, needed_for};
use super::truth::Seen;
use crate::common::ask::{Chain, Deeds, When};

impl Seen<'_> {
    pub fn followed(&self, chain: &Chain) -> Option<bool> {
        let privacy = &self.world.privacy;
        let absent = chain.steps.iter().flat_map(|step| &step.without);
        let steps = chain.steps.iter().map(|step| &step.of).chain(absent);
        let all = steps.chain(chain.quiet.as_ref().map(|(of, _)| of));
        let needs: Categories = all.flat_map(|of| needed(of, privacy)).collect();
        if !self.may(&needs) || !self.may(&needed_for(chain.when, privacy)) {
            return None;
        }
        let found = Found {
            chain,
            now: self.now,
            steps: chain.steps.iter().map(|step| self.instants(&step.of)).collect(),
            absent: chain
                .steps
                .iter()
                .map(|step| step.without.iter().flat_map(|of| self.instants(of)).collect())
                .collect(),
            noise: chain.quiet.as_ref().map(|(of, _)| self.instants(of)).unwrap_or_default(),
        };
        let begins = found.steps[0].iter().filter(|at| self.is_in(**at, chain.when));
        Some(begins.copied().any(|at| found.begins(at) && found.goes_on(1, at)))
    }

    fn instants(&self, of: &Deeds) -> Vec<i64> {
        let mut instants: Vec<i64> =
            self.deeds(of, When::Ever).into_iter().map(|row| row.at).collect();
        instants.sort();
        instants.dedup();
        instants
    }
}

/// The instants of what is asked for, per step.
struct Found<'a> {
    chain: &'a Chain,
    now: i64,
    steps: Vec<Vec<i64>>,
    absent: Vec<Vec<i64>>,
    noise: Vec<i64>,
}

impl Found<'_> {
    /// Nothing that must be absent within so long before.
    fn begins(&self, at: i64) -> bool {
        let within = self.chain.steps[0].within;
        !self.absent[0]
            .iter()
            .any(|other| *other < at && within.is_none_or(|within| *other >= at - within))
    }

    /// Whether the steps from one on can follow what was at an instant.
    fn goes_on(&self, place: usize, before: i64) -> bool {
        let Some(step) = self.chain.steps.get(place) else {
            return self.ends(before);
        };
        self.steps[place].iter().any(|at| {
            *at > before
                && step.within.is_none_or(|within| at - before <= within)
                && !self.absent[place].iter().any(|other| before < *other && other < at)
                && self.goes_on(place + 1, *at)
        })
    }

    /// Nothing follows for so long, and so long is over.
    fn ends(&self, last: i64) -> bool {
        let Some((_, lasting)) = &self.chain.quiet else {
            return true;
        };
        last + lasting <= self.now
            && !self.noise.iter().any(|at| last < *at && *at <= last + lasting)
    }
}
