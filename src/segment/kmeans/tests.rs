//! Fits against a plain twin that shares no code, against made groups, and against the
//! figures of another implementation.

use super::twin::*;
use super::*;
use crate::numeric::Draws;

#[test]
fn no_looser_than_a_plain_twin() {
    let mut draws = Draws::new(1, &[b"loose"]);
    let (mut ours, mut theirs) = (0.0, 0.0);
    for seed in 0..60 {
        let (rows, k) = (30 + draws.below(200), 2 + draws.below(6));
        let noise = [0.5, 4.0, 12.0][draws.below(3)];
        let values = groups(&CORNERS, rows, noise, &mut draws);
        let fitted = fit(&values, 3, Some(k), seed);
        check(&fitted, &values, 3);
        assert_eq!(fitted.described.len(), k);
        assert!(fitted.proposals.is_empty());
        let twin = twin(&rows_of(&fitted, &values), k, 8, &mut draws);
        assert!(fitted.inertia <= twin * 1.05, "{} {twin}", fitted.inertia);
        (ours, theirs) = (ours + fitted.inertia, theirs + twin);
    }
    assert!(ours <= theirs, "{ours} {theirs}");
}

/// Every way to part a few rows is tried.
#[test]
fn the_very_best_of_a_few_rows() {
    let mut draws = Draws::new(2, &[b"best"]);
    for seed in 0..100 {
        let (n, k) = (4 + draws.below(4), 2 + draws.below(2));
        let values: Vec<f64> = (0..n * 2).map(|_| draws.unit()).collect();
        let fitted = fit(&values, 2, Some(k), seed);
        check(&fitted, &values, 2);
        let rows = rows_of(&fitted, &values);
        let mut best = f64::INFINITY;
        for way in 0..k.pow(n as u32) {
            let labels: Vec<usize> = (0..n).map(|row| way / k.pow(row as u32) % k).collect();
            if (0..k).all(|label| labels.contains(&label)) {
                best = best.min(inertia(&rows, &labels, k));
            }
        }
        assert!((fitted.inertia - best).abs() < 1e-9, "{} {best} {seed}", fitted.inertia);
        assert!((inertia(&rows, &labels_of(&fitted), k) - best).abs() < 1e-9);
    }
}

#[test]
fn made_groups_are_found_and_counted() {
    let mut draws = Draws::new(3, &[b"made"]);
    let far: Vec<[f64; 2]> =
        (0..10).map(|n| [f64::from(n) * 9.0, f64::from(n * 7 % 10) * 9.0]).collect();
    for k in 2..=10usize {
        let centres: Vec<&[f64]> = far[..k].iter().map(|centre| &centre[..]).collect();
        for seed in 0..2 {
            let values = groups(&centres, 40 * k, 1.5, &mut draws);
            let fitted = fit(&values, 2, None, seed);
            check(&fitted, &values, 2);
            assert_eq!(fitted.described.len(), k, "{:?}", fitted.proposals);
            assert!(fitted.described.iter().all(|cluster| cluster.size == 40));
            for (row, label) in fitted.labels.iter().enumerate() {
                assert_eq!(*label, fitted.labels[row % k]);
            }
        }
    }
}

#[test]
fn the_silhouettes_are_those_of_the_definition() {
    let mut draws = Draws::new(4, &[b"widths"]);
    for seed in 0..4 {
        let values = groups(&CORNERS, 20 + draws.below(60), 6.0, &mut draws);
        let fitted = fit(&values, 3, None, seed);
        check(&fitted, &values, 3);
        let rows = rows_of(&fitted, &values);
        let ours = fitted.proposals.iter();
        assert_eq!(
            ours.clone().map(|p| p.clusters).collect::<Vec<_>>(),
            (2..=10).collect::<Vec<_>>()
        );
        for proposal in ours.clone() {
            let again = fit(&values, 3, Some(proposal.clusters), seed);
            let twin = silhouette(&rows, &labels_of(&again), proposal.clusters);
            assert!((proposal.silhouette - twin).abs() < 1e-9);
        }
        let widest = ours.map(|p| p.silhouette).fold(-1.0, f64::max);
        let chosen = fitted.proposals.iter().find(|p| p.silhouette == widest);
        assert_eq!(chosen.map(|p| p.clusters), Some(fitted.described.len()));
    }
}

/// Four rows of which each two are as far apart.
#[test]
fn of_two_numbers_that_are_worth_as_much_the_lower() {
    let corners = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, 1.0];
    let fitted = fit(&corners, 3, None, 1);
    let worth: Vec<(usize, f64)> =
        fitted.proposals.iter().map(|proposal| (proposal.clusters, proposal.silhouette)).collect();
    assert_eq!(worth, [(2, 0.0), (3, 0.0)]);
    assert_eq!(fitted.described.len(), 2);
}

/// Figures of scikit-learn 1.9.1 on these very rows: `StandardScaler`, then for each number of
/// clusters `KMeans(n_init=200, tol=0, max_iter=1000, random_state=0)`, its `inertia_` and
/// `silhouette_score`.
const SCIKIT: [(f64, usize, f64, f64); 11] = [
    (1.0, 2, 368.9888820050055, 0.5201531561691456),
    (1.0, 3, 162.04573359273576, 0.6815766747926698),
    (1.0, 4, 20.391343633586757, 0.8351776225816335),
    (5.0, 2, 480.84371735100086, 0.29633698217813265),
    (5.0, 3, 346.4162176891857, 0.3102281282665522),
    (5.0, 4, 270.5393216749827, 0.3062042017354081),
    (5.0, 5, 237.1187794743455, 0.27976680341085214),
    (5.0, 6, 210.7514187659721, 0.27488250472028397),
    (5.0, 7, 189.6860946628969, 0.27210105577242344),
    (5.0, 8, 172.8746025705015, 0.2718639133125455),
    (5.0, 9, 161.55060256881626, 0.2762422405498292),
];

/// 240 rows around the corners, by a generator that is written in a line anywhere.
fn plain_rows(noise: f64) -> Vec<f64> {
    let mut x: u64 = 1;
    let mut unit = || {
        x = (x * 1_103_515_245 + 12_345) % (1 << 31);
        x as f64 / (1u64 << 31) as f64
    };
    let mut around = |at: f64| at + noise * (unit() + unit() + unit() - 1.5);
    (0..240)
        .flat_map(|row| CORNERS[row % 4].iter().map(|at| around(*at)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn the_figures_are_those_of_scikit_learn() {
    for (noise, k, inertia, silhouette) in SCIKIT {
        let fitted = fit(&plain_rows(noise), 3, None, 1);
        let ours = fitted.proposals.iter().find(|p| p.clusters == k).unwrap().silhouette;
        let tight = fit(&plain_rows(noise), 3, Some(k), 1).inertia;
        assert!(tight <= inertia * 1.01, "{noise} {k}: {tight} {inertia}");
        if k <= 4 {
            assert!((tight - inertia).abs() < 1e-9 * inertia, "{noise} {k}: {tight} {inertia}");
            assert!((ours - silhouette).abs() < 1e-9, "{noise} {k}: {ours} {silhouette}");
        }
    }
    assert_eq!(fit(&plain_rows(1.0), 3, None, 1).described.len(), 4);
    assert_eq!(fit(&plain_rows(5.0), 3, None, 1).described.len(), 3);
}

#[test]
fn few_rows_and_rows_that_are_alike() {
    for k in [None, Some(0), Some(1), Some(3), Some(usize::MAX)] {
        let none = fit(&[], 2, k, 1);
        assert_eq!((none.described.len(), none.labels.len()), (0, 0));
        assert_eq!(none.clusters.nearest(&[1.0, 2.0]), 0);
        assert_eq!(fit(&[1.0], 0, k, 1).labels.len(), 0);
        let one = fit(&[5.0, -2.0], 2, k, 1);
        check(&one, &[5.0, -2.0], 2);
        assert_eq!(one.described, [Cluster { size: 1, means: vec![5.0, -2.0], apart: vec![] }]);
        let alike = fit(&[0.1, 3.0].repeat(50), 2, k, 1);
        check(&alike, &[0.1, 3.0].repeat(50), 2);
        assert_eq!((alike.described.len(), alike.described[0].size), (1, 50));
        assert!(alike.described[0].apart.is_empty());
    }
    let two = fit(&[1.0, 2.0], 1, Some(5), 1);
    assert_eq!(two.described.iter().map(|cluster| cluster.size).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(two.labels, [0, 1], "of two as large the lower centre comes first");
    // Many rows, and only three that differ.
    let values: Vec<f64> = (0..90)
        .map(|row| [1.0, 2.0, 9.0][usize::from(row % 9 > 3) + usize::from(row % 9 > 6)])
        .collect();
    for k in [None, Some(3), Some(7)] {
        let fitted = fit(&values, 1, k, 1);
        check(&fitted, &values, 1);
        assert_eq!(fitted.described.len(), 3);
        let told: Vec<(usize, f64)> =
            fitted.described.iter().map(|c| (c.size, c.means[0])).collect();
        assert_eq!(told, [(40, 1.0), (30, 2.0), (20, 9.0)]);
    }
}

#[test]
fn what_is_missing_draws_nobody_and_is_never_in_the_answer() {
    let mut draws = Draws::new(5, &[b"holes"]);
    for seed in 0..6 {
        let mut values = groups(&CORNERS, 120, 2.0, &mut draws);
        for _ in 0..40 {
            let hole = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][draws.below(3)];
            let at = draws.below(values.len());
            values[at] = hole;
        }
        for k in [None, Some(4)] {
            check(&fit(&values, 3, k, seed), &values, 3);
        }
    }
    let wild = [f64::MAX, 1.0, f64::MIN, 2.0, 0.0, f64::NAN, 1e-320, 4.0, f64::MAX, 5.0, 3.0, 1e9];
    for k in [None, Some(2), Some(5)] {
        check(&fit(&wild, 2, k, 1), &wild, 2);
        check(&fit(&wild, 1, k, 1), &wild, 1);
        let holes = [f64::NAN; 12];
        let fitted = fit(&holes, 3, k, 1);
        check(&fitted, &holes, 3);
        assert_eq!(fitted.described[0].means, [0.0; 3]);
    }
}

#[test]
fn the_order_of_the_features_is_only_their_numbering() {
    let mut draws = Draws::new(6, &[b"turn"]);
    for seed in 0..4 {
        // Groups of different sizes, so that nothing but the features could number them.
        let centres: Vec<&[f64]> =
            [0, 0, 0, 1, 1, 2, 2, 2, 2, 3].map(|n: usize| CORNERS[n]).to_vec();
        let values = groups(&centres, 200, 3.0, &mut draws);
        let turned: Vec<f64> = values.chunks(3).flat_map(|row| [row[2], row[0], row[1]]).collect();
        let (here, there) = (fit(&values, 3, None, seed), fit(&turned, 3, None, seed));
        assert_eq!(here.labels, there.labels);
        for (a, b) in here.described.iter().zip(&there.described) {
            assert_eq!(vec![a.means[2], a.means[0], a.means[1]], b.means);
            let turn = |apart: &Apart| ((apart.feature + 1) % 3, apart.mean, apart.overall);
            let told = |apart: &Apart| (apart.feature, apart.mean, apart.overall);
            assert_eq!(
                a.apart.iter().map(turn).collect::<Vec<_>>(),
                b.apart.iter().map(told).collect::<Vec<_>>()
            );
        }
    }
}

/// A constant says nothing, and no unit says more than another.
#[test]
fn neither_a_constant_nor_a_unit_changes_a_cluster() {
    let mut draws = Draws::new(7, &[b"unit"]);
    let values = groups(&CORNERS, 150, 3.0, &mut draws);
    let other: Vec<f64> =
        values.chunks(3).flat_map(|row| [row[0] * 1024.0, 0.1, row[1], row[2] - 64.0]).collect();
    let (here, there) = (fit(&values, 3, None, 1), fit(&other, 4, None, 1));
    assert_eq!(here.labels, there.labels);
    assert!(there.described.iter().all(|c| c.apart.iter().all(|apart| apart.feature != 1)));
}

/// What sets the big spenders apart is said of them, and not of the two who outdo all.
#[test]
fn a_long_tail_is_no_cluster_of_two() {
    let mut draws = Draws::new(8, &[b"tail"]);
    let mut values: Vec<f64> = (0..200)
        .map(
            |row| {
                if row % 4 == 0 { 900.0 + 200.0 * draws.unit() } else { 9.0 + 2.0 * draws.unit() }
            },
        )
        .collect();
    values.extend([60_000.0, 70_000.0]);
    let fitted = fit(&values, 1, Some(2), 1);
    check(&fitted, &values, 1);
    assert_eq!(fitted.described.iter().map(|c| c.size).collect::<Vec<_>>(), [150, 52]);
    let [few, many] = [&fitted.described[0].apart[0], &fitted.described[1].apart[0]];
    assert!(few.deviations < -0.5 && many.deviations > 1.5, "{few:?} {many:?}");
    assert!(few.mean < few.overall && many.mean > many.overall);
}

/// Starts on a sample, rounds on all.
#[test]
fn more_rows_than_are_tried_on() {
    let mut draws = Draws::new(9, &[b"many"]);
    let values = groups(&CORNERS, 30_001, 1.5, &mut draws);
    let fitted = fit(&values, 3, None, 1);
    check(&fitted, &values, 3);
    let sizes: Vec<usize> = fitted.described.iter().map(|cluster| cluster.size).collect();
    assert_eq!(sizes, [7_501, 7_500, 7_500, 7_500]);
    let loose = groups(&CORNERS, 30_001, 9.0, &mut draws);
    check(&fit(&loose, 3, Some(7), 1), &loose, 3);
}

/// Written down once: other bits are other clusters, on every machine.
#[test]
fn the_bits_are_fixed_for_ever() {
    let long: Vec<f64> = plain_rows(5.0).iter().map(|x| libm::exp(*x)).collect();
    let fitted = fit(&long, 3, Some(5), 1);
    assert!(fitted.clusters.scales.iter().all(|scale| scale.log));
    assert_eq!(fitted, fit(&long, 3, Some(5), 1));
    let digest = crate::numeric::digest(&(&fitted.clusters, &fitted.labels, &fitted.described));
    assert_eq!(digest.to_string(), "a1f4fc68f111821317e9ec6b6b1f3924");
    assert_ne!(fitted.labels, fit(&long, 3, Some(6), 1).labels);
}
