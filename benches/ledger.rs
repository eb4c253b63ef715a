//! What the ledger costs: a choice with and without it, and verifying a thousand records.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a benchmark")]

use std::hint::black_box;
use std::sync::Arc;

use confidant::*;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn choice(n: u32) -> Event {
    let said = Event::consent("ana", monday() + minutes(n)).level(Level::OwnHistory);
    let said = if n.is_multiple_of(2) {
        said.allow(Purpose::Personalisation).allow(Purpose::DirectMarketing)
    } else {
        said.withdraw(Purpose::Personalisation)
    };
    said.id(format!("choice {n}")).into()
}

fn engine(store: impl Store, with: bool) -> Engine {
    let builder = Engine::builder().store(store);
    let builder = if with { builder.proof(ProofKey::new([7; 32])) } else { builder };
    builder.build().unwrap()
}

/// Ana as she is read, with what it takes to record.
fn loaded(engine: &Engine, store: &MemoryStore, event: &Event) -> Loaded {
    let found = store.read(&[engine.key(&"ana".into())]).unwrap().pop().flatten();
    let Load::Customer(mut loaded) = engine.load(&"ana".into(), found).unwrap() else {
        panic!("a customer")
    };
    let keys = loaded.keys_to_record(event);
    loaded.add(&keys, store.read(&keys).unwrap()).unwrap();
    *loaded
}

/// The pure middle: what a record costs is the difference.
fn append(c: &mut Criterion) {
    for (name, with) in [("a choice", false), ("a choice and its record", true)] {
        let store = Arc::new(MemoryStore::new());
        let engine = engine(store.clone(), with);
        for n in 0..10 {
            engine.record(monday() + days(1), choice(n)).unwrap();
        }
        let next = choice(10);
        c.bench_function(&format!("ledger/{name}"), |b| {
            b.iter_batched_ref(
                || loaded(&engine, &store, &next),
                |loaded| {
                    let now = monday() + days(1);
                    black_box(engine.record_loaded(now, &next, loaded).unwrap())
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn verify(c: &mut Criterion) {
    let engine = engine(MemoryStore::new(), true);
    for n in 0..1_000 {
        engine.record(monday() + days(1), choice(n)).unwrap();
    }
    c.bench_function("ledger/verify 1,000 records", |b| {
        b.iter(|| black_box(engine.verify_ledger(None).unwrap()));
    });
}

criterion_group!(benches, append, verify);
criterion_main!(benches);
