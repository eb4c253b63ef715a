//! Conditions: on filled slots, and filling them.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use confidant::{Condition, Kind, Purpose, all, attribute, count, days, total};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn rule(c: &mut Criterion) {
    let engine = made::engine(0, 0).unwrap().build().unwrap();
    _ = engine.record(made::NOW, made::consent("ana")).unwrap();
    _ = engine.record_all(made::NOW, made::events("ana", 100, 1));
    let facts = confidant::Event::declared("ana", made::NOW).attribute("city", "Porto");
    _ = engine.record(made::NOW, facts.attribute("age", 41)).unwrap();
    let view = engine.view("ana", Purpose::Personalisation, made::NOW, None).unwrap();
    let compile = |conditions: Vec<Condition>| engine.rules(conditions).unwrap();
    let mut group = c.benchmark_group("rule");

    // All five conditions are true, so none is skipped.
    let five = |n: u32| {
        all([
            attribute("city").is("Porto"),
            attribute("age").at_least(f64::from(n % 40)),
            attribute("city").one_of(["Lisbon", "Braga", "Faro", "Porto"]),
            count(Kind::Purchased).within(days(365)).at_least(n % 10),
            count(Kind::Viewed).at_most(1000 + n),
        ])
    };
    let rules = compile((0..100).map(five).collect());
    let answers = rules.ask(&view);
    assert!((0..100).all(|n| rules.is_met(n, &answers) == Some(true)));
    group.throughput(Throughput::Elements(500));
    group.bench_function("100x5_conditions", |b| {
        b.iter(|| (0..100).filter(|n| rules.is_met(*n, &answers) == Some(true)).count());
    });

    let window = |n: u32| {
        let within = days(10 + n * 18);
        match n % 4 {
            0 => count(Kind::Purchased).within(within).at_least(1),
            1 => count(Kind::Viewed).within(within).at_most(50),
            2 => total(Kind::Purchased, "EUR".parse().unwrap()).within(within).at_least(5.0),
            _ => count(Kind::Purchased)
                .within(within)
                .in_category([&*format!("department-{}", n % 8)])
                .at_least(1),
        }
    };
    let rules = compile((0..20).map(window).collect());
    group.throughput(Throughput::Elements(20));
    group.bench_function("20_windows_100_events", |b| {
        b.iter(|| {
            let answers = rules.ask(&view);
            (0..20).filter(|n| rules.is_met(*n, &answers) == Some(true)).count()
        });
    });
    group.finish();
}

criterion_group!(benches, rule);
criterion_main!(benches);
