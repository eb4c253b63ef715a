//! Item-item cosine: fitting from statistics, and recommending.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use confidant::Scope;
use criterion::{Criterion, criterion_group, criterion_main};

/// 2,000 customers with 50 events each over 1,000 items.
fn item_item(c: &mut Criterion) {
    let engine = made::engine(0, 0).unwrap().build().unwrap();
    let customers: Vec<String> = (0..2000).map(|n| format!("customer-{n:06}")).collect();
    for (id, seed) in customers.iter().zip(0..) {
        _ = engine.record(made::NOW, made::consent(id)).unwrap();
        _ = engine.record_all(made::NOW, made::events(id, 50, seed));
    }
    engine.advance(made::NOW).unwrap();
    let mut group = c.benchmark_group("item_item");
    group.sample_size(10);
    group.bench_function("fit/2000_customers_1000_items", |b| b.iter(|| engine.fit(made::NOW)));
    let mut turn = customers.iter().cycle();
    group.bench_function("recommend/10_of_1000_items", |b| {
        b.iter(|| {
            let id = turn.next().unwrap().as_str();
            engine.recommend(id, "together", 10, Scope::New, made::NOW).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, item_item);
criterion_main!(benches);
