//! Where the centres start: k-means++, each next one at a row drawn with a chance as its
//! squared distance from those before, the best of a few draws.

use super::columns::Columns;
use super::lloyd::{MOST_ROUNDS, Partition, lloyd};
use crate::numeric::Draws;

/// Of many rows so many starts are compared after so many rounds, and the tightest goes on
/// to the end.
const MANY: (u64, usize) = (8, 15);

/// Of few rows every one of these starts goes to the end: which of them finds the best of
/// all is a matter of luck, and luck is cheap here.
const FEW: (u64, usize) = (64, MOST_ROUNDS);
const FEW_ROWS: usize = 1_000;

/// Of so many drawn rows the one that brings the rows closest becomes the next centre, at
/// every other start; at the rest the first drawn, so that the starts differ.
const TRIALS: [usize; 2] = [3, 1];

/// The tightest of several fits with at most so many centres: fewer if fewer rows
/// differ.
pub(super) fn best(columns: &Columns, k: usize, seed: u64) -> Option<Partition> {
    let mut best: Option<(f64, Partition)> = None;
    let (starts, rounds) = if columns.rows > FEW_ROWS { MANY } else { FEW };
    for (start, trials) in (0..starts).zip(TRIALS.into_iter().cycle()) {
        let key: [&[u8]; 3] = [b"clusters", &(k as u64).to_le_bytes(), &start.to_le_bytes()];
        let centres = seeds(columns, k, trials, &mut Draws::new(seed, &key));
        let fitted = lloyd(columns, centres, rounds);
        let inertia = fitted.inertia();
        if best.as_ref().is_none_or(|(least, _)| inertia.total_cmp(least).is_lt()) {
            best = Some((inertia, fitted));
        }
    }
    best.map(|(_, fitted)| lloyd(columns, fitted.centroids, MOST_ROUNDS))
}

/// The first centres, one after the other.
fn seeds(columns: &Columns, k: usize, trials: usize, draws: &mut Draws) -> Vec<f64> {
    let mut centroids = Vec::new();
    if columns.rows == 0 {
        return centroids;
    }
    let first = draws.below(columns.rows);
    centroids.extend(row(columns, first));
    let mut least = closer(columns, first, &vec![f64::INFINITY; columns.rows]);
    for _ in 1..k {
        let total: f64 = least.iter().sum();
        if total.total_cmp(&0.0).is_le() {
            break;
        }
        let mut next: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..trials {
            let drawn = pick(&least, draws.unit() * total);
            let trial = closer(columns, drawn, &least);
            let left: f64 = trial.iter().sum();
            if next.as_ref().is_none_or(|(least, ..)| left.total_cmp(least).is_lt()) {
                next = Some((left, drawn, trial));
            }
        }
        if let Some((_, drawn, trial)) = next {
            centroids.extend(row(columns, drawn));
            least = trial;
        }
    }
    centroids
}

fn row(columns: &Columns, row: usize) -> impl Iterator<Item = f64> {
    columns.columns.iter().map(move |column| column.get(row).copied().unwrap_or(0.0))
}

/// The squared distance of every row from this one, or what it was if that is less.
fn closer(columns: &Columns, from: usize, least: &[f64]) -> Vec<f64> {
    let mut away = vec![0.0; columns.rows];
    for (column, centre) in columns.columns.iter().zip(row(columns, from)) {
        for (away, at) in away.iter_mut().zip(column) {
            let one = at - centre;
            *away += one * one;
        }
    }
    away.iter_mut().zip(least).for_each(|(away, least)| *away = away.min(*least));
    away
}

/// The row at which the running sum of the weights passes a target below their total.
fn pick(weights: &[f64], target: f64) -> usize {
    let (mut sum, mut last) = (0.0, 0);
    for (row, weight) in weights.iter().enumerate() {
        if *weight > 0.0 {
            last = row;
        }
        sum += weight;
        if sum > target {
            break;
        }
    }
    last
}

/// So many of a number of rows, ascending, each row with the same chance; all of them
/// if there are no more.
pub(super) fn sample(rows: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut draws = Draws::new(seed, &[b"sample", &(most as u64).to_le_bytes()]);
    let mut missing = most.min(rows);
    let mut chosen = Vec::with_capacity(missing);
    for row in 0..rows {
        let left = rows - row;
        if missing == left || draws.below(left) < missing {
            chosen.push(row);
            missing -= 1;
        }
        if missing == 0 {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_picked_by_its_weight() {
        let weights = [0.0, 2.0, 0.0, 1.0, 0.0];
        let picked = [0.0, 1.9, 2.0, 2.9, 3.0].map(|target| pick(&weights, target));
        assert_eq!(picked, [1, 1, 3, 3, 3]);
    }

    #[test]
    fn a_sample_is_fair_and_in_order() {
        assert_eq!(sample(3, 5, 1), [0, 1, 2]);
        assert_eq!(sample(0, 5, 1), [0usize; 0]);
        let mut times = [0u32; 10];
        for seed in 0..3_000 {
            let chosen = sample(10, 4, seed);
            assert!(chosen.len() == 4 && chosen.windows(2).all(|two| two[0] < two[1]));
            chosen.iter().for_each(|row| times[*row] += 1);
        }
        assert!(times.iter().all(|n| (1_080..1_320).contains(n)), "{times:?}");
    }

    #[test]
    fn seeds_are_rows_that_differ() {
        let columns = Columns { columns: vec![vec![1.0, 1.0, 5.0, 5.0, 1.0, 9.0]], rows: 6 };
        for seed in 0..50 {
            let mut seeds =
                seeds(&columns, 5, 1 + seed as usize % 3, &mut Draws::new(seed, &[b"here"]));
            seeds.sort_by(f64::total_cmp);
            assert_eq!(seeds, [1.0, 5.0, 9.0]);
        }
    }
}
