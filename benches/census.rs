//! Everybody at once: a hundred segments of five conditions counted over many customers of
//! ten and of fifty events each, in memory; and what a million of them would take.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use std::time::{Duration, Instant};

use confidant::Engine;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn engine(customers: u32, events: u32) -> Engine {
    let engine = made::engine(0, 100).unwrap().build().unwrap();
    for n in 0..customers {
        let customer = format!("customer-{n:06}");
        _ = engine.record(made::NOW, made::consent(&customer)).unwrap();
        _ = engine.record_all(made::NOW, made::events(&customer, events, u64::from(n)));
    }
    engine
}

fn census(c: &mut Criterion) {
    // Few, where it is only tried whether this works.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let customers = if measured { 20_000 } else { 50 };
    let mut group = c.benchmark_group("census");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(customers)));
    for events in [10, 50] {
        let engine = engine(customers, events);
        let once = |_| {
            let started = Instant::now();
            std::hint::black_box(engine.census(made::NOW).unwrap());
            started.elapsed()
        };
        let best: Duration = (0..5).map(once).min().unwrap_or_default();
        let each = best / customers;
        println!("{events} events: {each:?} a customer, {:?} a million", each * 1_000_000);
        group.bench_function(format!("{events}_events"), |b| {
            b.iter(|| engine.census(made::NOW).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, census);
criterion_main!(benches);
