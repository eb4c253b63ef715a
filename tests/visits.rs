//! What is looked at after what: learned from visits where a model learns from them and the
//! customer lets others learn, forgotten with them, and nowhere else.
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
    Action, Catalog, Channel, DataCategory, Engine, EngineBuilder, Event, Item, Level, Purpose,
    Request, Scope, Session, SessionNeighbours, Source, Statistics, Timestamp, Treatment, days,
    minutes,
};

fn shop() -> EngineBuilder {
    let catalog = Catalog::new(["filter", "kettle", "mug", "tea"].map(Item::new)).unwrap();
    let action = Action::new("next").treatment(Treatment::on(Channel::Web));
    Engine::builder().catalog(catalog).action(action.value(1.0).recommends("next", Scope::All, 2))
}

#[track_caller]
fn told(engine: &Engine, now: Timestamp, event: impl Into<Event>) {
    common::taken(engine.record(now, event));
}

fn learning() -> Engine {
    shop().recommender("next", SessionNeighbours::vmis_knn()).build().unwrap()
}

/// Somebody looks at the kettle, then at the filter, a few minutes later.
fn looks(engine: &Engine, who: &str, at: Timestamp) {
    for (item, later) in [("kettle", 0), ("filter", 4)] {
        let at = at + minutes(later);
        told(engine, at, Event::viewed(who, at).item(item));
    }
}

/// What is offered to a stranger who looks at the kettle: by the model, if it has a word.
fn offered(engine: &Engine, now: Timestamp) -> Vec<String> {
    engine.advance(now).unwrap();
    engine.fit(now).unwrap();
    let visit = Session::new().viewing("kettle");
    let request = Request::new("a stranger", Channel::Web, now).during(visit);
    let decision = engine.preview(&request).unwrap();
    let items = &decision.choice().unwrap().items;
    let by_model = items.iter().filter(|one| one.source == Source::Model);
    by_model.map(|one| one.item.to_string()).collect()
}

/// Whether anything was learned by the next day, when everybody has been looked at.
fn taught(engine: &Engine) -> bool {
    engine.advance(noon() + days(1)).unwrap();
    engine.statistics().to_bytes() != Statistics::default().to_bytes()
}

#[test]
fn who_looked_is_learned_from_and_forgotten() {
    let engine = learning();
    let now = noon() + days(1);
    for who in ["ana", "ben"] {
        told(&engine, noon(), everything(who, noon()));
        looks(&engine, who, noon() + minutes(1));
    }
    assert_eq!(offered(&engine, now), ["filter"]);
    engine.erase("ana").unwrap();
    assert_eq!(offered(&engine, now), ["filter"]);
    let alone = learning();
    told(&alone, noon(), everything("ben", noon()));
    looks(&alone, "ben", noon() + minutes(1));
    assert!(taught(&alone));
    assert!(engine.statistics().to_bytes() == alone.statistics().to_bytes(), "ana is still there");
    let no = Event::consent("ben", now).withdraw(Purpose::CollaborativeLearning);
    told(&engine, now, no);
    assert!(!taught(&engine), "ben is still there");
    assert!(offered(&engine, now).is_empty());
}

/// An hour between two looks is two visits, each of one item, and tells nothing.
#[test]
fn a_visit_ends_when_nothing_is_looked_at() {
    let engine = learning();
    told(&engine, noon(), everything("ana", noon()));
    for (item, hour) in [("kettle", 1), ("filter", 2), ("filter", 3)] {
        let at = noon() + minutes(60 * hour);
        told(&engine, at, Event::viewed("ana", at).item(item));
    }
    assert!(!taught(&engine));
}

#[test]
fn nothing_is_learned_of_who_does_not_let_others_learn_from_browsing() {
    let engine = learning();
    let choice = Event::consent("ana", noon())
        .level(Level::Collaborative)
        .allow(Purpose::Personalisation)
        .allow_only(Purpose::CollaborativeLearning, [DataCategory::Purchases]);
    told(&engine, noon(), choice);
    looks(&engine, "ana", noon() + minutes(1));
    assert!(!taught(&engine));
    assert!(offered(&engine, noon() + days(1)).is_empty());
}

/// Where no model learns from visits, none is counted; once one does, the next look at
/// everybody counts them, and takes them out again when it is gone.
#[test]
fn visits_are_counted_only_where_a_model_learns_from_them() {
    let plain = || shop().recommender("next", confidant::Popularity::params());
    let (now, nobody) = (noon() + days(1), Statistics::default());
    let engine = plain().build().unwrap();
    told(&engine, noon(), everything("ana", noon()));
    looks(&engine, "ana", noon() + minutes(1));
    engine.advance(now).unwrap();
    assert!(!taught(&engine));
    let with = shop().recommender("next", SessionNeighbours::vstan());
    engine.swap(with.snapshot(&nobody, now).unwrap());
    engine.advance(now).unwrap();
    assert!(taught(&engine));
    assert_eq!(offered(&engine, now), ["filter"]);
    engine.swap(plain().snapshot(&nobody, now).unwrap());
    engine.advance(now).unwrap();
    assert!(!taught(&engine));
}

/// Two shards, each with customers of its own, merge into what one engine learns.
#[test]
fn visits_of_shards_add_up() {
    let of = |who: &[&str]| {
        let engine = learning();
        for who in who {
            told(&engine, noon(), everything(who, noon()));
            looks(&engine, who, noon() + minutes(1));
        }
        engine.advance(noon() + days(1)).unwrap();
        engine.statistics()
    };
    let mut merged = Statistics::from_bytes(&of(&["ana"]).to_bytes()).unwrap();
    merged.merge(&of(&["ben", "eva"]));
    assert!(merged.to_bytes() == of(&["eva", "ana", "ben"]).to_bytes());
}
