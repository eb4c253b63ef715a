//! EASE against its formula written out, numpy's figures, and customers who come and go.

use std::sync::Arc;

use super::pending::Current;
use super::weights::Weights;
use crate::numeric::Draws;

/// How many have both of two items, each pair once, in the order of a sorted map.
fn counts(customers: &[Vec<u32>], items: usize) -> Vec<(u32, u32, u64)> {
    let has = |c: &&Vec<u32>, i, j| c.contains(&i) && c.contains(&j);
    let together = |i, j| customers.iter().filter(|c| has(c, i, j)).count() as u64;
    let pairs = (0..items as u32).flat_map(|i| (i..items as u32).map(move |j| (i, j)));
    pairs.map(|(i, j)| (i, j, together(i, j))).filter(|(.., n)| *n > 0).collect()
}

fn fitted(customers: &[Vec<u32>], items: usize, lambda: f64) -> Current {
    Current::new(Arc::new(Weights::fit(counts(customers, items), items, lambda, 1).unwrap()))
}

/// `B = I - P diag(1 / diag P)` with `P` by elimination; row by row.
fn by_hand(customers: &[Vec<u32>], items: usize, lambda: f64) -> Vec<Vec<f64>> {
    let unit = |at: usize| (0..items).map(move |j| f64::from(u8::from(at == j)));
    let mut rows: Vec<Vec<f64>> =
        (0..items).map(|i| unit(i).map(|u| u * lambda).chain(unit(i)).collect()).collect();
    for customer in customers {
        for i in customer {
            customer.iter().for_each(|j| rows[*i as usize][*j as usize] += 1.0);
        }
    }
    for k in 0..items {
        let top: Vec<f64> = rows[k].iter().map(|entry| entry / rows[k][k]).collect();
        for row in &mut rows {
            let factor = row[k];
            row.iter_mut().zip(&top).for_each(|(entry, top)| *entry -= factor * top);
        }
        rows[k] = top;
    }
    let p = |i: usize, j: usize| rows[i][items + j];
    let b = |i, j| if i == j { 0.0 } else { -p(i, j) / p(j, j) };
    (0..items).map(|i| (0..items).map(|j| b(i, j)).collect()).collect()
}

/// Each with some items, the first ones more often.
fn drawn(seed: u64, customers: usize, items: usize) -> Vec<Vec<u32>> {
    let mut draws = Draws::new(seed, &[b"ease"]);
    let mut has = |item: usize| draws.unit() < 2.0 / (item + 3) as f64;
    let mut one = |_| (0..items).filter(|item| has(*item)).map(|item| item as u32).collect();
    (0..customers).map(&mut one).collect()
}

fn assert_same(ease: &Current, customers: &[Vec<u32>], items: usize, lambda: f64) {
    let b = by_hand(customers, items, lambda);
    for own in drawn(99, 6, items) {
        let scores = ease.scores(&own);
        assert_eq!(scores.len(), items);
        for (j, score) in scores.iter().enumerate() {
            let plain: f64 = own.iter().map(|i| b[*i as usize][j]).sum();
            assert!((score - plain).abs() < 1e-11, "{own:?} {j}: {score} {plain}");
        }
    }
    for (i, row) in b.iter().enumerate() {
        for (j, plain) in row.iter().enumerate() {
            let weight = ease.weight(i as u32, j as u32).unwrap();
            assert!((weight - plain).abs() < 1e-11, "{i} {j}: {weight} {plain}");
        }
    }
}

#[test]
fn is_the_formula() {
    for (items, customers) in [(0, 0), (1, 3), (2, 0), (5, 9), (12, 40), (23, 7)] {
        for lambda in [0.5, 10.0, 400.0] {
            let customers = drawn(1, customers, items);
            let ease = fitted(&customers, items, lambda);
            assert_same(&ease, &customers, items, lambda);
        }
    }
}

/// numpy 2.4.6: `P = inv(X.T @ X + 1.5 * eye(5))`, `X @ B` of the first two rows.
#[test]
fn is_what_numpy_gives() {
    let customers =
        [vec![0, 1, 2], vec![0, 2, 4], vec![1, 3], vec![0, 1, 3, 4], vec![2], vec![0, 1]];
    let ease = fitted(&customers, 5, 1.5);
    let numpy = [
        [
            0.7151593176697779,
            0.5323992994746061,
            0.358974358974359,
            0.1956336830167281,
            0.3243243243243243,
        ],
        [
            0.6475700032185387,
            0.3887915936952716,
            0.4566544566544567,
            0.0680464984406011,
            0.4409672830725462,
        ],
    ];
    for (own, numpy) in customers.iter().zip(numpy) {
        for (score, numpy) in ease.scores(own).iter().zip(numpy) {
            assert!((score - numpy).abs() < 1e-12, "{own:?}: {score} {numpy}");
        }
    }
}

/// After every one who comes or goes it is what a fit without the pending would be.
#[test]
fn who_comes_and_who_goes_is_counted_at_once() {
    let (items, lambda) = (11, 3.0);
    let everybody = drawn(7, 25, items);
    let mut draws = Draws::new(8, &[b"come and go"]);
    let mut here: Vec<Vec<u32>> = everybody[..10].to_vec();
    let mut ease = fitted(&here, items, lambda);
    for step in 1..=60 {
        if here.is_empty() || draws.unit() < 0.5 {
            let comes = everybody[draws.below(everybody.len())].clone();
            assert!(ease.learn(&comes));
            here.push(comes);
        } else {
            let goes = here.swap_remove(draws.below(here.len()));
            assert!(ease.forget(&goes));
        }
        assert_eq!(ease.pending(), step);
        assert_same(&ease, &here, items, lambda);
    }
    while let Some(goes) = here.pop() {
        assert!(ease.forget(&goes));
    }
    assert_same(&ease, &[], items, lambda);
}

/// With so little besides the counts, the last to go leaves a three-hundredth.
#[test]
fn the_last_may_go() {
    let mut ease = fitted(&[vec![0, 1, 2]], 4, 0.01);
    assert!(ease.forget(&[0, 1, 2]));
    assert_same(&ease, &[], 4, 0.01);
}

/// Taking away who is not there would leave less than nothing, or nothing.
/// What is written tells of everybody at once, and of nobody who went.
#[test]
fn what_is_written_is_as_of_now() {
    let mut customers = drawn(3, 30, 9);
    let mut ease = fitted(&customers, 9, 5.0);
    for _ in 0..4 {
        assert!(ease.forget(&customers.pop().unwrap()));
    }
    let read = Current::of(&ease.told()).unwrap();
    assert_eq!(read.pending(), 0);
    assert_same(&read, &customers, 9, 5.0);
    let near = |a: &f64, b: &f64| (a - b).abs() < 1e-13;
    let anew = fitted(&customers, 9, 5.0).told();
    assert!(ease.told().iter().zip(&anew).all(|(a, b)| near(a, b)));
}

#[test]
fn who_was_never_counted_cannot_be_forgotten() {
    let mut ease = fitted(&[vec![0, 1], vec![1]], 3, 0.5);
    let before: Vec<u64> = ease.scores(&[0, 1]).iter().map(|score| score.to_bits()).collect();
    assert!(!ease.forget(&[0, 1, 2]));
    assert!(!ease.forget(&[2]));
    let after: Vec<u64> = ease.scores(&[0, 1]).iter().map(|score| score.to_bits()).collect();
    assert_eq!(before, after);
    assert_eq!(ease.pending(), 0);
    assert!(ease.forget(&[1]));
    assert_same(&ease, &[vec![0, 1]], 3, 0.5);
    // Numbers that leave the range change nothing either.
    let mut huge = fitted(&[], 2, 1e-308);
    assert!(!huge.learn(&[0, 1]));
    assert_eq!(huge.pending(), 0);
}

#[test]
fn items_that_the_model_has_never_seen_say_nothing() {
    let ease = fitted(&drawn(3, 50, 15), 15, 5.0);
    assert_eq!(ease.scores(&[1, 4, 15, u32::MAX]), ease.scores(&[1, 4]));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let fit = |counts: &[(u32, u32, u64)], lambda| {
        Weights::fit(counts.iter().copied(), 2, lambda, 1).is_some()
    };
    assert!(fit(&[(0, 0, 2), (0, 1, 1), (1, 1, 1)], 0.1));
    assert!(fit(&[(0, 0, 2), (1, 0, 1), (1, 1, 1)], 0.1));
    for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(!fit(&[(0, 0, 2), (0, 1, 1), (1, 1, 1)], lambda), "{lambda}");
    }
    assert!(!fit(&[(0, 2, 1)], 1.0));
    assert!(!fit(&[(2, 0, 1)], 1.0));
    // More have both than have the second at all.
    assert!(!fit(&[(0, 0, 2), (0, 1, 5), (1, 1, 1)], 0.1));
}
