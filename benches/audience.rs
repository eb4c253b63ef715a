//! What sets of customers cost: audiences among a million, many in them or few, spread
//! evenly or in stretches.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use confidant::*;
use criterion::{Criterion, criterion_group, criterion_main};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const CUSTOMERS: usize = 1_000_000;

fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn roster() -> Roster {
    Roster::new(monday(), (0..CUSTOMERS).map(|n| format!("customer {n:07}"))).unwrap()
}

fn audience(roster: &Roster, keep: impl FnMut(&usize) -> bool) -> Audience {
    let numbers = (0..CUSTOMERS).filter(keep);
    Audience::of(roster, numbers.filter_map(|n| roster.get(n as u32)))
}

fn spread(roster: &Roster, share: f64, seed: u64) -> Audience {
    let mut dice = StdRng::seed_from_u64(seed);
    audience(roster, |_| dice.random_bool(share))
}

/// Stretches of a thousand, one in five of them inside.
fn stretches(roster: &Roster, seed: u64) -> Audience {
    let mut dice = StdRng::seed_from_u64(seed);
    let inside: Vec<bool> = (0..CUSTOMERS / 1_000).map(|_| dice.random_bool(0.2)).collect();
    audience(roster, |n| inside.get(n / 1_000) == Some(&true))
}

fn sets(c: &mut Criterion) {
    let open = roster();
    for roster in [open.clone(), open.hide_groups_below(10)] {
        let k = roster.smallest_group();
        let pairs = [
            ("50%", spread(&roster, 0.5, 1), spread(&roster, 0.5, 2)),
            ("5%", spread(&roster, 0.05, 1), spread(&roster, 0.05, 2)),
            ("0.1%", spread(&roster, 0.001, 1), spread(&roster, 0.001, 2)),
            ("stretches", stretches(&roster, 1), stretches(&roster, 2)),
            ("5% and 0.1%", spread(&roster, 0.05, 1), spread(&roster, 0.001, 2)),
        ];
        for (name, a, b) in &pairs {
            let mut case = |what: &str, run: &dyn Fn() -> usize| {
                let name = format!("audience/{what}, {name}, groups of {k}");
                c.bench_function(&name, |bench| bench.iter(|| black_box(run())));
            };
            case("count", &|| a.count().unwrap_or_default() as usize);
            case("overlap", &|| a.overlap(b).unwrap().unwrap_or_default() as usize);
            if k == 0 {
                case("union", &|| a.or(b).unwrap().len());
                case("intersection", &|| a.and(b).unwrap().len());
                case("difference", &|| a.minus(b).unwrap().len());
                case("complement", &|| a.not().len());
            }
        }
    }
}

fn people(c: &mut Criterion) {
    let roster = roster();
    let half = spread(&roster, 0.5, 1);
    c.bench_function("audience/sample of 10,000 among 500,000", |b| {
        b.iter(|| black_box(half.sample(10_000, 7).len()));
    });
    let mut dice = StdRng::seed_from_u64(3);
    let rows = (0..CUSTOMERS).map(|_| {
        let some: Vec<u32> = (0..10).map(|_| dice.random_range(0..5_000)).collect();
        some
    });
    let features = Features::new(&roster, rows).unwrap();
    let seed = spread(&roster, 0.001, 4);
    c.bench_function("audience/lookalikes, a million with ten features", |b| {
        b.iter(|| black_box(Lookalikes::of(&features, &seed).unwrap().len()));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = sets, people
}
criterion_main!(benches);
