//! A plain twin of the fit, row by row and without anything of its code, and what holds of
//! every fit.

use super::Fitted;
use crate::numeric::Draws;

/// Rows of noise around centres, in turn.
pub(super) fn groups(centres: &[&[f64]], rows: usize, noise: f64, draws: &mut Draws) -> Vec<f64> {
    let mut around = |at: &f64| {
        let noises: f64 = (0..3).map(|_| draws.unit() - 0.5).sum();
        at + noises * noise
    };
    (0..rows)
        .flat_map(|row| centres[row % centres.len()].iter().map(&mut around).collect::<Vec<_>>())
        .collect()
}

pub(super) const CORNERS: [&[f64]; 4] =
    [&[0.0, 0.0, 0.0], &[6.0, 1.0, 0.0], &[0.0, 7.0, 2.0], &[5.0, 5.0, 9.0]];

/// The rows on the scales of a fit, one after the other.
pub(super) fn rows_of(fitted: &Fitted, values: &[f64]) -> Vec<Vec<f64>> {
    let scales = &fitted.clusters.scales;
    let row = |row: &[f64]| row.iter().zip(scales).map(|(x, scale)| scale.apply(*x)).collect();
    values.chunks(scales.len()).map(row).collect()
}

pub(super) fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// The mean of the rows of each label.
pub(super) fn centres(rows: &[Vec<f64>], labels: &[usize], k: usize) -> Vec<Vec<f64>> {
    let mean = |label: usize| {
        let of: Vec<&Vec<f64>> =
            rows.iter().zip(labels).filter(|(_, l)| **l == label).map(|(row, _)| row).collect();
        (0..rows[0].len())
            .map(|f| of.iter().map(|row| row[f]).sum::<f64>() / of.len() as f64)
            .collect()
    };
    (0..k).map(mean).collect()
}

pub(super) fn inertia(rows: &[Vec<f64>], labels: &[usize], k: usize) -> f64 {
    let centres = centres(rows, labels, k);
    rows.iter().zip(labels).map(|(row, label)| squared(row, &centres[*label])).sum()
}

/// Lloyd's rounds from drawn rows, the best of so many starts: its inertia.
pub(super) fn twin(rows: &[Vec<f64>], k: usize, starts: usize, draws: &mut Draws) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..starts {
        let mut at: Vec<Vec<f64>> = (0..k).map(|_| rows[draws.below(rows.len())].clone()).collect();
        let mut labels = vec![usize::MAX; rows.len()];
        loop {
            let near = |row: &Vec<f64>| {
                (0..k)
                    .min_by(|a, b| squared(row, &at[*a]).total_cmp(&squared(row, &at[*b])))
                    .unwrap()
            };
            let next: Vec<usize> = rows.iter().map(near).collect();
            if next == labels {
                break;
            }
            labels = next;
            for (old, new) in at.iter_mut().zip(centres(rows, &labels, k)) {
                if new.iter().all(|x| x.is_finite()) {
                    *old = new;
                }
            }
        }
        best = best.min(rows.iter().zip(&labels).map(|(row, l)| squared(row, &at[*l])).sum());
    }
    best
}

/// The silhouette by its definition.
pub(super) fn silhouette(rows: &[Vec<f64>], labels: &[usize], k: usize) -> f64 {
    let to = |row: usize, label: usize| {
        let others: Vec<f64> = (0..rows.len())
            .filter(|other| *other != row && labels[*other] == label)
            .map(|other| squared(&rows[row], &rows[other]).sqrt())
            .collect();
        (!others.is_empty()).then(|| others.iter().sum::<f64>() / others.len() as f64)
    };
    let of = |row: usize| {
        let Some(a) = to(row, labels[row]) else { return 0.0 };
        let next = (0..k).filter(|label| *label != labels[row]).filter_map(|label| to(row, label));
        let b = next.fold(f64::INFINITY, f64::min);
        (b - a) / a.max(b)
    };
    (0..rows.len()).map(of).sum::<f64>() / rows.len() as f64
}

pub(super) fn labels_of(fitted: &Fitted) -> Vec<usize> {
    fitted.labels.iter().map(|label| *label as usize).collect()
}

/// Everything that holds of every fit.
pub(super) fn check(fitted: &Fitted, values: &[f64], width: usize) {
    let (k, n) = (fitted.described.len(), values.len() / width);
    assert_eq!((fitted.clusters.len(), fitted.labels.len()), (k, n));
    let numbers = fitted.clusters.centroids.iter().chain([&fitted.inertia]);
    assert!(numbers.chain(fitted.proposals.iter().map(|p| &p.silhouette)).all(|x| x.is_finite()));
    for (row, label) in values.chunks(width).zip(&fitted.labels) {
        assert_eq!(fitted.clusters.nearest(row), *label, "a label is the nearest centre");
    }
    let rows = rows_of(fitted, values);
    let labels = labels_of(fitted);
    let least = |row: &Vec<f64>| {
        let away = fitted.clusters.centroids.chunks(width).map(|centre| squared(row, centre));
        away.fold(f64::INFINITY, f64::min)
    };
    let total: f64 = rows.iter().map(least).sum();
    assert!((total - fitted.inertia).abs() <= 1e-9 * (1.0 + total), "{total} {}", fitted.inertia);
    for (number, cluster) in fitted.described.iter().enumerate() {
        let of: Vec<usize> = (0..n).filter(|row| labels[*row] == number).collect();
        assert_eq!(cluster.size, of.len());
        assert!(cluster.size > 0 && cluster.means.len() == width);
        for feature in 0..width {
            let mean = |rows: &[usize]| {
                let given: Vec<f64> = rows
                    .iter()
                    .map(|row| values[row * width + feature])
                    .filter(|x| x.is_finite())
                    .collect();
                let sum: f64 = given.iter().map(|x| x.clamp(-1e100, 1e100)).sum();
                (!given.is_empty()).then(|| sum / given.len() as f64)
            };
            let overall = mean(&(0..n).collect::<Vec<_>>()).unwrap_or(0.0);
            let wanted = mean(&of).unwrap_or(overall);
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()));
            assert!(near(cluster.means[feature], wanted));
            for apart in cluster.apart.iter().filter(|apart| apart.feature == feature) {
                assert!(near(apart.overall, overall) && near(apart.mean, wanted));
                let scaled = of.iter().map(|row| rows[*row][feature]).sum::<f64>();
                assert!(near(apart.deviations, scaled / of.len() as f64));
            }
        }
        let far: Vec<f64> = cluster.apart.iter().map(|apart| apart.deviations.abs()).collect();
        assert!(far.len() <= 3 && far.is_sorted_by(|a, b| a >= b) && far.iter().all(|d| *d > 1e-9));
        let centre = &fitted.clusters.centroids[number * width..][..width];
        let unnamed = (0..width).filter(|f| cluster.apart.iter().all(|apart| apart.feature != *f));
        let least = if far.len() == 3 { far[2] } else { 1e-9 };
        assert!(unnamed.into_iter().all(|feature| centre[feature].abs() <= least));
    }
    assert!(fitted.described.is_sorted_by(|a, b| a.size >= b.size));
}
