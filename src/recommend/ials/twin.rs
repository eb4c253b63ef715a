//! The same objective over dense matrices, in double precision, by elimination.

use rand::SeedableRng;
use rand::prelude::*;
use rand::rngs::StdRng;

use super::{Factors, Params};
use crate::recommend::rows::Rows;

type Vectors = Vec<Vec<f64>>;

pub(super) fn rows(told: &[Vec<u32>]) -> Rows {
    let mut rows = Rows::default();
    told.iter().for_each(|row| rows.push(row.iter().copied()));
    rows
}

/// A world of three tastes, so that there is something to be found.
pub(super) fn world(seed: u64, customers: usize, items: u32) -> Vec<Vec<u32>> {
    let mut random = StdRng::seed_from_u64(seed);
    let row = |customer: usize| {
        let liked = |item: u32| if item as usize % 3 == customer % 3 { 0.45 } else { 0.08 };
        (0..items).filter(|item| random.random::<f64>() < liked(*item)).collect()
    };
    (0..customers).map(row).collect()
}

pub(super) fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves a dense system by elimination with pivots.
pub(super) fn eliminate(mut a: Vectors, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs())).unwrap();
        a.swap(k, pivot);
        b.swap(k, pivot);
        for i in k + 1..n {
            let times = a[i][k] / a[k][k];
            let above = a[k].clone();
            a[i].iter_mut().zip(above).skip(k).for_each(|(part, above)| *part -= times * above);
            b[i] -= times * b[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - known) / a[k][k];
    }
    b
}

/// The system of one customer, or of one item: matrix and right side.
pub(super) fn system(chosen: &[u32], others: &Vectors, params: &Params) -> (Vectors, Vec<f64>) {
    let d = params.factors;
    let told = others.iter().filter(|vector| vector.iter().any(|part| *part != 0.0)).count();
    let known = chosen.len() as f64 + params.unobserved * told as f64;
    let cost = params.regularisation * known.powf(params.exponent);
    let mut a = vec![vec![0.0; d]; d];
    let mut b = vec![0.0; d];
    for (number, vector) in others.iter().enumerate() {
        let own = chosen.contains(&(number as u32));
        let weight = params.unobserved + f64::from(u8::from(own));
        for i in 0..d {
            for j in 0..d {
                a[i][j] += weight * vector[i] * vector[j];
            }
            b[i] += if own { vector[i] } else { 0.0 };
        }
    }
    (0..d).for_each(|i| a[i][i] += cost);
    (a, b)
}

pub(super) fn solve(chosen: &[u32], others: &Vectors, params: &Params) -> Vec<f64> {
    let (a, b) = system(chosen, others, params);
    eliminate(a, b)
}

/// What is minimised, where customers have the best vectors for those of the items.
fn objective(told: &[Vec<u32>], items: &Vectors, params: &Params) -> f64 {
    let customers: Vectors = told.iter().map(|row| solve(row, items, params)).collect();
    let (n, m) = (customers.len() as f64, items.len() as f64);
    let weight = |own: usize, others: f64| {
        params.regularisation * (own as f64 + params.unobserved * others).powf(params.exponent)
    };
    let mut sum = 0.0;
    for (row, x) in told.iter().zip(&customers) {
        sum += weight(row.len(), m) * product(x, x);
        for (item, y) in (0u32..).zip(items) {
            let score = product(x, y);
            let chosen = if row.contains(&item) { (score - 1.0).powi(2) } else { 0.0 };
            sum += chosen + params.unobserved * score * score;
        }
    }
    for (item, y) in (0u32..).zip(items) {
        let choosers = told.iter().filter(|row| row.contains(&item)).count();
        sum += weight(choosers, n) * product(y, y);
    }
    sum
}

/// The vectors of items of a model.
pub(super) fn vectors(fitted: &Factors, items: u32) -> Vectors {
    let vector = |item| fitted.vectors.vector(item).map(f64::from).collect();
    (0..items).map(vector).collect()
}

/// Alternating least squares, from the vectors that the model starts from.
fn alternate(told: &[Vec<u32>], items: u32, params: &Params) -> Vectors {
    let start = Factors::fit(&rows(told), items as usize, Params { iterations: 0, ..*params }, 1);
    let mut y = vectors(&start, items);
    let choosers = |item: u32| {
        (0u32..)
            .zip(told)
            .filter(|(_, row)| row.contains(&item))
            .map(|(number, _)| number)
            .collect()
    };
    let choosers: Vec<Vec<u32>> = (0..items).map(choosers).collect();
    for _ in 0..params.iterations {
        let x: Vectors = told.iter().map(|row| solve(row, &y, params)).collect();
        y = choosers.iter().map(|list| solve(list, &x, params)).collect();
    }
    y
}

pub(super) fn params(factors: usize, seed: u64) -> Params {
    Params {
        factors,
        regularisation: [0.003, 0.02, 0.1][seed as usize % 3],
        exponent: [1.0, 0.5, 0.0][seed as usize / 3 % 3],
        unobserved: [0.3, 0.1, 1.0][seed as usize / 2 % 3],
        iterations: 4,
        seed,
    }
}

#[test]
fn short_rows_are_fitted_as_elimination_does() {
    for seed in 0..27 {
        // Fewer than eight customers, so that no row is long enough for steps; rows are
        // both shorter and longer than the vectors.
        let told = world(seed, 7, 7);
        let told: Vec<_> = told.into_iter().filter(|row| !row.is_empty()).collect();
        let params = params(1 + seed as usize % 4, seed);
        let fitted = Factors::fit(&rows(&told), 7, params, 2);
        let (ours, twin) = (vectors(&fitted, 7), alternate(&told, 7, &params));
        // Axes may differ; products of items may not.
        for (i, j) in (0..7).flat_map(|i| (0..7).map(move |j| (i, j))) {
            let (ours, twin) = (product(&ours[i], &ours[j]), product(&twin[i], &twin[j]));
            assert!((ours - twin).abs() < 1e-4, "seed {seed}, {i} and {j}: {ours} and not {twin}");
        }
    }
}

#[test]
fn long_rows_are_fitted_nearly_as_elimination_does() {
    for seed in 0..18 {
        let told = world(seed, 60, 60);
        let params = params(8, seed);
        let fitted = Factors::fit(&rows(&told), 60, params, 2);
        let ours = objective(&told, &vectors(&fitted, 60), &params);
        let twin = objective(&told, &alternate(&told, 60, &params), &params);
        assert!((ours / twin - 1.0).abs() < 0.01, "seed {seed}: {ours} and not {twin}");
    }
}

#[test]
fn the_objective_never_rises() {
    for seed in 0..12 {
        let told = world(seed, 50, 40);
        let mut before = f64::INFINITY;
        for iterations in 0..8 {
            let params = Params { iterations, ..params(6, seed) };
            let fitted = Factors::fit(&rows(&told), 40, params, 1);
            let now = objective(&told, &vectors(&fitted, 40), &params);
            assert!(
                now <= before * (1.0 + 1e-6),
                "seed {seed}, {iterations}: {now} after {before}"
            );
            before = now;
        }
    }
}

#[test]
fn a_customer_is_what_elimination_gives() {
    for seed in 0..30 {
        let told = world(seed, 40, 35);
        let params = params([5, 16, 40][seed as usize % 3], seed);
        let fitted = Factors::fit(&rows(&told), 35, params, 1);
        let all = vectors(&fitted, 35);
        for own in world(seed + 100, 12, 35).iter().chain([&vec![3], &(0..35).collect()]) {
            let own: Vec<u32> = own
                .iter()
                .copied()
                .filter(|i| all[*i as usize].iter().any(|p| *p != 0.0))
                .collect();
            let (ours, twin) = (fitted.fold_in(&own), solve(&own, &all, &params));
            let length = product(&twin, &twin).sqrt();
            let far = ours.iter().zip(&twin).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(far <= 1e-5 * length, "seed {seed}: {far} of {length}");
        }
    }
}

#[test]
fn the_list_is_what_scoring_everything_gives() {
    for seed in 0..30 {
        let told = world(seed, 40, 300);
        let fitted =
            Factors::fit(&rows(&told), 300, params([4, 9, 20][seed as usize % 3], seed), 1);
        let all = vectors(&fitted, 300);
        let own = &told[seed as usize];
        let keep = |item: u32| item % 7 != 2 && !own.contains(&item);
        let customer = fitted.fold_in(own);
        let scores = all.iter().map(|vector| product(vector, &customer));
        let mut twin: Vec<(u32, f64)> = (0..).zip(scores).collect();
        twin.retain(|(item, score)| keep(*item) && *score > 0.0);
        twin.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for n in [0, 1, 3, 10, 100, 10_000_000] {
            let ours = fitted.rank(own, n, &keep);
            assert!(ours.iter().map(|o| o.0).eq(twin.iter().take(n).map(|t| t.0)), "seed {seed}");
            assert!(ours.iter().zip(&twin).all(|(o, t)| (o.1 - t.1).abs() < 1e-12));
        }
    }
}

#[test]
fn those_named_are_those_with_the_largest_shares() {
    for seed in 0..30 {
        let told = world(seed, 40, 35);
        let params = params([5, 16][seed as usize % 2], seed);
        let fitted = Factors::fit(&rows(&told), 35, params, 1);
        let all = vectors(&fitted, 35);
        let own = &told[seed as usize];
        let (matrix, _) = system(own, &all, &params);
        for (item, score, because) in fitted.rank(own, 10, &|_| true) {
            let part = eliminate(matrix.clone(), all[item as usize].clone());
            let share = |own: &u32| product(&part, &all[*own as usize]);
            assert!((own.iter().map(share).sum::<f64>() - score).abs() < 1e-5);
            let mut largest: Vec<f64> =
                own.iter().map(share).filter(|share| *share > 0.0).collect();
            largest.sort_by(|a, b| b.total_cmp(a));
            largest.truncate(3);
            assert_eq!(because.len(), largest.len());
            let told = because.iter().map(share).zip(&largest);
            assert!(told.into_iter().all(|(a, b)| (a - b).abs() < 1e-5), "seed {seed}");
        }
    }
}
