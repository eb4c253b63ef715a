//! What a real grocer's year takes, in bytes: `cargo test --test size -- --nocapture` says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use confidant::*;

/// What one event may take, its fingerprint included.
const EVENT: usize = 20;

/// What a customer may take besides.
const CUSTOMER: usize = 400;

const PURCHASES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey/purchases.csv.gz");

/// ts, household_id, store_id, basket_id, product_id, quantity, sales_value
fn lines() -> Vec<csv::StringRecord> {
    let file = flate2::read::GzDecoder::new(File::open(PURCHASES).unwrap());
    csv::Reader::from_reader(file).records().map(Result::unwrap).collect()
}

fn purchase(n: usize, line: &csv::StringRecord) -> Event {
    let cents = (line[6].parse::<f64>().unwrap() * 100.0).round() as i64;
    Event::purchased(&line[1], line[0].parse().unwrap())
        .place(&line[2])
        .order(&line[3])
        .item(&line[4])
        .quantity(line[5].parse().unwrap())
        .amount(Money::cents(cents, "USD").unwrap())
        .on(Channel::Store)
        .id(n.to_string())
        .into()
}

/// Every value of a store.
fn kept(store: &MemoryStore) -> usize {
    let all = store.scan(None, usize::MAX).unwrap();
    all.iter().map(|(key, stored)| key.partition().len() + 4 + stored.bytes.len()).sum()
}

#[test]
fn an_event_takes_twenty_bytes_at_most() {
    let (start, end) = ("2016-12-01T00:00:00Z".parse().unwrap(), "2018-02-01T00:00:00Z");
    let now: Timestamp = end.parse().unwrap();
    let lines = lines();
    let mut households: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
    for (n, line) in lines.iter().enumerate() {
        households.entry(&line[1]).or_default().push(purchase(n, line));
    }
    let mut items: Vec<&str> = lines.iter().map(|line| &line[4]).collect();
    items.sort_unstable();
    items.dedup();
    let store = Arc::new(MemoryStore::new());
    let catalog = Catalog::new(items.into_iter().map(Item::new)).unwrap();
    let engine = Engine::builder().catalog(catalog).store(store.clone()).build().unwrap();
    for household in households.keys() {
        let everything = Event::consent(*household, start)
            .level(Level::Collaborative)
            .allow(Purpose::Personalisation)
            .allow(Purpose::CollaborativeLearning)
            .allow(Purpose::DirectMarketing);
        assert_eq!(engine.record(now, everything).unwrap(), Recorded::Accepted);
    }
    let besides = kept(&store) / households.len();
    let customers = households.len();
    for basket in households.into_values() {
        assert!(engine.record_all(now, basket).refused.is_empty());
    }
    engine.advance(now).unwrap();
    let all = kept(&store);
    let event = (all - CUSTOMER * customers) as f64 / lines.len() as f64;
    println!(
        "{} events of {customers} customers in {all} bytes: {event:.1} an event beyond {CUSTOMER} \
         a customer; {besides} a customer with nothing but a consent",
        lines.len()
    );
    assert!(event <= EVENT as f64 && besides <= CUSTOMER);
}
