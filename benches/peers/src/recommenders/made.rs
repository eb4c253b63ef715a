//! Made customers: as many as in MovieLens 1M, who choose about as often and as unevenly,
//! the same on every run. Each likes some of the kinds that items are of.

use std::collections::BTreeSet;

use confidant::Timestamp;
use confidant::evaluate::{StrongSplit, hold_out_customers};

use super::data::Rows;
use crate::rows::{Row, interactions};

const CUSTOMERS: u32 = 6_040;
/// How many of them are asked about instead of learned from.
const ASKED: usize = 1_500;
/// How many items one of them chooses; the middle one chooses less than the mean.
const CHOSEN: f64 = 138.0;
const SPREAD: f64 = 0.95;
/// How many kinds of items there are, and how many of them somebody likes.
const KINDS: u64 = 18;
const LIKED: u64 = 3;
/// How often somebody takes what is of no kind that they like.
const STRAY: f64 = 0.25;

pub(crate) fn rows(items: u32, seed: u64) -> Rows {
    let all = chosen(items, seed);
    let StrongSplit { train, trials } = hold_out_customers(&interactions(&all), ASKED, 20, seed);
    let row = |customer: &str, item: &str| row(customer.to_owned(), item.to_owned());
    let of = |customer, items: &[&str]| items.iter().map(|i| row(customer, i)).collect::<Vec<_>>();
    Rows {
        train: train.iter().map(|one| row(one.customer, one.item)).collect(),
        fold_in: trials.iter().flat_map(|one| of(one.customer, &one.folded_in)).collect(),
        held_out: trials.iter().flat_map(|one| of(one.customer, &one.held_out)).collect(),
    }
}

fn chosen(items: u32, seed: u64) -> Vec<Row> {
    let mut draws = Draws(seed);
    // An item's place in the order of popularity is its number, and what is bought falls a
    // little slower than with that number.
    let mut total = 0.0;
    let up_to: Vec<f64> = (0..items)
        .map(|place| {
            total += (f64::from(place) + 10.0).powf(-0.9);
            total
        })
        .collect();
    let mut rows = Vec::new();
    for customer in 0..CUSTOMERS {
        let liked: BTreeSet<u64> = (0..LIKED).map(|_| draws.next() % KINDS).collect();
        let often = CHOSEN * (SPREAD * draws.normal() - SPREAD * SPREAD / 2.0).exp();
        let n = often.clamp(5.0, f64::from(items) * 0.4) as usize;
        let mut own = BTreeSet::new();
        while own.len() < n.min(items as usize) {
            let drawn = draws.unit() * total;
            let item = up_to.partition_point(|until| *until <= drawn);
            if liked.contains(&(scattered(item as u64) % KINDS)) || draws.unit() < STRAY {
                own.insert(item);
            }
        }
        let name = format!("customer-{customer:04}");
        rows.extend(own.into_iter().map(|item| row(name.clone(), format!("item-{item:05}"))));
    }
    rows
}

fn row(customer: String, item: String) -> Row {
    Row { customer, item, order: String::new(), at: Timestamp::from_millis(0) }
}

/// Numbers that look drawn (splitmix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scattered(self.0)
    }

    /// From 0, up to and without 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Around 0, as the sum of twelve: near enough to normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A number that looks unlike its neighbours'.
fn scattered(number: u64) -> u64 {
    let once = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let twice = (once ^ once >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    twice ^ twice >> 31
}
