//! Reading a profile: opening a view on a customer with 100 events, and asking it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use confidant::{Aggregates, Engine, Purpose, View, days};
use criterion::{Criterion, criterion_group, criterion_main};

/// 200 customers with 100 events each.
fn customers(engine: &Engine) -> Vec<String> {
    let customers: Vec<String> = (0..200).map(|n| format!("customer-{n:06}")).collect();
    for (id, seed) in customers.iter().zip(0..) {
        _ = engine.record(made::NOW, made::consent(id)).unwrap();
        _ = engine.record_all(made::NOW, made::events(id, 100, seed));
    }
    customers
}

fn open(engine: &Engine, id: &str) -> View {
    engine.view(id, Purpose::Personalisation, made::NOW, None).unwrap()
}

fn profile(c: &mut Criterion) {
    let engine = made::engine(0, 0).unwrap().build().unwrap();
    let customers = customers(&engine);
    let asked: Aggregates = engine.aggregates(made::aggregates()).unwrap();
    let mut turn = customers.iter().cycle();
    c.bench_function("profile/open", |b| {
        b.iter(|| open(&engine, turn.next().unwrap()));
    });
    c.bench_function("profile/open_and_20_aggregates", |b| {
        b.iter(|| open(&engine, turn.next().unwrap()).aggregates(&asked));
    });
    let view = open(&engine, turn.next().unwrap());
    c.bench_function("profile/20_aggregates", |b| b.iter(|| view.aggregates(&asked)));
    c.bench_function("profile/biography", |b| b.iter(|| view.biography(days(365))));
    c.bench_function("profile/usual", |b| b.iter(|| view.usual(days(365), 60)));
}

criterion_group!(benches, profile);
criterion_main!(benches);
