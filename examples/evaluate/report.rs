//! Figures with how far they can be trusted.

use confidant::evaluate::Summary;
use serde_json::{Value, json};

use crate::support::measure::{Latencies, rounded};
use crate::support::say;

/// One measure, over everybody.
pub(crate) struct Figure(Vec<Option<f64>>);

impl Figure {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn add(&mut self, value: Option<f64>) {
        self.0.push(value);
    }

    pub(crate) fn summary(&self) -> Option<Summary> {
        Summary::of(self.0.iter().copied())
    }
}

/// A measure for people.
pub(crate) fn line(name: &str, figure: &Figure) {
    let told = figure.summary().map(|summary| summary.to_string());
    let told = told.unwrap_or_else(|| "nothing to measure".to_owned());
    say::entry(2, name, 24, &told);
}

/// A measure for programs; nothing where there was nothing to measure.
pub(crate) fn mean(summary: Option<&Summary>) -> Value {
    summary.map_or(Value::Null, |summary| json!(rounded(summary.mean, 6)))
}

pub(crate) fn queries(queries: &mut Latencies) {
    let (p50, p90) = (queries.percentile_us(0.5), queries.percentile_us(0.9));
    let rate = say::thousands(queries.per_second() as u64);
    say::entry(2, "a query", 24, &format!("p50 {p50} us, p90 {p90} us, {rate} a CPU second"));
}
