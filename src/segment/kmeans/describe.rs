//! A cluster in words' reach: how many, where on average, and what sets it apart.

use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::lloyd::Partition;
use crate::rule::finite;

/// So many features are named as setting a cluster apart.
const FEW: usize = 3;

/// Closer to the mean of all than that, in standard deviations, is what rounding leaves.
const ROUNDING: f64 = 1e-9;

/// A cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cluster {
    /// How many rows.
    pub(crate) size: usize,
    /// The mean of each feature in its own units, over the rows that have it; that of all
    /// rows where none of the cluster has it, and zero where nobody has it.
    pub(crate) means: Vec<f64>,
    /// What sets it apart, the farthest first, of two as far the lower feature.
    pub(crate) apart: Vec<Apart>,
}

/// A feature in which a cluster is unlike the rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Apart {
    /// Its place among the features.
    pub(crate) feature: usize,
    /// How far the cluster's mean is from the mean of all: above or, if negative, below,
    /// in standard deviations of all, on the scale on which distances were taken. On a
    /// logarithmic scale both means are those of the logarithms, and not of the few who
    /// outweigh all others.
    pub(crate) deviations: f64,
    /// The cluster's mean in the feature's own units.
    pub(crate) mean: f64,
    /// The mean of all in these units.
    pub(crate) overall: f64,
}

/// Every cluster of a fit, by number, from the rows as they were given and on the scales.
pub(super) fn describe(values: &[f64], columns: &Columns, partition: &Partition) -> Vec<Cluster> {
    let width = columns.columns.len();
    let overall = means(values, width, |_| true, &vec![0.0; width]);
    let scaled = partition.means(columns);
    let clusters = (0..).zip(partition.sizes()).zip(scaled.chunks_exact(width.max(1)));
    clusters
        .map(|((number, size), deviations)| {
            let inside = |row: usize| partition.labels.get(row) == Some(&number);
            let means = means(values, width, inside, &overall);
            let apart = apart(deviations, &means, &overall);
            Cluster { size, means, apart }
        })
        .collect()
}

/// The mean of each feature over some of the rows, or what it is without any.
fn means(values: &[f64], width: usize, of: impl Fn(usize) -> bool, without: &[f64]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0u64); width];
    let rows = values.chunks_exact(width.max(1)).enumerate().filter(|(row, _)| of(*row));
    for (_, row) in rows {
        for ((sum, count), value) in sums.iter_mut().zip(row) {
            if let Some(value) = finite(*value) {
                *sum += value;
                *count += 1;
            }
        }
    }
    let mean = |((sum, count), without): (&(f64, u64), &f64)| {
        if *count == 0 { *without } else { sum / *count as f64 }
    };
    sums.iter().zip(without).map(mean).collect()
}

/// The few features in which a cluster is farthest from the mean of all, which is where
/// the scales have their zero.
fn apart(deviations: &[f64], means: &[f64], overall: &[f64]) -> Vec<Apart> {
    let features = deviations.iter().zip(means).zip(overall).enumerate();
    let mut apart: Vec<Apart> = features
        .map(|(feature, ((deviations, mean), overall))| Apart {
            feature,
            deviations: *deviations,
            mean: *mean,
            overall: *overall,
        })
        .filter(|apart| apart.deviations.abs() > ROUNDING)
        .collect();
    // A stable sort: of two as far the lower feature stays first.
    apart.sort_by(|a, b| b.deviations.abs().total_cmp(&a.deviations.abs()));
    apart.truncate(FEW);
    apart
}
