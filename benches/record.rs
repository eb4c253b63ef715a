//! Recording one event after the other, and many at once.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// 1,000 customers take in 50 events each, interleaved as they come in.
fn record(c: &mut Criterion) {
    let customers: Vec<String> = (0..1000).map(|n| format!("customer-{n:06}")).collect();
    let per_customer: Vec<_> =
        customers.iter().zip(0..).map(|(id, seed)| made::events(id, 50, seed)).collect();
    let stream: Vec<_> = (0..50)
        .flat_map(|n| per_customer.iter().filter_map(move |events| events.get(n).cloned()))
        .collect();
    let engine = || {
        let engine = made::engine(100, 100).unwrap().build().unwrap();
        _ = engine.record_all(made::NOW, customers.iter().map(|id| made::consent(id)));
        engine
    };
    let mut group = c.benchmark_group("record");
    group.sample_size(10).throughput(criterion::Throughput::Elements(stream.len() as u64));
    group.bench_function("one_by_one/1000_customers_x_50", |b| {
        b.iter_batched(
            || (engine(), stream.clone()),
            |(engine, stream)| {
                for event in stream {
                    _ = engine.record(made::NOW, event).unwrap();
                }
                engine
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("all/1000_customers_x_50", |b| {
        b.iter_batched(
            || (engine(), stream.clone()),
            |(engine, stream)| {
                _ = engine.record_all(made::NOW, stream);
                engine
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, record);
criterion_main!(benches);
