//! Segments kept up to date: what one more event costs with a hundred of them and with none.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use confidant::{Channel, Engine, Event, Purpose, minutes};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// An engine that knows a customer of a hundred events, up to date.
fn engine(segments: u32) -> Engine {
    let engine = made::engine(0, segments).unwrap().build().unwrap();
    _ = engine.record(made::NOW, made::consent("ana")).unwrap();
    _ = engine.record_all(made::NOW, made::events("ana", 100, 1));
    _ = engine.advance(made::NOW).unwrap();
    engine
}

fn segments(c: &mut Criterion) {
    let mut group = c.benchmark_group("segments");
    let later = made::NOW + minutes(1);
    for segments in [0, 100] {
        group.bench_function(format!("record_and_advance/{segments}_segments"), |b| {
            b.iter_batched(
                || {
                    (
                        engine(segments),
                        Event::viewed("ana", later).on(Channel::Web).item("item-0003"),
                    )
                },
                |(engine, event)| {
                    _ = engine.record(later, event).unwrap();
                    let changes = engine.advance(later).unwrap();
                    (engine, changes)
                },
                BatchSize::SmallInput,
            );
        });
        let engine = engine(segments);
        group.bench_function(format!("segments_of/{segments}_segments"), |b| {
            b.iter(|| engine.segments_of("ana", later).unwrap());
        });
        group.bench_function(format!("view/{segments}_segments"), |b| {
            b.iter(|| engine.view("ana", Purpose::Personalisation, later, None).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, segments);
criterion_main!(benches);
