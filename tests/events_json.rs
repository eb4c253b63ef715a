//! Events as lines of JSON: what is written is read back, and what is wrong is named
//! without being quoted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::host;
use common::noon;
use common::world::{Size, World};
use confidant::{
    Basis, Catalog, Channel, DataCategory, Engine, ErrorKind, Event, Identifier, IdentifierKind,
    Item, Kind, Level, Location, Money, Purpose, Record, Recorded, Reply, Timestamp, Value, days,
};
use twin::decide::Host;

#[track_caller]
fn survives(event: impl Into<Event>) {
    let event = event.into();
    let line = event.to_json();
    match Event::from_json(&line) {
        Ok(read) => assert_eq!(read, event, "{line}"),
        Err(error) => panic!("{error}: {line}"),
    }
}

/// An event without an id is known by its content, so a last bit that is lost makes
/// another event of it.
#[test]
fn numbers_survive_to_the_last_bit() {
    for n in 1..2000u64 {
        let bits = 0x3ff0_0000_0000_0000 + n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << 58);
        survives(Event::declared("ana", noon()).attribute("x", f64::from_bits(bits)));
    }
}

/// A name of ours is ours; one that stands for another form of event is no kind.
#[test]
fn kinds_with_names_of_ours_are_ours() {
    let custom = |name: &str| Event::custom("ana", noon(), name).place("here");
    survives(custom("viewed"));
    assert_eq!(Event::from(custom("viewed")), Event::viewed("ana", noon()).place("here").into());
    let engine = Engine::builder().build().unwrap();
    for name in ["consent", "declared", "observed", "inferred", "linked", "outcome", "retracted"] {
        let error = engine.record(noon(), custom(name)).unwrap_err();
        assert_eq!(error.field(), Some("event"), "{name}: {error}");
    }
}

#[test]
fn instants_survive_as_far_as_they_are_taken() {
    let engine = Engine::builder().build().unwrap();
    let said = |ms| Event::declared("ana", noon()).attribute("x", Timestamp::from_millis(ms));
    let all = Event::consent("ana", noon()).level(Level::OwnHistory);
    _ = engine.record(noon(), all.allow(Purpose::Personalisation)).unwrap();
    let (first, last) = (-2_208_988_800_000, 253_402_300_799_999);
    for ms in [first, -1, 0, last] {
        survives(said(ms));
        assert_eq!(engine.record(noon(), said(ms)).unwrap(), Recorded::Accepted);
    }
    for ms in [i64::MIN, first - 1, last + 1, i64::MAX] {
        let error = engine.record(noon(), said(ms)).unwrap_err();
        assert_eq!(error.field(), Some("attributes"), "{ms}: {error}");
    }
}

fn bookings() -> [Record; 2] {
    let nights = [Record::new().set("night", noon()).set("meals", ["breakfast"])];
    let first = Record::new().set("hotel", "Ritz").set("where", place()).set("nights", nights);
    // Names that stand for something else in an object that is none of a list.
    let second = Record::new().set("lat", 1).set("lon", 2).set("paid", false);
    [first, second.set("instant", "now").set("", "")]
}

fn place() -> Location {
    Location::degrees(38.7223, -9.1393).unwrap()
}

#[test]
fn places_and_records_survive() {
    survives(Event::declared("ana", noon()).attribute("home", place()));
    survives(Event::declared("ana", noon()).attribute("bookings", bookings()));
    survives(Event::viewed("ana", noon()).property("seen from", place()));
    let health = DataCategory::custom("health");
    survives(Event::viewed("ana", noon()).property_of(health, "x", bookings()));
    // An empty list is an empty set, wherever it stands.
    let none = Value::Records(Vec::new());
    survives(Event::declared("ana", noon()).attribute("cars", none.clone()));
    survives(Event::declared("ana", noon()).attribute("x", [Record::new().set("a", none)]));
    let lone = [Record::new().set("instant", "2026-03-02"), Record::new().set("a", place())];
    survives(Event::declared("ana", noon()).attribute("x", lone));
}

#[test]
fn a_foreign_line_of_places_and_records_is_read() {
    let line = r#"{"event": "declared", "customer": "ana", "at": "2026-03-02T12:00:00Z",
        "attributes": {
            "home": {"lon": -9, "lat": 38.7223},
            "cars": [{"make": "Audi", "year": 2019, "parts": [{"no": 1}]}, {"make": "Fiat"}],
            "likes": ["tea", "tea"], "none": []
        }}"#;
    let parts = [Record::new().set("no", 1)];
    let audi = Record::new().set("make", "Audi").set("year", 2019).set("parts", parts);
    let expected = Event::declared("ana", noon())
        .attribute("home", Location::degrees(38.7223, -9.0).unwrap())
        .attribute("cars", [audi, Record::new().set("make", "Fiat")])
        .attribute("likes", ["tea"])
        .attribute("none", Vec::<String>::new());
    assert_eq!(Event::from_json(line).unwrap(), expected.into());
    assert!(
        Event::declared("ana", noon()).attribute("cars", bookings())
            == Event::declared("ana", noon()).attribute("cars", Vec::from(bookings()))
    );
}

/// However deep a line goes, it is refused before the room for it is gone.
#[test]
fn records_without_end_are_refused() {
    let deep = |n: usize, end: &str| {
        let (open, close) = ("[{\"a\": ".repeat(n), "}]".repeat(n));
        format!(
            r#"{{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {{"x": {open}{end}{close}}}}}"#
        )
    };
    let engine = Engine::builder().build().unwrap();
    for n in [1, 4] {
        let event = Event::from_json(&deep(n, "1")).unwrap();
        assert!(matches!(engine.record(noon(), event).unwrap(), Recorded::NotAllowed(_)), "{n}");
    }
    for n in [5, 6, 7, 40, 100, 100_000] {
        let came = Event::from_json(&deep(n, "1")).and_then(|event| engine.record(noon(), event));
        let error = came.unwrap_err();
        assert!(["attributes", "line"].contains(&error.field().unwrap()), "{n}: {error}");
        assert!(error.to_string().contains("expected"), "{n}: {error}");
    }
    refused(&deep(6, "\"s3cret\""), "attributes");
}

/// What is too much is refused by its name, whichever way it comes.
#[test]
fn records_are_so_many_and_no_more() {
    let engine = Engine::builder().build().unwrap();
    let all = Event::consent("ana", noon()).level(Level::OwnHistory);
    _ = engine.record(noon(), all.allow(Purpose::Personalisation)).unwrap();
    let of = |values: usize| {
        (0..values).fold(Record::new(), |record, n| record.set(format!("v{n}"), n as f64))
    };
    let list = |records: usize, values: usize| vec![of(values); records];
    let mut deep = Value::from(list(1, 1));
    for _ in 0..3 {
        deep = [Record::new().set("a", deep)].into();
    }
    let texts: Vec<String> = (0..64).map(|n| n.to_string()).collect();
    let of_texts = |sets: usize| vec![Record::new().set("texts", texts.clone()); sets];
    let good = [list(64, 16).into(), list(16, 64).into(), deep.clone(), of_texts(16).into()];
    for (n, value) in good.into_iter().enumerate() {
        let said = Event::declared("ana", noon()).attribute("x", value).id(n.to_string());
        survives(said.clone());
        assert_eq!(engine.record(noon(), said).unwrap(), Recorded::Accepted, "{n}");
    }
    let empty = (0..17).fold(Record::new(), |record, n| {
        record.set(format!("v{n}"), Value::from(Vec::<String>::new()))
    });
    let bad = [
        (Value::from(list(65, 1)), "at most 64"),
        (list(1, 65).into(), "1 to 64"),
        (list(1, 0).into(), "1 to 64"),
        (list(64, 17).into(), "at most 1,024"),
        ([list(63, 16), vec![of(17)]].concat().into(), "at most 1,024"),
        (of_texts(17).into(), "at most 1,024"),
        (vec![empty; 64].into(), "at most 1,024"),
        ([Record::new().set("a", deep)].into(), "at most 4 deep"),
        ([Record::new().set("a", f64::NAN)].into(), "a finite one"),
        ([Record::new().set("a\n", 1)].into(), "printable text"),
        ([Record::new().set("a", Timestamp::MAX)].into(), "from 1900"),
    ];
    for (value, expected) in bad {
        let said = Event::declared("ana", noon()).attribute("x", value.clone());
        let error = engine.record(noon(), said).unwrap_err();
        assert_eq!(error.field(), Some("attributes"), "{expected}: {error}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        let done = Event::viewed("ana", noon()).property("x", value);
        let error = engine.record(noon(), done).unwrap_err();
        assert_eq!(error.field(), Some("properties"), "{expected}: {error}");
    }
}

#[test]
fn a_wrong_identifier_is_named() {
    let line = r#"{"event": "linked", "customer": "ana", "at": "2026-03-02",
        "identifier": {"email": "x", "phone": "y"}}"#;
    let error = Event::from_json(line).unwrap_err();
    assert_eq!(error.field(), Some("identifier"));
}

#[test]
fn a_channel_is_objected_to_or_not() {
    let line = r#"{"event": "consent", "customer": "ana", "at": "2026-03-02",
        "object_to": ["email"], "lift_objection": ["email"]}"#;
    assert!(Event::from_json(line).is_err());
}

#[test]
fn a_list_is_no_event() {
    let line = r#"["viewed", "ana", "2026-03-02T12:00:00Z"]"#;
    assert!(Event::from_json(line).is_err());
}

/// Every kind of event, with every field that it can have.
fn of_every_kind() -> Vec<Event> {
    let card = || Identifier::new(IdentifierKind::LoyaltyCard, "47\"11");
    let own = || Identifier::new(IdentifierKind::Custom("till".into()), "ü");
    let health = || DataCategory::custom("health");
    let mut events: Vec<Event> = Vec::new();
    let who = [Identifier::from("ana"), card(), own()];
    for (n, kind) in Kind::BASE.into_iter().chain([Kind::custom("chatted")]).enumerate() {
        let plain = Event::custom(who[n % 3].clone(), noon(), kind.name());
        events.push(plain.clone().into());
        let full = plain
            .item("espresso")
            .quantity(2.125)
            .amount(Money::micros(12_900_001, "EUR".parse().unwrap()))
            .order("o 1")
            .place("Главная улица")
            .action("a\\b")
            .property("text", "\u{1F980} \"quoted\"")
            .property("number", -0.1)
            .property("flag", false)
            .property("instant", Timestamp::from_millis(noon().as_millis() + 1))
            .property_of(health(), "text", "other")
            .property_of(DataCategory::Opinions, "stars", 4.5)
            .on(Channel::custom("kiosk"))
            .id("e-1");
        events.push(full.into());
    }
    let words = Event::declared("ana", noon()).attribute("size", "M").attribute("since", noon());
    events.push(words.attribute("vegan", true).attribute("children", 2).on(Channel::App).into());
    events.push(Event::declared("ana", noon()).into());
    for stated in [Event::declared, Event::observed, Event::inferred] {
        let stated = stated("ana", noon()).attribute("likes", ["tea", "2026-03-02"]);
        let stated = stated.attribute("none", [""; 0]).source("crm \"1\"").until(noon() + days(1));
        for basis in [Basis::Consent, Basis::Contract] {
            let stated = stated.clone().only_for(Purpose::custom("research")).basis(basis);
            events.push(stated.on(Channel::Store).id("s").into());
        }
    }
    events.push(Event::consent("ana", noon()).into());
    for level in [Level::Off, Level::Contextual, Level::OwnHistory, Level::Collaborative] {
        let chosen = Event::consent(card(), noon())
            .level(level)
            .allow(Purpose::Personalisation)
            .allow(Purpose::custom("research"))
            .allow_only(Purpose::CollaborativeLearning, [DataCategory::Purchases, health()])
            .allow_only(Purpose::IdentityLinking, [])
            .withdraw(Purpose::DirectMarketing)
            .object_to(Channel::Sms)
            .object_to(Channel::custom("kiosk"))
            .lift_objection(Channel::Email);
        events.push(chosen.on(Channel::Store).id("c").into());
    }
    for other in [card(), own(), Identifier::from("ana 2")] {
        events.push(Event::linked("ana", noon(), other).on(Channel::Web).into());
    }
    events.push(Event::retracted(card(), noon(), "e-1").on(Channel::Store).id("r").into());
    let read = Event::metered("ana", noon()).reading(-0.5).corrects("e-1");
    events.push(read.effort(1.0).emotion(-1.0).topic("x").sentiment(0.0).reverses("e-2").into());
    for reply in [Reply::Accepted, Reply::Declined, Reply::Bounced, Reply::NotSent] {
        events.push(Event::outcome("ana", noon(), "mail", reply).on(Channel::Email).into());
    }
    events
}

#[test]
fn every_kind_of_event_survives() {
    for event in of_every_kind() {
        let line = event.to_json();
        assert!(!line.contains('\n'), "{line}");
        survives(event);
    }
}

/// What is told in made worlds, and what an engine makes of it after the way through text.
#[test]
fn a_world_survives() {
    for seed in 0..20 {
        let world = World::new(seed, Size { items: 6, customers: 4, events: 30 });
        let [spoken, written] = [false, true].map(|through_text| {
            let engine = host::builder(&world, &Host::default()).build().unwrap();
            for told in world.by_time() {
                let event = told.event();
                survives(event.clone());
                let read = || Event::from_json(&event.to_json()).unwrap();
                let event = if through_text { read() } else { event.clone() };
                _ = engine.record(world.now(), event).unwrap();
            }
            let report = |who: &String| engine.customer_report(who.as_str(), world.now()).unwrap();
            let reports: Vec<_> = world.customers.iter().map(report).collect();
            serde_json::to_string(&reports).unwrap()
        });
        assert_eq!(spoken, written, "seed {seed}");
    }
}

/// Without an id, what was told through text is the same event still.
#[test]
fn an_event_without_an_id_is_the_same_through_text() {
    let catalog = Catalog::new([Item::new("espresso")]).unwrap();
    let engine = Engine::builder().catalog(catalog).build().unwrap();
    let all = DataCategory::BASE.into_iter();
    for who in [Identifier::from("ana"), Identifier::new(IdentifierKind::Cookie, "c")] {
        let consent = Event::consent(who.clone(), noon() - days(1))
            .level(Level::Collaborative)
            .allow_only(Purpose::Personalisation, all.clone());
        assert_eq!(engine.record(noon(), consent).unwrap(), Recorded::Accepted);
        let bought = Event::purchased(who.clone(), noon()).item("espresso").quantity(0.1);
        let said = Event::declared(who.clone(), noon()).attribute("x", 0.1).attribute("y", "z");
        let declined = Event::outcome(who, noon(), "mail", Reply::Declined);
        for event in [bought.into(), said.into(), declined.into()] {
            let event: Event = event;
            let read = Event::from_json(&event.to_json()).unwrap();
            assert_eq!(engine.record(noon(), event).unwrap(), Recorded::Accepted);
            assert_eq!(engine.record(noon(), read).unwrap(), Recorded::Duplicate);
        }
    }
}

/// A line that another producer wrote, in an order and with blanks of its own.
#[test]
fn a_foreign_line_is_read() {
    let line = r#"  { "amount" : "12.9 eur", "customer":{"email":"a@b"}, "at":"2026-03-02T13:00:00+01:00",
        "properties":{"note":"caf\u00e9"}, "event":"purchased","quantity":2 }  "#;
    let expected = Event::purchased(Identifier::new(IdentifierKind::Email, "a@b"), noon())
        .amount(Money::cents(1290, "EUR").unwrap())
        .quantity(2.0)
        .property("note", "café");
    assert_eq!(Event::from_json(line).unwrap(), expected.into());
    let dated = r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02"}"#;
    assert_eq!(Event::from_json(dated).unwrap().at(), "2026-03-02T00:00:00Z".parse().unwrap());
}

/// A word that stands for a customer's data, which no message may hold.
const SECRET: &str = "s3cret";

/// Each bad line, with the field that its error must name.
const BAD: [(&str, &str); 64] = [
    ("event", r#"{"customer": "s3cret", "at": "2026-03-02"}"#),
    ("event", r#"{"event": 7, "customer": "s3cret", "at": "2026-03-02"}"#),
    ("customer", r#"{"event": "viewed", "at": "2026-03-02", "item": "s3cret"}"#),
    ("customer", r#"{"event": "viewed", "customer": 7, "at": "2026-03-02"}"#),
    ("customer", r#"{"event": "viewed", "customer": {"s3cret": 7}, "at": "2026-03-02"}"#),
    ("customer", r#"{"event": "viewed", "customer": {}, "at": "2026-03-02"}"#),
    (
        "customer",
        r#"{"event": "viewed", "customer": {"a": "s3cret", "b": "c"}, "at": "2026-03-02"}"#,
    ),
    ("at", r#"{"event": "viewed", "customer": "s3cret"}"#),
    ("at", r#"{"event": "viewed", "customer": "ana", "at": "s3cret"}"#),
    ("at", r#"{"event": "viewed", "customer": "s3cret", "at": 1772452800}"#),
    ("at", r#"{"event": "viewed", "customer": "s3cret", "at": "2026-02-30"}"#),
    ("id", r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02", "id": 7}"#),
    (
        "channel",
        r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02", "channel": ["web"]}"#,
    ),
    ("item", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "item": ["s3cret"]}"#),
    (
        "quantity",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "quantity": "s3cret"}"#,
    ),
    (
        "amount",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "amount": "s3cret EUR"}"#,
    ),
    (
        "amount",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "amount": "1 s3cret"}"#,
    ),
    ("amount", r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02", "amount": 12.9}"#),
    (
        "amount",
        r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02", "amount": "99999999999999 EUR"}"#,
    ),
    (
        "order",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "order": {"s3cret": 1}}"#,
    ),
    ("place", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "place": false}"#),
    (
        "properties",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "properties": {"s3cret": null}}"#,
    ),
    (
        "properties",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "properties": {"x": ["s3cret", 7]}}"#,
    ),
    (
        "properties",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "properties": {"x": {"instant": "s3cret"}}}"#,
    ),
    (
        "properties_of",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "properties_of": {"x": "s3cret"}}"#,
    ),
    (
        "attributes",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "attributes": {"x": "s3cret"}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": ["s3cret"]}"#,
    ),
    (
        "attributes",
        r#"{"event": "inferred", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [["s3cret"]]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": ["s3cret", {"a": 1}]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [{"a": "s3cret"}, "b"]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [{"a": "s3cret"}, 7]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [{"a": ["s3cret", {"b": 1}]}]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": {"a": "s3cret"}}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [{"a": null, "b": "s3cret"}]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [{"a": "s3cret", "a": 2}]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": {"lat": 91, "lon": 0, "s3cret": 1}}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": {"lat": 90.1, "lon": 0}}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": {"lat": "s3cret", "lon": 0}}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": {"lat": 38.7}}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [38.7, "north"]}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": {"instant": "2026-03-02", "s3cret": 1}}}"#,
    ),
    (
        "attributes",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": [{"a": [{"a": [{"a": [{"a": [{"a": [{"s3cret": 1}]}]}]}]}]}]}}"#,
    ),
    ("source", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "source": 7}"#),
    ("source", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "source": "s3cret"}"#),
    ("until", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "until": "s3cret"}"#),
    (
        "until",
        r#"{"event": "consent", "customer": "s3cret", "at": "2026-03-02", "until": "2026-03-03"}"#,
    ),
    (
        "purpose",
        r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "purpose": ["s3cret"]}"#,
    ),
    (
        "purpose",
        r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "purpose": "s3cret"}"#,
    ),
    ("basis", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "basis": "s3cret"}"#),
    (
        "basis",
        r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02", "basis": "contract"}"#,
    ),
    ("item", r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "item": "s3cret"}"#),
    ("level", r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "level": "s3cret"}"#),
    ("level", r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02", "level": "off"}"#),
    ("allow", r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "allow": "s3cret"}"#),
    (
        "allow",
        r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "allow": ["s3cret"], "withdraw": ["s3cret"]}"#,
    ),
    (
        "allow_only",
        r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "allow_only": ["s3cret"]}"#,
    ),
    (
        "withdraw",
        r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "withdraw": {"s3cret": 1}}"#,
    ),
    (
        "object_to",
        r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "object_to": "s3cret"}"#,
    ),
    (
        "lift_objection",
        r#"{"event": "consent", "customer": "ana", "at": "2026-03-02", "lift_objection": 1}"#,
    ),
    ("identifier", r#"{"event": "linked", "customer": "s3cret", "at": "2026-03-02"}"#),
    (
        "action",
        r#"{"event": "outcome", "customer": "s3cret", "at": "2026-03-02", "reply": "declined"}"#,
    ),
    (
        "reply",
        r#"{"event": "outcome", "customer": "ana", "at": "2026-03-02", "action": "a", "reply": "s3cret"}"#,
    ),
    ("reply", r#"{"event": "outcome", "customer": "s3cret", "at": "2026-03-02", "action": "a"}"#),
    ("line", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "s3cret": 1}"#),
];

#[test]
fn what_is_wrong_is_named_and_not_quoted() {
    for (field, line) in BAD {
        refused(line, field);
    }
}

/// Not JSON, or not one object: the line is named, and the column where it breaks off.
#[test]
fn what_is_no_json_is_refused() {
    let whole = r#"{"event": "viewed", "customer": "s3cret", "at": "2026-03-02"}"#;
    for cut in (0..whole.len()).step_by(3) {
        refused(&whole[..cut], "line");
    }
    for line in ["null", "s3cret", "\"s3cret\"", "7", "[]", "{\"event\": s3cret}"] {
        refused(line, "line");
    }
    refused(&format!("{whole} {whole}"), "line");
    refused(&whole.replace("\"at\"", "\"event\": \"viewed\", \"at\""), "line");
}

#[track_caller]
fn refused(line: &str, field: &str) {
    let error = Event::from_json(line).expect_err(line);
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{line}");
    assert_eq!(error.field(), Some(field), "{line}: {error}");
    let said = format!("{error} {error:?}");
    assert!(!said.contains(SECRET), "{line}: {said}");
    assert!(error.to_string().contains("expected") || field == "line", "{line}: {error}");
}

/// What the text can hold and an event cannot is refused at the door, by its name.
#[test]
fn what_cannot_be_kept_is_refused_at_the_door() {
    let engine = Engine::builder().build().unwrap();
    let long = "x".repeat(257);
    let lines = [
        ("customer", r#"{"event": "viewed", "customer": "", "at": "2026-03-02"}"#.to_owned()),
        ("customer", format!(r#"{{"event": "viewed", "customer": "{long}", "at": "2026-03-02"}}"#)),
        ("customer", r#"{"event": "viewed", "customer": "a\nb", "at": "2026-03-02"}"#.to_owned()),
        ("event", r#"{"event": "", "customer": "ana", "at": "2026-03-02"}"#.to_owned()),
        ("at", r#"{"event": "viewed", "customer": "ana", "at": "1899-12-31"}"#.to_owned()),
        ("at", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-03"}"#.to_owned()),
        ("item", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "item": "no"}"#.to_owned()),
        ("quantity", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "quantity": -1}"#.to_owned()),
        ("quantity", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "quantity": 1e13}"#.to_owned()),
        ("amount", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "amount": "-1 EUR"}"#.to_owned()),
        ("attributes", r#"{"event": "declared", "customer": "ana", "at": "2026-03-02", "attributes": {"x": ""}}"#.to_owned()),
        ("attributes", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "attributes": {"x": ["a", ""]}}"#.to_owned()),
        ("attributes", format!(r#"{{"event": "observed", "customer": "ana", "at": "2026-03-02", "attributes": {{"x": {:?}}}}}"#, (0..65).map(|n| n.to_string()).collect::<Vec<_>>())),
        ("source", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "source": ""}"#.to_owned()),
        ("purpose", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "purpose": ""}"#.to_owned()),
        ("until", r#"{"event": "observed", "customer": "ana", "at": "2026-03-02", "until": "2026-03-02"}"#.to_owned()),
        ("channel", r#"{"event": "viewed", "customer": "ana", "at": "2026-03-02", "channel": ""}"#.to_owned()),
        ("id", format!(r#"{{"event": "viewed", "customer": "ana", "at": "2026-03-02", "id": "{}"}}"#, "x".repeat(10_000_000))),
    ];
    for (field, line) in lines {
        let event = Event::from_json(&line).unwrap();
        let error = engine.record(noon(), event).unwrap_err();
        let short: String = line.chars().take(200).collect();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{short}");
        assert_eq!(error.field(), Some(field), "{short}: {error}");
        assert!(error.to_string().contains("expected") && error.to_string().len() < 200, "{error}");
    }
}
