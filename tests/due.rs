//! When a customer is due to buy again what they bought before: a household and its coffee.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod common;

use common::{everything, noon};
use confidant::{
    Arrangement, Catalog, Due, Engine, EngineBuilder, Event, Goods, Item, Level, Purpose,
    Recommender, Replenishment, Scope, Source, Statistics, Timestamp, days, hours,
};

fn shop() -> EngineBuilder {
    let catalog = Catalog::new(["coffee", "filters", "pan", "tea"].map(Item::new)).unwrap();
    Engine::builder()
        .catalog(catalog)
        .recommender("again", Replenishment::params())
        .recommender("by now", Replenishment::params().not_before(0.9))
}

#[track_caller]
fn told(engine: &Engine, event: impl Into<Event>) {
    let event = event.into();
    common::taken(engine.record(event.at(), event));
}

/// Somebody buys an item every so many days, so often, the first time at noon.
fn buys(engine: &Engine, who: &str, item: &str, every: u32, times: u32) {
    for n in 0..times {
        let at = noon() + days(every * n);
        told(engine, Event::purchased(who, at).item(item).id(format!("{who} {item} {n}")));
    }
}

/// Thirty households that buy coffee every ten days, and once a pan.
fn town(engine: &Engine) {
    for n in 0..30 {
        let who = format!("household {n:02}");
        told(engine, everything(who.as_str(), noon()));
        buys(engine, &who, "coffee", 10, 12);
        buys(engine, &who, "pan", 1, 1);
    }
}

fn fitted(engine: &Engine, now: Timestamp) {
    engine.advance(now).unwrap();
    engine.fit(now).unwrap();
}

fn items(due: &[Due]) -> Vec<&str> {
    due.iter().map(|one| one.item.as_str()).collect()
}

/// A newcomer's first coffee is due when others buy their next; a pan hardly ever is.
#[test]
fn a_newcomer_has_the_rhythm_of_others_and_then_their_own() {
    let engine = shop().build().unwrap();
    town(&engine);
    told(&engine, everything("ana", noon()));
    buys(&engine, "ana", "coffee", 20, 1);
    buys(&engine, "ana", "pan", 1, 1);
    fitted(&engine, noon() + days(120));
    let tenth = noon() + days(10);
    let due = engine.due("ana", "again", 5, tenth).unwrap();
    assert_eq!(items(&due), ["coffee", "pan"]);
    assert!((due[0].elapsed - 1.0).abs() < 0.02, "{due:?}");
    assert!(due[0].rate > 10.0 * due[1].rate, "{due:?}");
    let off = due[0].next.as_millis() - (tenth - hours(12)).as_millis();
    assert!(off.abs() < 86_400_000 / 4, "{due:?}");
    for n in 1..40 {
        let at = noon() + days(20 * n);
        told(&engine, Event::purchased("ana", at).item("coffee"));
    }
    let now = noon() + days(20 * 39 + 1);
    let due = engine.due("ana", "again", 1, now).unwrap();
    let gap = (due[0].next.as_millis() - (now - days(1)).as_millis()) as f64 / 86_400_000.0;
    assert!((gap - 19.0).abs() < 0.6, "{gap} after {due:?}");
}

/// The list follows the day: what is due comes first, and `not_before` leaves out the rest.
#[test]
fn what_is_due_comes_first() {
    let engine = shop().build().unwrap();
    town(&engine);
    told(&engine, everything("ana", noon()));
    // The one and the other by turns, every ten days.
    for n in 0..18 {
        let at = noon() + days(10 * n);
        let item = ["coffee", "tea"][n as usize % 2];
        told(&engine, Event::purchased("ana", at).item(item));
    }
    fitted(&engine, noon() + days(172));
    let first = |day: u32| {
        let list = engine.recommend("ana", "again", 4, Scope::All, noon() + days(day)).unwrap();
        assert_eq!(list[0].because, [list[0].item.clone()]);
        list[0].item.to_string()
    };
    assert_eq!(first(180), "coffee");
    assert_eq!(first(190), "tea");
    let by_now = |day: u32| {
        let list = engine.recommend("ana", "by now", 4, Scope::All, noon() + days(day)).unwrap();
        let list = list.into_iter().filter(|one| one.source == Source::Model);
        list.map(|one| one.item.to_string()).collect::<Vec<_>>()
    };
    assert!(by_now(173).is_empty());
    assert_eq!(by_now(180), ["coffee"]);
    assert_eq!(by_now(190), ["tea", "coffee"]);
    let due = engine.due("ana", "by now", 9, noon() + days(180)).unwrap();
    assert_eq!(items(&due), ["coffee"]);
}

/// Whoever may not be looked at is due for nothing, as a stranger is.
#[test]
fn who_lets_nothing_be_seen_is_due_for_nothing() {
    let engine = shop().build().unwrap();
    town(&engine);
    let now = noon() + days(120);
    fitted(&engine, now);
    let who = "household 00";
    assert_eq!(items(&engine.due(who, "again", 9, now).unwrap()), ["coffee", "pan"]);
    assert!(engine.due("a stranger", "again", 9, now).unwrap().is_empty());
    assert!(engine.due(who, "again", 0, now).unwrap().is_empty());
    told(&engine, Event::consent(who, now).withdraw(Purpose::Personalisation));
    assert!(engine.due(who, "again", 9, now).unwrap().is_empty());
}

/// Who lets nobody learn has a rhythm of their own, and gives none to others.
#[test]
fn a_rhythm_that_may_not_be_learned_is_not() {
    let (with, without) = (shop().build().unwrap(), shop().build().unwrap());
    let now = noon() + days(120);
    for engine in [&with, &without] {
        town(engine);
        told(engine, everything("ana", noon()));
        buys(engine, "ana", "coffee", 10, 1);
    }
    told(&with, everything("ben", noon()));
    buys(&with, "ben", "coffee", 50, 3);
    let due = |engine: &Engine| {
        fitted(engine, now);
        engine.due("ana", "again", 9, now).unwrap()
    };
    let (both, alone) = (due(&with), due(&without));
    assert_ne!(both, alone);
    let own = Event::consent("ben", now).level(Level::OwnHistory).allow(Purpose::Personalisation);
    told(&with, own);
    assert_eq!(due(&with), alone);
    assert!(with.statistics().to_bytes() == without.statistics().to_bytes(), "ben is still there");
    assert_eq!(items(&with.due("ben", "again", 9, now).unwrap()), ["coffee"]);
}

/// Two who bought the same in the same order on other days are told apart by their days alone.
#[test]
fn the_days_of_orders_are_counted() {
    let learned = |every: u32| {
        let engine = shop().build().unwrap();
        told(&engine, everything("ana", noon()));
        buys(&engine, "ana", "coffee", every, 3);
        buys(&engine, "ana", "pan", 1, 1);
        // And somebody else makes up for what is counted by item and day alone.
        told(&engine, everything("ben", noon()));
        buys(&engine, "ben", "coffee", 11 - every, 3);
        engine.advance(noon() + days(60)).unwrap();
        engine.statistics()
    };
    let (a, b) = (learned(5), learned(6));
    assert_ne!(a.digest(), b.digest());
    let read = Statistics::from_bytes(&a.to_bytes()).unwrap();
    assert_eq!(read.digest(), a.digest());
    // Told the other way round, and in shards.
    let mut merged = b.clone();
    merged.merge(&a);
    let mut other_way = a.clone();
    other_way.merge(&b);
    assert!(merged.to_bytes() == other_way.to_bytes());
    assert!(merged.to_bytes() != a.to_bytes());
}

/// What the merchant excludes is not due.
#[test]
fn an_arrangement_holds() {
    let shelf = Arrangement::new().exclude(Goods::item("coffee"));
    let again = Recommender::from(Replenishment::params()).arranged(shelf);
    let engine = shop().recommender("shelf", again).build().unwrap();
    town(&engine);
    let now = noon() + days(120);
    fitted(&engine, now);
    assert_eq!(items(&engine.due("household 00", "shelf", 9, now).unwrap()), ["pan"]);
}

#[test]
fn a_share_out_of_its_range_is_refused() {
    for share in [-0.1, 10.1, f64::NAN, f64::INFINITY] {
        let params = Replenishment::params().not_before(share);
        let error = Engine::builder().recommender("again", params).build().unwrap_err();
        assert!(error.to_string().contains("not_before"), "{error}");
    }
}
