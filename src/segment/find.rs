//! From a survey to what is found about everybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kmeans::{Cluster, fit};
use super::report::{ClusterReport, FeatureReport};
use super::survey::{Survey, Table};
use super::thresholds::Ladder;
use crate::rule::{AskedClustering, AskedRanking, By, Clusters, Found, Population, Questionnaire};
use crate::types::Identifier;

impl Survey {
    /// Finds places and clusters, and what sets each cluster apart. The survey is one of this
    /// questionnaire.
    pub(crate) fn find(&self, questionnaire: &Questionnaire) -> (Population, Vec<ClusterReport>) {
        if questionnaire.is_empty() {
            return (Population::default(), Vec::new());
        }
        let (mut clusterings, mut told) = (BTreeMap::new(), Vec::new());
        for (table, asked) in self.clusterings.iter().zip(&questionnaire.clusterings) {
            if let Some((clusters, described)) = self.clusters(table, asked) {
                clusterings.insert(asked.name.clone(), clusters);
                told.extend(described);
            }
        }
        let rankings = self.rankings.len().min(questionnaire.rankings.len());
        let rankings = (0..rankings).zip(&questionnaire.rankings).map(|(place, asked)| {
            let labels = match asked.by {
                By::Cluster(place) => self.labels(place, questionnaire, &clusterings),
                _ => Vec::new(),
            };
            (asked.name.clone(), self.found(place, asked, &labels))
        });
        let rankings = rankings.collect();
        let found = Population::new(self.at, self.who.len() as u64, rankings, clusterings);
        (found, told)
    }

    /// The clusters of those who have all features; none of nobody.
    fn clusters(
        &self,
        table: &Table,
        asked: &AskedClustering,
    ) -> Option<(Clusters, Vec<ClusterReport>)> {
        let rows = (0..self.who.len()).filter_map(|row| table.get(row));
        let values: Vec<f64> = rows.flatten().map(|figure| *figure as f64).collect();
        if values.is_empty() {
            return None;
        }
        let clusters = asked.clusters.map(|number| number as usize);
        let fitted = fit(&values, table.width(), clusters, asked.seed);
        let told = (1..).zip(&fitted.described).map(|(number, it)| told(asked, number, it));
        let told = told.collect();
        Some((fitted.clusters, told))
    }

    /// The names of the clusters of all rows, as they are asked for.
    fn labels(
        &self,
        place: usize,
        questionnaire: &Questionnaire,
        clusterings: &BTreeMap<Arc<str>, Clusters>,
    ) -> Vec<Option<Arc<str>>> {
        let (table, asked) = (self.clusterings.get(place), questionnaire.clusterings.get(place));
        let Some((table, asked)) = table.zip(asked) else { return Vec::new() };
        let Some(clusters) = clusterings.get(&asked.name) else { return Vec::new() };
        let label = |row| {
            let features: Vec<f64> = table.get(row)?.iter().map(|it| *it as f64).collect();
            Some(Arc::from(clusters.number_of(&features).to_string()))
        };
        (0..self.who.len()).map(label).collect()
    }

    /// What is found about a ranking: about everybody at once, or about each group.
    fn found(&self, place: usize, asked: &AskedRanking, labels: &[Option<Arc<str>>]) -> Found {
        let mut groups: BTreeMap<Option<Arc<str>>, Vec<(i64, &Identifier)>> = BTreeMap::new();
        let Some(column) = self.rankings.get(place) else { return Found::default() };
        for (row, who) in self.who.iter().enumerate() {
            let Some((figure, named)) = column.get(row) else { continue };
            let group = match &asked.by {
                By::Cluster(_) => match labels.get(row) {
                    Some(Some(label)) => Some(label.clone()),
                    _ => continue,
                },
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

/// A cluster for people to read.
fn told(asked: &AskedClustering, number: u32, cluster: &Cluster) -> ClusterReport {
    let apart = cluster.apart.iter().filter_map(|it| {
        let feature = asked.features.get(it.feature)?.clone();
        let unit = f64::from(*asked.units.get(it.feature)?);
        let (deviations, mean, overall) = (it.deviations, it.mean / unit, it.overall / unit);
        Some(FeatureReport { feature, deviations, mean, overall })
    });
    let (name, customers) = (asked.name.clone(), cluster.size as u64);
    ClusterReport { name, number, customers, apart: apart.collect() }
}
