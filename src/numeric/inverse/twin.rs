//! The inverse against elimination by hand, numpy's figures and matrices whose inverse is
//! known.

use ndarray::Array2;

use super::sweep::{mirror, sweep};
use super::{PANELS, inverse};
use crate::numeric::Draws;

/// Gauss-Jordan with row exchange, on any matrix that can be inverted.
fn by_hand(matrix: &[f64], n: usize) -> Vec<f64> {
    let unit = |i: usize| (0..n).map(move |j| if i == j { 1.0 } else { 0.0 });
    let mut rows: Vec<Vec<f64>> =
        (0..n).map(|i| matrix[i * n..][..n].iter().copied().chain(unit(i)).collect()).collect();
    for k in 0..n {
        let largest = (k..n).max_by(|i, j| rows[*i][k].abs().total_cmp(&rows[*j][k].abs()));
        rows.swap(k, largest.unwrap());
        let pivot = rows[k][k];
        rows[k].iter_mut().for_each(|entry| *entry /= pivot);
        let top = rows[k].clone();
        for (i, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let factor = row[k];
            assert_ne!(i, k);
            row.iter_mut().zip(&top).for_each(|(entry, top)| *entry -= factor * top);
        }
    }
    rows.into_iter().flat_map(|row| row[n..].to_vec()).collect()
}

/// Who has what, drawn, as counts of how often two things meet; and `lambda`.
fn gram(n: usize, lambda: f64) -> Vec<f64> {
    let mut draws = Draws::new(n as u64, &[b"gram"]);
    let mut matrix = vec![0.0; n * n];
    for _ in 0..n / 2 + 3 {
        let reach = draws.unit();
        let has: Vec<usize> = (0..n).filter(|_| draws.unit() < reach).collect();
        for i in &has {
            has.iter().for_each(|j| matrix[i * n + j] += 1.0);
        }
    }
    (0..n).for_each(|i| matrix[i * n + i] += lambda);
    matrix
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn bits(matrix: &[f64]) -> Vec<u64> {
    matrix.iter().map(|entry| entry.to_bits()).collect()
}

#[test]
fn is_what_elimination_gives() {
    let edges = PANELS.into_iter().flat_map(|width| [width - 1, width, width + 1]);
    for n in [0, 1, 2, 3, 31, 32, 33, 129].into_iter().chain(edges).chain([321]) {
        let matrix = gram(n, 2.0);
        let ours = inverse(matrix.clone(), n, 1).unwrap();
        let apart = furthest(&ours, &by_hand(&matrix, n));
        assert!(apart < 1e-11, "{n}: {apart:e}");
        let across = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        assert!(across.into_iter().all(|(i, j)| ours[i * n + j] == ours[j * n + i]), "{n}");
    }
}

/// Panels within panels within panels, all of them small.
#[test]
fn is_so_for_any_panels() {
    for widths in [&[1][..], &[2], &[5, 2], &[7, 3, 2], &[100, 4], &[]] {
        for n in 0..=24 {
            let matrix = gram(n, 1.0);
            let mut swept = Array2::from_shape_vec((n, n), matrix.clone()).unwrap();
            sweep(swept.view_mut(), widths, &vec![0.0; n], 1).unwrap();
            mirror(swept.view_mut());
            let ours: Vec<f64> = swept.iter().map(|entry| -entry).collect();
            let apart = furthest(&ours, &by_hand(&matrix, n));
            assert!(apart < 1e-13, "{widths:?} {n}: {apart:e}");
        }
    }
}

#[test]
fn has_the_same_bits_for_any_number_of_threads() {
    for n in [5, 200, 300, 420] {
        let alone = bits(&inverse(gram(n, 1.0), n, 1).unwrap());
        for threads in [0, 2, 3, 8] {
            assert_eq!(alone, bits(&inverse(gram(n, 1.0), n, threads).unwrap()), "{n} {threads}");
        }
    }
}

#[test]
fn reads_the_lower_triangle_alone() {
    for n in [2, 70, 300] {
        let whole = gram(n, 1.0);
        let mut half = whole.clone();
        (0..n).for_each(|i| half[i * n + i + 1..(i + 1) * n].fill(f64::NAN));
        assert_eq!(bits(&inverse(half, n, 1).unwrap()), bits(&inverse(whole, n, 1).unwrap()));
    }
}

/// `numpy.linalg.inv` (2.4.6) of the first, to 13 places.
#[test]
fn is_what_numpy_gives() {
    #[rustfmt::skip]
    let matrix = vec![
        11.0, 2.0, 1.0, 0.0, 3.0, 1.0,
        2.0, 10.0, 0.0, 1.0, 2.0, 2.0,
        1.0, 0.0, 9.0, 1.0, 1.0, 0.0,
        0.0, 1.0, 1.0, 8.0, 0.0, 2.0,
        3.0, 2.0, 1.0, 0.0, 12.0, 4.0,
        1.0, 2.0, 0.0, 2.0, 4.0, 13.0,
    ];
    #[rustfmt::skip]
    let numpy = [
        0.1005959499934, -0.0162157005053, -0.0090465822319,
        0.0028826397620, -0.0220593496683, 0.0011005823205,
        -0.0162157005053, 0.1086555290916, 0.0043035153894,
        -0.0115407811749, -0.0109751568245, -0.0103163975408,
        -0.0090465822319, 0.0043035153894, 0.1150295930571,
        -0.0163145143979, -0.0099052408844, 0.0055915033682,
        0.0028826397620, -0.0115407811749, -0.0163145143979,
        0.1340120825539, 0.0099359072649, -0.0221206824292,
        -0.0220593496683, -0.0109751568245, -0.0099052408844,
        0.0099359072649, 0.1012706103632, -0.0293034302050,
        0.0011005823205, -0.0103163975408, 0.0055915033682,
        -0.0221206824292, -0.0293034302050, 0.0908451768030,
    ];
    assert!(furthest(&inverse(matrix, 6, 1).unwrap(), &numpy) < 1e-13);
}

/// Hilbert's matrices are as bad as they come; their inverses are whole numbers.
#[test]
fn bears_a_bad_condition() {
    let hilbert = |n: usize| -> Vec<f64> {
        (0..n * n).map(|at| 1.0 / (at / n + at % n + 1) as f64).collect()
    };
    let ours = inverse(hilbert(6), 6, 1).unwrap();
    let first_row = [36.0, -630.0, 3360.0, -7560.0, 7560.0, -2772.0];
    for (ours, whole) in ours.iter().zip(first_row) {
        assert!((ours / whole - 1.0).abs() < 1e-9, "{ours} {whole}");
    }
    // The condition number is 1.5e10.
    let last = inverse(hilbert(8), 8, 1).unwrap()[63];
    assert!((last / 176_679_360.0 - 1.0).abs() < 1e-6, "{last}");
}

#[test]
fn what_is_not_positive_definite_has_none() {
    let none = |matrix: &[f64], n| assert_eq!(inverse(matrix.to_vec(), n, 1), None, "{matrix:?}");
    none(&[0.0], 1);
    none(&[-1.0], 1);
    none(&[f64::NAN], 1);
    none(&[f64::INFINITY], 1);
    none(&[1.0, 2.0, 2.0, 1.0], 2);
    none(&[1.0, 1.0, 1.0, 1.0], 2);
    none(&[1.0, f64::NAN, f64::NAN, 1.0], 2);
    // Not a matrix of that size, and one whose inverse no number can hold.
    none(&[1.0, 2.0, 3.0], 2);
    none(&[1e-320], 1);
    // The last index fails, panels after the first.
    for n in [65, 257, 300] {
        let mut matrix = gram(n, 1.0);
        matrix[n * n - 1] = -3.0;
        assert_eq!(inverse(matrix, n, 2), None);
    }
}

/// Two columns that say the same leave a pivot of rounding, which may be above zero.
#[test]
fn rounding_is_no_pivot() {
    let mut draws = Draws::new(3, &[b"rounding"]);
    let mut above = 0;
    for _ in 0..500 {
        let (a, b) = (draws.unit(), draws.unit());
        let matrix = [a * a, a * b, a * b, b * b];
        above += usize::from(matrix[3] - matrix[1] / matrix[0] * matrix[1] > 0.0);
        assert_eq!(inverse(matrix.to_vec(), 2, 1), None, "{a} {b}");
    }
    assert!(above > 50, "{above}");
}
