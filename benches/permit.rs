//! What it costs to ask what a customer allows: the check that every view stands on.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a benchmark")]

mod made;

use std::hint::black_box;

use confidant::{Engine, Event, Load, Loaded, MemoryStore, Purpose, Store};
use criterion::{Criterion, criterion_group, criterion_main};
use std::sync::Arc;

/// A customer as loaded, after some choices.
fn loaded(events: impl IntoIterator<Item = Event>) -> (Engine, Box<Loaded>) {
    let store = Arc::new(MemoryStore::new());
    let engine = made::engine(1, 1).unwrap().store(store.clone()).build().unwrap();
    for event in events {
        _ = engine.record(made::NOW, event).unwrap();
    }
    let ana = "ana".into();
    let found = store.read(&[engine.key(&ana)]).unwrap().remove(0);
    match engine.load(&ana, found).unwrap() {
        Load::Customer(loaded) => (engine, loaded),
        Load::Elsewhere(_) => panic!("she has one name"),
    }
}

fn permit(c: &mut Criterion) {
    let yes = || made::consent("ana");
    let no = Event::consent("ana", made::NOW).withdraw(Purpose::Personalisation).into();
    for (name, events) in [("a_yes", vec![yes()]), ("a_yes_and_a_no", vec![yes(), no])] {
        let (engine, ana) = loaded(events);
        let policy = engine.privacy();
        c.bench_function(&format!("permit/{name}"), |b| {
            b.iter(|| ana.permit(black_box(&policy), Purpose::Personalisation, made::NOW));
        });
    }
}

criterion_group!(benches, permit);
criterion_main!(benches);
