//! Where a customer stands among others: by a figure, within a base, in a group.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::metric::{Metric, micros};

/// An order of customers by a figure, under a name that conditions ask for.
///
/// ```
/// use confidant::{Kind, Ranking, count, days, in_segment, not, total};
///
/// let spend = Ranking::by("spend", total(Kind::Purchased, "EUR".parse()?).within(days(365)))
///     .among(not(in_segment("wholesale")));
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// Whoever has no figure, or is not in the base, has no place. Of equal figures, the larger
/// identifier, byte by byte, stands higher, so that every place is one customer's.
///
/// Where places begin and end is found by [`Engine::refresh`](crate::Engine::refresh), from
/// those customers alone who let others learn, and holds until the next one. Whoever keeps
/// from that has a place by the same borders, and moves none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    pub(crate) name: Arc<str>,
    pub(crate) metric: Metric,
    /// Whether the smallest figure is the best.
    pub(crate) smallest_first: bool,
    pub(crate) among: Condition,
    pub(crate) per: Option<Per>,
}

/// The groups that are ranked each for itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Per {
    /// Those with the same text as this attribute; nobody without one.
    Attribute(Box<str>),
    /// Those in the same cluster of a clustering.
    Cluster(Box<str>),
}

/// A place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// In the parts from this to that, of so many equal ones; 1 is the lowest. The n-th of
    /// m, from the lowest and from zero, is in part 1 + parts * n / m, rounded down.
    Quantile { from: u32, to: u32, of: u32 },
    /// Among the fewest who make up this share of the sum of all, in millionths.
    TopShare(u32),
    /// Among so many of the highest.
    First(u32),
    /// More than so many times the mean, in millionths.
    OverMean(u32),
    /// Less than so many times the mean, in millionths.
    UnderMean(u32),
}

impl Standing {
    /// Something to put standings in order by.
    pub(super) fn key(self) -> (u8, [u32; 3]) {
        match self {
            Self::Quantile { from, to, of } => (0, [of, from, to]),
            Self::TopShare(share) => (1, [share, 0, 0]),
            Self::First(number) => (2, [number, 0, 0]),
            Self::OverMean(times) => (3, [times, 0, 0]),
            Self::UnderMean(times) => (4, [times, 0, 0]),
        }
    }
}

/// A question about a place in a ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    pub(crate) ranking: Arc<str>,
    pub(crate) standing: Standing,
}

/// About the place in a [`Ranking`] of the engine.
pub fn ranked(ranking: &str) -> Placing {
    Placing(ranking.into())
}

/// A question about a place, waiting for its test.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct Placing(Arc<str>);

impl Ranking {
    /// By a figure, the largest first.
    #[must_use]
    pub fn by(name: impl Into<Arc<str>>, metric: impl Into<Metric>) -> Self {
        let (name, metric) = (name.into(), metric.into());
        Self { name, metric, smallest_first: false, among: Condition::Always, per: None }
    }

    /// The smallest figure first: of how long ago, the latest.
    #[must_use]
    pub fn smallest_first(self) -> Self {
        Self { smallest_first: true, ..self }
    }

    /// Among those alone who meet this.
    #[must_use]
    pub fn among(self, base: Condition) -> Self {
        Self { among: base, ..self }
    }

    /// Each group of those with the same text as an attribute for itself.
    #[must_use]
    pub fn per_attribute(self, name: &str) -> Self {
        Self { per: Some(Per::Attribute(name.into())), ..self }
    }

    /// Each cluster of a [`Clustering`](crate::Clustering) for itself.
    #[must_use]
    pub fn per_cluster(self, clustering: &str) -> Self {
        Self { per: Some(Per::Cluster(clustering.into())), ..self }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Placing {
    /// In one of so many equal parts; 1 is the lowest. Of five, 5 is the highest fifth; of
    /// a hundred, a percentile.
    #[must_use]
    pub fn quantile(self, part: u32, of: u32) -> Condition {
        self.quantiles(part, part, of)
    }

    /// In the parts from one to another of so many equal ones.
    #[must_use]
    pub fn quantiles(self, from: u32, to: u32, of: u32) -> Condition {
        self.stands(Standing::Quantile { from, to, of })
    }

    /// Among the fewest who make up this share of the sum of all, from 0 to 1: of 0.4 by
    /// spend, the customers who make 40 % of the revenue.
    #[must_use]
    pub fn top_share(self, share: f64) -> Condition {
        self.stands(Standing::TopShare(parts(share)))
    }

    /// Among so many of the highest.
    #[must_use]
    pub fn first(self, number: u32) -> Condition {
        self.stands(Standing::First(number))
    }

    /// With more than so many times the mean.
    #[must_use]
    pub fn over_mean(self, times: f64) -> Condition {
        self.stands(Standing::OverMean(parts(times)))
    }

    /// With less than so many times the mean.
    #[must_use]
    pub fn under_mean(self, times: f64) -> Condition {
        self.stands(Standing::UnderMean(parts(times)))
    }

    fn stands(self, standing: Standing) -> Condition {
        Condition::Ranked(Ranked { ranking: self.0, standing })
    }
}

/// In millionths, as far as they go.
fn parts(share: f64) -> u32 {
    micros(share).clamp(0, u32::MAX.into()) as u32
}
