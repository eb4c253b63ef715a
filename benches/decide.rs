//! One decision over many actions and segments.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use confidant::{Channel, Request};
use criterion::{Criterion, criterion_group, criterion_main};

/// 100 actions and 100 segments for customers with 50 events.
fn decide(c: &mut Criterion) {
    let engine = made::engine(100, 100).unwrap().build().unwrap();
    let customers: Vec<String> = (0..200).map(|n| format!("customer-{n:06}")).collect();
    for (id, seed) in customers.iter().zip(0..) {
        _ = engine.record(made::NOW, made::consent(id)).unwrap();
        _ = engine.record_all(made::NOW, made::events(id, 50, seed));
    }
    engine.advance(made::NOW).unwrap();
    engine.fit(made::NOW).unwrap();
    let requests: Vec<Request> =
        customers.iter().map(|id| Request::new(id.as_str(), Channel::Web, made::NOW)).collect();
    let mut turn = requests.iter().cycle();
    c.bench_function("decide/100_actions", |b| {
        b.iter(|| engine.preview(turn.next().unwrap()).unwrap());
    });
}

criterion_group!(benches, decide);
criterion_main!(benches);
