//! What a view shows of the properties of its rows, beside a list of all that was told.

use super::Engine;
use crate::consent::PrivacyPolicy;
use crate::event::{Event, Value};
use crate::numeric::Draws;
use crate::types::{DataCategory, Identifier, IdentifierKind, Level, Purpose, Timestamp, days};

const NAMES: [&str; 3] = ["device", "size", "note"];

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn categories() -> [Option<DataCategory>; 4] {
    let custom = |name| Some(DataCategory::custom(name));
    [None, custom("short"), custom("long"), custom("hidden")]
}

/// One event, so many days after noon.
struct Told {
    day: u32,
    quantity: f64,
    properties: Vec<(Option<DataCategory>, &'static str, Value)>,
}

fn random(draws: &mut Draws, day: u32) -> Told {
    let one = |draws: &mut Draws| {
        let value = match draws.below(3) {
            0 => Value::from("red"),
            1 => Value::from(draws.below(5) as f64),
            _ => Value::from(["a", "b"]),
        };
        let name = NAMES[draws.below(3)];
        // One that we know is a text.
        let value = if name == "device" { "phone".into() } else { value };
        (categories()[draws.below(4)].clone(), name, value)
    };
    let some = draws.below(4);
    let mut properties: Vec<_> = (0..some).map(|_| one(draws)).collect();
    properties.sort_by(|(a, name, _), (b, other, _)| (a, name).cmp(&(b, other)));
    properties.dedup_by(|(a, name, _), (b, other, _)| (a, name) == (b, other));
    Told { day, quantity: 1.0 + draws.below(9) as f64 / 4.0, properties }
}

#[test]
fn rows_have_the_properties_that_may_be_seen() {
    let seen_for = |category: &Option<DataCategory>| match category.as_ref().map(|c| c.name()) {
        None => Some(u32::MAX),
        Some("short") => Some(5),
        Some("long") => Some(20),
        _ => None,
    };
    let mut shown = 0;
    for seed in 0..60 {
        let draws = &mut Draws::new(seed, &[]);
        let privacy = PrivacyPolicy::new()
            .keep_for(DataCategory::custom("short"), days(5))
            .keep_for(DataCategory::custom("long"), days(20))
            .keep_for(DataCategory::custom("hidden"), days(900));
        let engine = Engine::builder().privacy(privacy).seal_after(7).build().unwrap();
        let allowed = ["browsing", "short", "long"].map(DataCategory::from_name);
        let choice = Event::consent("ana", noon()).level(Level::OwnHistory);
        let choice = choice.allow_only(Purpose::Personalisation, allowed);
        engine.record(noon(), choice.allow_only(Purpose::custom("x"), [])).unwrap();
        let told: Vec<Told> = (0..30).map(|day| random(draws, day)).collect();
        for Told { day, quantity, properties } in &told {
            let at = noon() + days(*day);
            let mut event = Event::viewed("ana", at).quantity(*quantity);
            for (category, name, value) in properties {
                event = match category {
                    None => event.property(*name, value.clone()),
                    Some(of) => event.property_of(of.clone(), *name, value.clone()),
                };
            }
            engine.record(at, event).unwrap();
        }
        let today = 29 + draws.below(8) as u32;
        let view = engine.view("ana", Purpose::Personalisation, noon() + days(today), None);
        let view = view.unwrap();
        assert_eq!(*view.who(), "ana".into());
        assert_eq!(view.len(), told.len());
        for (row, told) in told.iter().enumerate() {
            assert_eq!(view.rows().quantity[row], (told.quantity * 1000.0) as i64);
            let expected = told.properties.iter().filter(|(category, ..)| {
                seen_for(category)
                    .is_some_and(|days| u64::from(told.day) + u64::from(days) > today.into())
            });
            let number = |category: &DataCategory| engine.setup().privacy.number(category);
            let mut expected: Vec<_> = expected
                .map(|(category, name, value)| {
                    (category.as_ref().map(|c| number(c).unwrap()), *name, value.clone())
                })
                .collect();
            let found = view.properties(row).iter();
            let mut found: Vec<_> =
                found.map(|noted| (noted.category, &*noted.name, noted.value.clone())).collect();
            let by_name = |one: &(Option<usize>, &str, Value)| (one.0, one.1.to_owned());
            expected.sort_by_key(by_name);
            found.sort_by_key(by_name);
            assert_eq!(found, expected, "seed {seed}, row {row}");
            shown += found.len();
        }
        assert!(view.properties(told.len()).is_empty());
    }
    assert!(shown > 1000, "only {shown} shown");
}

/// What was told under two identifiers is one row, with the properties of one.
#[test]
fn what_is_told_twice_has_its_properties_once() {
    let engine = Engine::builder().build().unwrap();
    let card = || Identifier::new(IdentifierKind::Cookie, "c");
    for who in ["ana".into(), card()] {
        let choice = Event::consent(who, noon()).level(Level::OwnHistory);
        let choice = choice.allow(Purpose::IdentityLinking).allow(Purpose::Personalisation);
        engine.record(noon(), choice).unwrap();
    }
    engine.record(noon(), Event::linked("ana", noon(), card())).unwrap();
    for (who, size) in [("ana".into(), 1), (card(), 2)] {
        let event = Event::viewed(who, noon()).id("e").property("size", size).property("a", 0);
        engine.record(noon(), event).unwrap();
    }
    let view = engine.view("ana", Purpose::Personalisation, noon(), None).unwrap();
    assert_eq!(view.len(), 1);
    let names: Vec<&str> = view.properties(0).iter().map(|noted| &*noted.name).collect();
    assert_eq!(names, ["a", "size"]);
}
