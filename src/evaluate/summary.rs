//! A figure over many customers, and how far it can be trusted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::numeric::Draws;

/// Between these two lie 95 % of a normal distribution, in standard deviations.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// The mean of a measure over customers (sessions, baskets).
///
/// ```
/// use confidant::evaluate::Summary;
///
/// let summary = Summary::of([Some(0.0), None, Some(1.0), Some(0.5)]);
/// assert_eq!(summary.map(|s| (s.n, s.mean)), Some((3, 0.5)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Over how many it is the mean.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The standard error of the mean: the sample's standard deviation (with n - 1) /
    /// sqrt(n). `None` for a single value, which says nothing of how they differ.
    pub standard_error: Option<f64>,
}

/// From `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies in it, its ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

impl Summary {
    /// The mean of those values that exist. A value that is no finite number is not
    /// counted either. `None` where none is left.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Option<Self> {
        let values: Vec<f64> =
            values.into_iter().flatten().filter(|value| value.is_finite()).collect();
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let error = (squares / n.saturating_sub(1) as f64 / n as f64).sqrt();
        let standard_error = Some(error).filter(|error| error.is_finite());
        mean.is_finite().then_some(Self { n, mean, standard_error })
    }

    /// One ranker against another over the same customers: the mean of what the first
    /// gains on the second, in which all that the customers have in common cancels out.
    /// Only customers where both have a value are counted. The first is better where the
    /// whole interval lies above zero.
    pub fn of_differences(
        pairs: impl IntoIterator<Item = (Option<f64>, Option<f64>)>,
    ) -> Option<Self> {
        Self::of(pairs.into_iter().map(|(first, second)| Some(first? - second?)))
    }

    /// The interval of 95 % confidence of the mean, by the normal approximation: the mean
    /// and 1.96 standard errors to both sides. With fewer than some thirty values, or
    /// where nearly all are equal, it is too narrow.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let reach = NORMAL_95 * self.standard_error?;
        Some(Interval { low: self.mean - reach, high: self.mean + reach })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.mean)?;
        match self.interval() {
            Some(Interval { low, high }) => write!(f, " ({low:.4} to {high:.4}, n = {})", self.n),
            None => write!(f, " (n = {})", self.n),
        }
    }
}

/// The interval of 95 % confidence of a figure that is no mean (a median, a ratio, a Gini
/// index): that of the percentiles of the same figure over so many samples, each drawn
/// from the units with replacement (Efron and Tibshirani, "An introduction to the
/// bootstrap", 1993, chapter 13). Samples without a finite figure are not counted.
///
/// Figures that only grow with every further unit, such as coverage, come out too low.
///
/// ```
/// use confidant::evaluate::bootstrap;
///
/// let spent = [3.0, 5.0, 8.0, 13.0, 40.0];
/// let largest = |sample: &[&f64]| sample.iter().map(|x| **x).reduce(f64::max);
/// let interval = bootstrap(&spent, largest, 1_000, 7);
/// assert_eq!(interval.map(|i| i.high), Some(40.0));
/// ```
pub fn bootstrap<T>(
    units: &[T],
    figure: impl Fn(&[&T]) -> Option<f64>,
    samples: usize,
    seed: u64,
) -> Option<Interval> {
    let mut draws = Draws::new(seed, &[b"bootstrap"]);
    let mut sample: Vec<&T> = Vec::with_capacity(units.len());
    let mut figures = Vec::new();
    for _ in 0..samples {
        sample.clear();
        sample.extend((0..units.len()).filter_map(|_| units.get(draws.below(units.len()))));
        figures.extend(figure(&sample).filter(|figure| figure.is_finite()));
    }
    figures.sort_unstable_by(f64::total_cmp);
    // As many beyond either end: 2.5 % of the samples, rounded down.
    let beyond = figures.len() / 40;
    let high = figures.iter().rev().nth(beyond);
    figures.get(beyond).zip(high).map(|(low, high)| Interval { low: *low, high: *high })
}
