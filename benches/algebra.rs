//! EASE: its inverse, what one customer more costs, and the best ten for somebody. These
//! are private to the crate, so their files are taken in as they stand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]
#![allow(dead_code, unused_imports, unreachable_pub, reason = "what is taken in does more")]
#![allow(clippy::indexing_slicing, clippy::float_cmp, reason = "tests are taken in, too")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

#[path = "../src/numeric"]
mod numeric {
    #[path = "draw.rs"]
    mod draw;
    #[path = "inverse/mod.rs"]
    mod inverse;
    pub(crate) use draw::Draws;
    pub(crate) use inverse::inverse;
}
#[path = "../src/recommend/ease"]
mod ease {
    #[path = "pending.rs"]
    pub mod pending;
    #[path = "top.rs"]
    mod top;
    #[path = "weights.rs"]
    pub mod weights;
}
use ease::pending::Ease;
use ease::weights::Weights;

/// As many items as MovieLens-1M has with three stars or more in a usual split.
const ITEMS: usize = 3588;

/// Customers with items drawn with weights that fall with their number; half of them have
/// fewer than 78, the busiest have a thousand.
fn customers(n: usize, items: usize) -> Vec<Vec<u32>> {
    let mut state = 7u64;
    let mut unit = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let one = |_| {
        let many = (78.0 * (unit() * 12.0 - 6.0).exp2().sqrt()).clamp(5.0, 1000.0) as usize;
        let mut has: Vec<u32> =
            (0..many).map(|_| (items as f64 * unit().powf(2.5)) as u32).collect();
        has.sort_unstable();
        has.dedup();
        has
    };
    (0..n).map(one).collect()
}

/// The counts of pairs, in order, as the learned statistics give them.
fn counts(customers: &[Vec<u32>], items: usize) -> Vec<(u32, u32, u64)> {
    let mut dense = vec![0u64; items * items];
    for has in customers {
        for (at, i) in has.iter().enumerate() {
            for j in has.get(at..).unwrap() {
                *dense.get_mut(*i as usize * items + *j as usize).unwrap() += 1;
            }
        }
    }
    let pairs = dense.iter().enumerate().filter(|(_, n)| **n > 0);
    pairs.map(|(at, n)| ((at / items) as u32, (at % items) as u32, *n)).collect()
}

fn algebra(c: &mut Criterion) {
    let mut group = c.benchmark_group("algebra");
    group.sample_size(10);
    for n in [512, 1024] {
        let mut matrix = vec![0.0; n * n];
        for (i, j, n_together) in counts(&customers(n, n), n) {
            *matrix.get_mut(j as usize * n + i as usize).unwrap() = n_together as f64;
        }
        matrix.iter_mut().step_by(n + 1).for_each(|entry| *entry += 100.0);
        group.bench_function(format!("inverse/{n}"), |b| {
            let fresh = || matrix.clone();
            b.iter_batched(fresh, |m| numeric::inverse(m, n, 1).unwrap(), BatchSize::LargeInput);
        });
    }

    let everybody = customers(4538, ITEMS);
    let counts = counts(&everybody, ITEMS);
    let fit = || Arc::new(Weights::fit(counts.iter().copied(), ITEMS, 400.0, 1).unwrap());
    group.bench_function("ease/fit_3588_items", |b| b.iter(fit));

    group.sample_size(500);
    for pending in [0, 16] {
        let mut ease = Ease::new(fit());
        everybody.iter().take(pending).for_each(|has| assert!(ease.forget(has)));
        let mut turn = everybody.iter().skip(pending).cycle();
        group.bench_function(format!("ease/best_10/{pending}_pending"), |b| {
            b.iter(|| {
                let own = turn.next().unwrap();
                black_box(ease.rank(own, 10, |item| own.binary_search(&item).is_err()))
            });
        });
    }
    // There and back again, so that no more than two wait when the next one comes.
    let mut turn = everybody.iter().cycle();
    let weights = fit();
    group.bench_function("ease/learn_and_forget", |b| {
        let fresh = || Ease::new(weights.clone());
        b.iter_batched_ref(
            fresh,
            |ease| {
                let has = turn.next().unwrap();
                ease.learn(has) && ease.forget(has)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, algebra);
criterion_main!(benches);
