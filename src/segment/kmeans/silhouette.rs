//! How well rows fit their clusters: the average silhouette width of Rousseeuw (1987).
//!
//! A row is well placed when the rows of its own cluster are on average much closer than
//! those of the next best cluster. The width goes from -1 to 1 and means the same for
//! every number of clusters and of rows, so it may choose among numbers of clusters, and
//! a host may read it: Kaufman and Rousseeuw (1990) take less than 0.25 for no structure
//! at all and more than 0.5 for a reasonable one. In a comparison on k-means (Chiang and
//! Mirkin, 2010) it was among the criteria that found the made number of clusters most
//! consistently. It grows with the square of the rows; hence on a sample.

use super::columns::Columns;

/// The average width for each of several ways to part the same rows, each with the number
/// of its clusters. A row that is alone in its cluster has none, so zero.
pub(super) fn widths(columns: &Columns, ways: &[(usize, Vec<u32>)]) -> Vec<f64> {
    let sizes: Vec<Vec<f64>> = ways.iter().map(|(k, labels)| sizes(*k, labels)).collect();
    let mut sums: Vec<Vec<f64>> = ways.iter().map(|(k, _)| vec![0.0; *k]).collect();
    let mut totals = vec![0.0; ways.len()];
    let mut away = vec![0.0; columns.rows];
    for row in 0..columns.rows {
        distances(columns, row, &mut away);
        let ways = ways.iter().zip(&sizes).zip(&mut sums).zip(&mut totals);
        for ((((_, labels), sizes), sums), total) in ways {
            sums.fill(0.0);
            for (label, away) in labels.iter().zip(&away) {
                if let Some(sum) = sums.get_mut(*label as usize) {
                    *sum += away;
                }
            }
            *total += labels.get(row).map_or(0.0, |own| width(*own as usize, sums, sizes));
        }
    }
    let rows = columns.rows.max(1) as f64;
    totals.iter().map(|total| total / rows).collect()
}

fn sizes(k: usize, labels: &[u32]) -> Vec<f64> {
    let mut sizes = vec![0.0; k];
    for label in labels {
        if let Some(size) = sizes.get_mut(*label as usize) {
            *size += 1.0;
        }
    }
    sizes
}

/// From one row to every one.
fn distances(columns: &Columns, row: usize, away: &mut [f64]) {
    away.fill(0.0);
    for column in &columns.columns {
        let here = column.get(row).copied().unwrap_or(0.0);
        for (away, at) in away.iter_mut().zip(column) {
            let one = at - here;
            *away += one * one;
        }
    }
    away.iter_mut().for_each(|away| *away = away.sqrt());
}

/// Of one row, from its summed distances to the rows of each cluster.
fn width(own: usize, sums: &[f64], sizes: &[f64]) -> f64 {
    let (mut within, mut next) = (0.0, f64::INFINITY);
    for (number, (sum, size)) in sums.iter().zip(sizes).enumerate() {
        if number == own {
            if *size <= 1.0 {
                return 0.0;
            }
            within = sum / (size - 1.0);
        } else if *size > 0.0 {
            next = next.min(sum / size);
        }
    }
    let larger = within.max(next);
    if larger > 0.0 && larger.is_finite() { (next - within) / larger } else { 0.0 }
}
