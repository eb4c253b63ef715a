//! Segments kept up to date: what one more event costs with a hundred of them, with one, for
//! which the customer has to be looked at too, and with none.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use std::time::Duration;

use confidant::{Channel, Engine, Event, Purpose, minutes};
use criterion::{Criterion, criterion_group, criterion_main};

/// So many customers of a hundred events each.
const CUSTOMERS: u32 = 200;

/// An engine that knows them, up to date.
fn engine(segments: u32) -> Engine {
    let engine = made::engine(0, segments).unwrap().build().unwrap();
    for n in 0..CUSTOMERS {
        let customer = format!("customer-{n}");
        _ = engine.record(made::NOW, made::consent(&customer)).unwrap();
        _ = engine.record_all(made::NOW, made::events(&customer, 100, u64::from(n)));
    }
    _ = engine.advance(made::NOW).unwrap();
    engine
}

fn segments(c: &mut Criterion) {
    let mut group = c.benchmark_group("segments");
    for segments in [0, 1, 100] {
        let (engine, mut n) = (engine(segments), 0u32);
        group.bench_function(format!("record_and_advance/{segments}_segments"), |b| {
            b.iter(|| {
                n += 1;
                let (customer, at) = (format!("customer-{}", n % CUSTOMERS), made::NOW + millis(n));
                let event = Event::viewed(customer, at).on(Channel::Web).item("item-0003");
                _ = engine.record(at, event).unwrap();
                engine.advance(at).unwrap()
            });
        });
        let later = made::NOW + minutes(1);
        group.bench_function(format!("segments_of/{segments}_segments"), |b| {
            b.iter(|| engine.segments_of("customer-7", later).unwrap());
        });
        group.bench_function(format!("view/{segments}_segments"), |b| {
            b.iter(|| engine.view("customer-7", Purpose::Personalisation, later, None).unwrap());
        });
    }
    group.finish();
}

fn millis(n: u32) -> Duration {
    Duration::from_millis(u64::from(n))
}

criterion_group!(benches, segments);
criterion_main!(benches);
