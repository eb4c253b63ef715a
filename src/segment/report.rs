//! What was found about everybody, for people and programs to read.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::rule::{Edge, Place, Places, Population, Questionnaire, Standing};
use crate::types::Timestamp;

/// What was found about everybody, as of when, and how much of it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PopulationReport {
    /// Stands for the exact content; zero while nothing was found.
    pub version: u64,
    /// As of when it was found.
    pub at: Timestamp,
    /// How many customers fed it.
    pub customers: u64,
    /// How many of them this engine's store holds who did not withdraw since.
    pub present: u64,
    /// How many of them withdrew since, were erased, or joined another: all who are not
    /// present. Of an engine that holds some of the customers alone, those of the others are
    /// among them: add up who is present there.
    pub stale: u64,
    /// By name.
    pub rankings: Vec<RankingReport>,
    /// By name, then number.
    pub clusters: Vec<ClusterReport>,
}

/// What was found about one ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingReport {
    /// Its name.
    pub name: Arc<str>,
    /// How much of a figure is one: a million of amounts, quantities, numbers in properties
    /// and ratios, which are counted in millionths.
    pub unit: u32,
    /// Of each group; one without a name where all are one order.
    pub groups: Vec<GroupReport>,
}

/// What was found about one group of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupReport {
    /// The text of the attribute, or the number of the cluster.
    pub group: Option<Arc<str>>,
    /// How many customers are ranked.
    pub customers: u64,
    /// The sum of their figures.
    pub sum: i128,
    /// The places that conditions ask for.
    pub places: Vec<PlaceReport>,
}

/// A place in a ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlaceReport {
    /// In words.
    pub place: String,
    /// How many customers have it.
    pub customers: u64,
    /// The smallest figure that has it, if there is a smallest; of those with this very
    /// figure perhaps not all.
    pub least: Option<i64>,
    /// The largest figure that has it, if there is a largest; of those with this very figure
    /// perhaps not all.
    pub most: Option<i64>,
}

/// A cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterReport {
    /// The clustering's name.
    pub name: Arc<str>,
    /// The cluster's number; 1 is the largest.
    pub number: u32,
    /// How many customers are in it.
    pub customers: u64,
    /// What sets it apart, the farthest first.
    pub apart: Vec<FeatureReport>,
}

/// A feature in which a cluster is unlike the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureReport {
    /// Its name.
    pub feature: Arc<str>,
    /// How far the cluster is from all, in standard deviations: above, or below if negative.
    pub deviations: f64,
    /// The cluster's mean; of an amount in its currency, not in millionths.
    pub mean: f64,
    /// The mean of all.
    pub overall: f64,
}

impl PopulationReport {
    pub(crate) fn new(
        population: &Population,
        clusters: &[ClusterReport],
        questionnaire: &Questionnaire,
        present: u64,
    ) -> Self {
        let rankings = questionnaire.rankings.iter().filter_map(|asked| {
            let found = population.rankings().get(&asked.name)?;
            let report = |group: Option<&Arc<str>>, places: &Places| GroupReport {
                group: group.cloned(),
                customers: places.customers,
                sum: places.sum,
                places: places.asked.iter().map(|it| it.report(asked.smallest_first)).collect(),
            };
            let whole = found.whole.iter().map(|places| report(None, places));
            let groups = found.groups.iter().map(|(group, places)| report(Some(group), places));
            let groups = whole.chain(groups).collect();
            Some(RankingReport { name: asked.name.clone(), unit: asked.unit, groups })
        });
        let customers = population.customers();
        Self {
            version: population.version(),
            at: population.at(),
            customers,
            present,
            stale: customers.saturating_sub(present),
            rankings: rankings.collect(),
            clusters: clusters.to_vec(),
        }
    }
}

impl Place {
    fn report(&self, smallest_first: bool) -> PlaceReport {
        let low = match &self.cut.from {
            Edge::At(figure, _) => Some(*figure),
            Edge::Bottom | Edge::Top => None,
        };
        let high = match &self.cut.to {
            Edge::At(figure, Some(_)) => Some(*figure),
            Edge::At(figure, None) => Some(figure.saturating_sub(1)),
            Edge::Bottom | Edge::Top => None,
        };
        let turned = |figure: Option<i64>| figure.map(i64::saturating_neg);
        let (least, most) = if smallest_first { (turned(high), turned(low)) } else { (low, high) };
        PlaceReport { place: self.standing.to_string(), customers: self.customers, least, most }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_all = |micros: u32| f64::from(micros) / 1e6;
        match *self {
            Self::Quantile { from, to, of } if from == to => write!(f, "part {from} of {of}"),
            Self::Quantile { from, to, of } => write!(f, "parts {from} to {to} of {of}"),
            Self::TopShare(share) => write!(f, "who make {} % of the sum", of_all(share) * 100.0),
            Self::First(number) => write!(f, "the first {number}"),
            Self::OverMean(times) => write!(f, "over {} times the mean", of_all(times)),
            Self::UnderMean(times) => write!(f, "under {} times the mean", of_all(times)),
        }
    }
}

impl fmt::Display for PopulationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.version == 0 {
            return f.write_str("nothing was found yet\n");
        }
        let Self { at, customers, stale, .. } = self;
        writeln!(f, "{customers} customers as of {at}; {stale} of them are gone since")?;
        for ranking in &self.rankings {
            ranking.groups.iter().try_for_each(|group| ranking.tell(group, f))?;
        }
        for it in &self.clusters {
            writeln!(f, "{} {}: {} customers", it.name, it.number, it.customers)?;
            for FeatureReport { feature, deviations, mean, overall } in &it.apart {
                writeln!(f, "  {feature}: {mean:.2}, of all {overall:.2} ({deviations:+.1})")?;
            }
        }
        Ok(())
    }
}

impl RankingReport {
    fn tell(&self, group: &GroupReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = |figure: i128| match self.unit {
            0 | 1 => figure.to_string(),
            unit => format!("{:.2}", figure as f64 / f64::from(unit)),
        };
        let of = group.group.as_ref().map(|of| format!(", {of}")).unwrap_or_default();
        let (name, customers, sum) = (&self.name, group.customers, figure(group.sum));
        writeln!(f, "{name}{of}: {customers} customers, in all {sum}")?;
        for it in &group.places {
            let bound = |at: Option<i64>| at.map_or("-".to_owned(), |at| figure(at.into()));
            let (least, most) = (bound(it.least), bound(it.most));
            writeln!(f, "  {}: {} customers, from {least} to {most}", it.place, it.customers)?;
        }
        Ok(())
    }
}
