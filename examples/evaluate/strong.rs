//! Customers whom a model never saw: what is asked about them, how good the answers are,
//! and how fast (strong generalisation; Liang et al., 2018).

use std::collections::BTreeMap;

use confidant::Timestamp;
use confidant::evaluate::{Asked, Basket, Hits, Trained, Trial};

use crate::report::{self, Figure};
use crate::rows::Row;
use crate::support::measure::Latencies;
use crate::support::progress::Progress;

/// How long the lists are that are judged.
pub(crate) const LIST: usize = 100;

/// Everybody of whom something is held out, by customer.
pub(crate) fn trials<'a>(fold_in: &'a [Row], held_out: &'a [Row]) -> Vec<Trial<'a>> {
    let mut shown = by_customer(fold_in);
    let trial = |(customer, held_out)| {
        let folded_in = shown.remove(customer).unwrap_or_default();
        Trial { customer, folded_in, held_out }
    };
    by_customer(held_out).into_iter().map(trial).collect()
}

/// The items of each customer, ascending, each once.
fn by_customer(rows: &[Row]) -> BTreeMap<&str, Vec<&str>> {
    let mut of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        of.entry(&row.customer).or_default().push(&row.item);
    }
    for items in of.values_mut() {
        items.sort_unstable();
        items.dedup();
    }
    of
}

/// What is shown of somebody, as one order.
pub(crate) fn folded<'a>(trial: &Trial<'a>) -> Basket<'a> {
    let at = Timestamp::from_millis(0);
    Basket { customer: trial.customer, at, order: "", items: trial.folded_in.clone() }
}

/// What is asked of somebody who is shown by one order: anything else.
pub(crate) fn anything_else<'a>(order: &'a Basket<'a>) -> Asked<'a> {
    let baskets = std::slice::from_ref(order);
    Asked { baskets, leave_out: &order.items, ..Asked::default() }
}

/// How much lists find of what was held out.
pub(crate) struct Quality {
    pub(crate) recall20: Figure,
    pub(crate) recall50: Figure,
    pub(crate) ndcg100: Figure,
}

impl Quality {
    pub(crate) const fn new() -> Self {
        Self { recall20: Figure::new(), recall50: Figure::new(), ndcg100: Figure::new() }
    }

    pub(crate) fn add(&mut self, list: &[&str], wanted: &[&str]) {
        let hits = Hits::of(list, wanted);
        self.recall20.add(hits.recall(20));
        self.recall50.add(hits.recall(50));
        self.ndcg100.add(hits.ndcg(100));
    }

    pub(crate) fn tell(&self) {
        report::line("recall@20", &self.recall20);
        report::line("recall@50", &self.recall50);
        report::line("NDCG@100", &self.ndcg100);
    }
}

/// A model, asked about everybody.
pub(crate) struct Measured {
    pub(crate) quality: Quality,
    /// What a page would show: the first ten.
    pub(crate) pages: Vec<Vec<String>>,
    /// How long these took.
    pub(crate) queries: Latencies,
}

impl Measured {
    pub(crate) fn of(trained: &Trained, trials: &[Trial<'_>]) -> Self {
        let mut progress = Progress::new("asking", trials.len() as u64);
        let (mut quality, mut pages) = (Quality::new(), Vec::new());
        let mut queries = Latencies::default();
        for trial in trials {
            let order = folded(trial);
            let asked = anything_else(&order);
            quality.add(&names(trained.recommend(&asked, LIST)), &trial.held_out);
            // Ten are what a page shows, so that is what is timed.
            let ten = queries.time_cpu(|| trained.recommend(&asked, 10));
            pages.push(names(ten).into_iter().map(str::to_owned).collect());
            progress.add(1);
        }
        Self { quality, pages, queries }
    }
}

/// The items of an answer.
pub(crate) fn names(answer: Vec<(&str, f64)>) -> Vec<&str> {
    answer.into_iter().map(|(item, _)| item).collect()
}
