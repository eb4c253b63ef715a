//! Features as columns on one scale: each cut free of its long tail where it has one,
//! then in standard deviations from its mean.

use crate::rule::{Scale, finite, log};

/// A tail this long on one side asks for the logarithm: the skewness of an exponential
/// distribution is 2, of a normal one 0.
const SKEWED: f64 = 1.0;

/// A spread smaller than this share of the values themselves is what rounding leaves.
const ROUNDING: f64 = 1e-12;

/// Every feature as a column of one length, on its scale.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) rows: usize,
}

impl Columns {
    /// Some of the rows, in the order in which they are named.
    pub(super) fn some(&self, rows: &[usize]) -> Self {
        let pick = |column: &Vec<f64>| {
            rows.iter().filter_map(|row| column.get(*row).copied()).collect::<Vec<f64>>()
        };
        Self { columns: self.columns.iter().map(pick).collect(), rows: rows.len() }
    }
}

/// The scales that suit a table of rows of a width, and the table on these scales.
pub(super) fn scaled(values: &[f64], width: usize) -> (Vec<Scale>, Columns) {
    let rows = values.len().checked_div(width).unwrap_or(0);
    let whole = values.get(..rows * width).unwrap_or_default();
    let (scales, columns) = (0..width)
        .map(|feature| {
            let column = || whole.iter().skip(feature).step_by(width).copied();
            let scale = scale(&column().filter_map(finite).collect::<Vec<f64>>());
            (scale, column().map(|value| scale.apply(value)).collect())
        })
        .unzip();
    (scales, Columns { columns, rows })
}

/// The scale of a feature, from the values that it has.
fn scale(values: &[f64]) -> Scale {
    let plain = Moments::of(values.iter().copied());
    let logged = Moments::of(values.iter().map(|value| log(*value)));
    if plain.skewness.abs() > SKEWED && logged.skewness.abs() < plain.skewness.abs() {
        logged.scale(true)
    } else {
        plain.scale(false)
    }
}

/// What a column is like, summed up in the order of its rows.
struct Moments {
    mean: f64,
    /// Root of the mean square deviation; zero if there is none but what rounding leaves.
    spread: f64,
    skewness: f64,
}

impl Moments {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (count, sum) =
            values.clone().fold((0u64, 0.0), |(count, sum), value| (count + 1, sum + value));
        if count == 0 {
            return Self { mean: 0.0, spread: 0.0, skewness: 0.0 };
        }
        let count = count as f64;
        let mean = sum / count;
        let farthest = values.clone().fold(0.0, |far: f64, value| far.max((value - mean).abs()));
        let largest = values.clone().fold(0.0, |most: f64, value| most.max(value.abs()));
        if farthest <= largest * ROUNDING || !farthest.is_normal() {
            return Self { mean, spread: 0.0, skewness: 0.0 };
        }
        // In units of the farthest, so that neither squares nor cubes leave the range.
        let (squares, cubes) = values.fold((0.0, 0.0), |(squares, cubes), value| {
            let away = (value - mean) / farthest;
            (squares + away * away, cubes + away * away * away)
        });
        let (square, cube) = (squares / count, cubes / count);
        let root = square.sqrt();
        Self { mean, spread: root * farthest, skewness: cube / (square * root) }
    }

    fn scale(&self, log: bool) -> Scale {
        let weight = 1.0 / self.spread;
        let told = weight.is_finite();
        Scale { shift: self.mean, weight: if told { weight } else { 0.0 }, log }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Scale {
        scaled(values, 1).0[0]
    }

    #[test]
    fn a_plain_feature_is_standardised() {
        let (scales, columns) = scaled(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0], 2);
        assert!(scales.iter().all(|scale| !scale.log));
        for column in &columns.columns {
            let mean: f64 = column.iter().sum::<f64>() / 4.0;
            let square: f64 = column.iter().map(|at| at * at).sum::<f64>() / 4.0;
            assert!(mean.abs() < 1e-15 && (square - 1.0).abs() < 1e-15);
        }
        assert_eq!(columns.rows, 4);
    }

    #[test]
    fn a_long_tail_takes_the_logarithm_where_that_shortens_it() {
        let powers: Vec<f64> = (0..20).map(|n| f64::from(1 << n)).collect();
        assert!(of(&powers).log);
        let debts: Vec<f64> = powers.iter().map(|power| -power).collect();
        assert!(of(&debts).log);
        // A rare yes is as lopsided on any scale.
        let rare: Vec<f64> = (0..50).map(|n| f64::from(u8::from(n == 7))).collect();
        assert!(!of(&rare).log);
        let even: Vec<f64> = (0..50).map(f64::from).collect();
        assert!(!of(&even).log);
    }

    #[test]
    fn what_tells_nobody_apart_has_no_weight() {
        let constant = [0.1; 1000];
        let huge = [1e16, 1e16 + 2.0, 1e16, 1e16 - 2.0];
        let tiny = [0.0, f64::MIN_POSITIVE / 4.0, 0.0, 0.0];
        for values in [&constant[..], &huge, &tiny, &[f64::NAN; 3], &[7.0], &[]] {
            assert_eq!(of(values).weight, 0.0, "{values:?}");
        }
    }

    #[test]
    fn no_number_in_is_no_number_out() {
        let wild = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-300, 3.0];
        let (scales, columns) = scaled(&wild, 1);
        assert!(scales[0].shift.is_finite() && scales[0].weight.is_finite());
        assert!(columns.columns[0].iter().all(|at| at.is_finite()));
        assert_eq!(columns.columns[0][..3], [0.0; 3]);
    }

    #[test]
    fn a_table_of_no_width_or_a_broken_one() {
        assert_eq!(scaled(&[1.0, 2.0], 0).1.rows, 0);
        assert_eq!(scaled(&[1.0, 2.0, 3.0], 2).1.rows, 1);
        assert_eq!(scaled(&[], 3).1.rows, 0);
    }
}
