//! Law 1: consent decides what exists. Two worlds that differ only in data that their
//! customers do not allow for a purpose give the same answers for it, bit for bit:
//! decisions with their receipts, batches, recommendations, segments, changes, learned
//! statistics, views. And where allowed data differ, answers do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::BTreeMap;

use world::builder;
use world::pairs::{Differs, Honest, OUTPUTS, Output, Pair, System, pairs};

fn honest(seed: u64) -> Box<dyn System> {
    Box::new(Honest(builder(seed).build().unwrap()))
}

/// Tells so many pairs; says for how many each output had to be equal.
fn tell(differs: Differs, seeds: std::ops::Range<u64>) -> BTreeMap<Output, u64> {
    let mut held: BTreeMap<Output, u64> = BTreeMap::new();
    for seed in seeds {
        let comparison = Pair::new(seed, differs).compare(|| honest(seed));
        if let Some(leak) = comparison.leak {
            panic!("{differs:?}: {leak}");
        }
        for (output, compared) in comparison.outputs {
            *held.entry(output).or_default() += u64::from(compared.held);
        }
    }
    held
}

#[test]
fn what_nobody_may_see_changes_nothing() {
    let n = pairs(1000);
    let held = tell(Differs::Secret, 0..n);
    for output in OUTPUTS {
        assert_eq!(held[&output], n, "{output:?}: {held:?}");
    }
    println!("{n} pairs, held: {held:?}");
}

#[test]
fn what_others_may_not_learn_from_changes_nothing_for_others() {
    let n = pairs(300);
    let held = tell(Differs::NotForOthers, 10_000_000..10_000_000 + n);
    println!("{n} pairs, held: {held:?}");
    assert!(held[&Output::Statistics] == n, "{held:?}");
}

#[test]
fn what_only_others_may_learn_from_does_not_show_in_ones_own_view() {
    let n = pairs(200);
    let held = tell(Differs::NotForMe, 20_000_000..20_000_000 + n);
    println!("{n} pairs, held: {held:?}");
    assert!(held[&Output::Segments] == n, "{held:?}");
}

/// A test that can only pass says nothing: allowed data must show.
#[test]
fn what_is_allowed_shows() {
    let n = 150;
    let mut differ: BTreeMap<Output, u64> = BTreeMap::new();
    for seed in 30_000_000..30_000_000 + n {
        let comparison = Pair::new(seed, Differs::Allowed).compare(|| honest(seed));
        assert!(comparison.leak.is_none(), "{}", comparison.leak.unwrap());
        for (output, compared) in comparison.outputs {
            *differ.entry(output).or_default() += u64::from(compared.differs);
        }
    }
    println!("of {n} pairs differ: {differ:?}");
    for output in OUTPUTS {
        assert!(differ[&output] * 100 >= n * 30, "{output:?} of {n}: {differ:?}");
    }
}
