//! Groups of customers who are alike by several figures: what is asked for. How groups are
//! found is the segments' matter.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::metric::Metric;

/// Customers grouped by what they have in common, under a name that conditions ask for.
///
/// ```
/// use confidant::{Clustering, Kind, count, days, days_since, total};
///
/// let style = Clustering::by("style", [
///     ("orders", count(Kind::Purchased).within(days(365)).into()),
///     ("spend", total(Kind::Purchased, "EUR".parse()?).within(days(365)).into()),
///     ("recency", days_since(Kind::Purchased).into()),
/// ]);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clustering {
    pub(crate) name: Arc<str>,
    pub(crate) features: Vec<(Arc<str>, Metric)>,
    pub(crate) among: Condition,
    /// As many as are proposed, if not said.
    pub(crate) clusters: Option<u32>,
    pub(crate) seed: u64,
}

/// A question about a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InCluster {
    pub(crate) clustering: Arc<str>,
    pub(crate) number: u32,
}

impl Clustering {
    /// By these figures, each under a name. Whoever lacks one is in no cluster.
    #[must_use]
    pub fn by<N: Into<Arc<str>>>(
        name: impl Into<Arc<str>>,
        features: impl IntoIterator<Item = (N, Metric)>,
    ) -> Self {
        let features = features.into_iter().map(|(name, metric)| (name.into(), metric)).collect();
        Self { name: name.into(), features, among: Condition::Always, clusters: None, seed: 0 }
    }

    /// Among those alone who meet this.
    #[must_use]
    pub fn among(self, base: Condition) -> Self {
        Self { among: base, ..self }
    }

    /// So many clusters, from 1 to 64; as many as set customers apart best, if not said.
    #[must_use]
    pub fn clusters(self, number: u32) -> Self {
        Self { clusters: Some(number), ..self }
    }

    /// Another beginning, which may end in other clusters.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// In this cluster of a [`Clustering`] of the engine; 1 is the largest.
#[must_use]
pub fn in_cluster(clustering: &str, number: u32) -> Condition {
    Condition::InCluster(InCluster { clustering: clustering.into(), number })
}
