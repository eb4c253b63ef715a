//! Clusters of customers who are alike in chosen features: k-means++ and Lloyd's rounds,
//! the number of clusters proposed by the average silhouette width, each cluster
//! described by what sets it apart.
//!
//! A fit hangs on nothing but the rows, their order and the seed: no thread, no clock, no
//! order of a hash map, and no function whose bits differ between targets.

mod columns;
mod describe;
mod lloyd;
mod seeding;
mod silhouette;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;

#[cfg(test)]
use describe::Apart;
pub(crate) use describe::Cluster;

use crate::rule::Clusters;
use columns::{Columns, scaled};
use describe::describe;
use lloyd::{MOST_ROUNDS, Partition, lloyd};
use seeding::{best, sample};
use silhouette::widths;

/// Starts are compared, and a number of clusters proposed, on at most so many rows; then
/// all rows take part in Lloyd's rounds.
const TRIED_ON: usize = 20_000;

/// Silhouettes are taken of at most so many rows.
const JUDGED_ON: usize = 2_000;

/// The numbers of clusters among which one is proposed.
const NUMBERS: std::ops::RangeInclusive<usize> = 2..=10;

/// More clusters than that are no help to anybody.
const MOST: usize = 1_000;

/// What a fit found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fitted {
    /// What it takes to say in which cluster somebody is.
    pub(crate) clusters: Clusters,
    /// The cluster of each row: that of the nearest centre.
    pub(crate) labels: Vec<u32>,
    /// Each cluster by number: the largest first, of two as large the one whose centre
    /// comes first, feature by feature.
    pub(crate) described: Vec<Cluster>,
    /// The sum of the squared distances of the rows from their centres, on the scales.
    pub(crate) inertia: f64,
    /// What each number of clusters was worth, if one was to be proposed.
    pub(crate) proposals: Vec<Proposal>,
}

/// A number of clusters, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) clusters: usize,
    /// The average silhouette width, from -1 to 1: below 0.25 the customers hardly fall
    /// into groups at all, above 0.5 they do.
    pub(crate) silhouette: f64,
}

/// Fits clusters to a table: one row after the other, each of `width` features, in an
/// order that the caller has fixed.
///
/// A value that is not a number or infinite is missing: it counts as the mean of all.
/// Without a number of clusters the one of 2 to 10 with the widest silhouette is taken,
/// of two as wide the lower; one cluster if there are less than three rows or all are
/// alike. There are never more clusters than rows that differ.
pub(crate) fn fit(values: &[f64], width: usize, k: Option<usize>, seed: u64) -> Fitted {
    let (scales, columns) = scaled(values, width);
    let tried_on = columns.some(&sample(columns.rows, TRIED_ON, seed));
    let (start, proposals) = match k {
        Some(k) => (best(&tried_on, k.clamp(1, MOST), seed), Vec::new()),
        None => propose(&tried_on, seed),
    };
    let start = start.map(|start| start.centroids).unwrap_or_default();
    let partition = lloyd(&columns, start, MOST_ROUNDS).numbered(&columns);
    Fitted {
        described: describe(values, &columns, &partition),
        inertia: partition.inertia(),
        proposals,
        labels: partition.labels,
        clusters: Clusters { scales, centroids: partition.centroids },
    }
}

/// The fit with the number of clusters that is best for these rows, and how each number
/// did.
fn propose(columns: &Columns, seed: u64) -> (Option<Partition>, Vec<Proposal>) {
    let mut fits: Vec<Partition> = Vec::new();
    for k in NUMBERS.take_while(|k| *k < columns.rows) {
        match best(columns, k, seed) {
            Some(fit) if fit.sizes().iter().filter(|size| **size > 0).count() == k => {
                fits.push(fit);
            }
            // No more rows differ.
            _ => break,
        }
    }
    let rows = sample(columns.rows, JUDGED_ON, seed);
    let label = |fit: &Partition| -> Vec<u32> {
        rows.iter().filter_map(|row| fit.labels.get(*row).copied()).collect()
    };
    let ways: Vec<(usize, Vec<u32>)> = fits.iter().map(|fit| (fit.count(), label(fit))).collect();
    let widths = widths(&columns.some(&rows), &ways);
    let mut chosen: Option<(f64, Partition)> = None;
    let mut proposals = Vec::new();
    for (fit, silhouette) in fits.into_iter().zip(widths) {
        proposals.push(Proposal { clusters: fit.count(), silhouette });
        if chosen.as_ref().is_none_or(|(widest, _)| silhouette.total_cmp(widest).is_gt()) {
            chosen = Some((silhouette, fit));
        }
    }
    match chosen {
        Some((_, fit)) => (Some(fit), proposals),
        None => (best(columns, 1, seed), proposals),
    }
}
