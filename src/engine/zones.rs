//! Whose calendar a view means.

use super::{Engine, EngineBuilder};
use crate::consent::PrivacyPolicy;
use crate::event::{AttributeRule, Attributes, Event, Value};
use crate::types::{DataCategory, Level, Purpose, Timestamp, days};

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn in_lisbon() -> EngineBuilder {
    Engine::builder().time_zone("Europe/Lisbon".parse().unwrap())
}

/// What a view of a customer means who is known to have this zone.
fn zone(builder: EngineBuilder, zone: Value, level: Level, later: u32) -> String {
    let engine = builder.build().unwrap();
    let choice = Event::consent("ana", noon()).level(level).allow(Purpose::Personalisation);
    engine.record(noon(), choice).unwrap();
    let stated =
        Event::declared("ana", noon()).attribute("time_zone", zone).until(noon() + days(9));
    engine.record(noon(), stated).unwrap();
    let now = noon() + days(later);
    engine.view("ana", Purpose::Personalisation, now, None).unwrap().zone().to_string()
}

#[test]
fn a_view_means_the_customers_own_calendar_else_the_hosts() {
    let (all, own) = (Level::OwnHistory, "Asia/Kathmandu");
    assert_eq!(zone(in_lisbon(), own.into(), all, 1), own);
    assert_eq!(zone(Engine::builder(), own.into(), all, 1), own);
    // No zone, no longer a zone, and not to be seen.
    assert_eq!(zone(in_lisbon(), "home".into(), all, 1), "Europe/Lisbon");
    assert_eq!(zone(in_lisbon(), 3.into(), all, 1), "Europe/Lisbon");
    assert_eq!(zone(in_lisbon(), own.into(), all, 9), "Europe/Lisbon");
    assert_eq!(zone(Engine::builder(), own.into(), all, 9), "UTC");
    assert_eq!(zone(in_lisbon(), own.into(), Level::Contextual, 1), "Europe/Lisbon");
    let elsewhere = PrivacyPolicy::new().attribute("time_zone", DataCategory::Posts);
    assert_eq!(zone(in_lisbon().privacy(elsewhere), own.into(), all, 1), "Europe/Lisbon");
    let flag = Attributes::new().attribute("time_zone", AttributeRule::flag());
    assert_eq!(zone(in_lisbon().attributes(flag), true.into(), all, 1), "Europe/Lisbon");
}
