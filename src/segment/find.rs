//! From a survey to what is found about everybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::survey::Survey;
use super::thresholds::Ladder;
use crate::rule::{AskedRanking, By, Census, Found, Population};
use crate::types::Identifier;

impl Survey {
    /// Finds places and clusters. The survey is one of this census.
    pub(crate) fn find(&self, census: &Census) -> Population {
        if census.is_empty() {
            return Population::default();
        }
        let clusterings = BTreeMap::new();
        let rankings = census.rankings.iter().enumerate();
        let rankings = rankings.map(|(place, it)| (it.name.clone(), self.found(place, it)));
        Population::new(self.at, self.who.len() as u64, rankings.collect(), clusterings)
    }

    /// What is found about a ranking: about everybody at once, or about each group.
    fn found(&self, place: usize, asked: &AskedRanking) -> Found {
        let mut groups: BTreeMap<Option<Arc<str>>, Vec<(i64, &Identifier)>> = BTreeMap::new();
        let Some(column) = self.rankings.get(place) else { return Found::default() };
        for (row, who) in self.who.iter().enumerate() {
            let Some((figure, named)) = column.get(row) else { continue };
            let group = match &asked.by {
                By::Cluster(_) => continue,
                _ => named.cloned(),
            };
            groups.entry(group).or_default().push((figure, who));
        }
        let mut found = Found::default();
        for (group, figures) in groups {
            let ladder = Ladder::new(figures.into_iter(), asked.smallest_first);
            let places = ladder.places(&asked.standings);
            match group {
                None => found.whole = Some(places),
                Some(group) => _ = found.groups.insert(group, places),
            }
        }
        found
    }
}
