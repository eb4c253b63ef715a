//! Bad input: a typed error that names the field and what would be right, quotes nothing
//! of a customer's, and leaves nothing half-written; of a batch, the rest is kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::time::Duration;

use confidant::*;

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn shop() -> Engine {
    let engine = Engine::builder()
        .catalog(Catalog::new([Item::new("espresso"), Item::new("mug")]).unwrap())
        .skew(minutes(5))
        .build()
        .unwrap();
    let open = Event::consent("ana", now() - days(1))
        .level(Level::Collaborative)
        .allow(Purpose::Personalisation)
        .allow(Purpose::IdentityLinking);
    let _ = engine.record(now(), open).unwrap();
    engine
}

/// All that the shop holds of a customer, as bytes.
fn kept(engine: &Engine, customer: &str) -> String {
    serde_json::to_string(&engine.customer_report(customer, now()).unwrap()).unwrap()
}

const SECRET: &str = "geheim-4711";

/// An error as every bad input must have it.
fn is_well_said(error: &Error, field: &str) {
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
    assert_eq!(error.field(), Some(field), "{text}");
    assert!(text.contains("expected"), "it does not say what would be right: {text}");
    assert!(text.len() < 300, "it quotes what it was given: {}", text.len());
    assert!(!format!("{error:?} {text}").contains(SECRET), "it quotes a customer: {text}");
}

fn bought() -> Behaviour {
    Event::purchased("ana", now()).item("espresso").property("note", SECRET)
}

/// Every text of every kind of event, with one text in its place.
fn with_text(text: &str) -> Vec<(Event, &'static str)> {
    let at = now();
    let email = |value: &str| Identifier::new(IdentifierKind::Email, value);
    let custom = |kind: &str| Identifier::new(IdentifierKind::Custom(kind.into()), "1");
    let choose = || Event::consent("ana", at);
    vec![
        (Event::viewed(text, at).into(), "customer"),
        (Event::viewed(email(text), at).into(), "customer"),
        (Event::viewed(custom(text), at).into(), "identifier kind"),
        (bought().id(text).into(), "id"),
        (bought().item(text).into(), "item"),
        (bought().order(text).into(), "order"),
        (bought().place(text).into(), "place"),
        (bought().action(text).into(), "action"),
        (bought().on(Channel::custom(text)).into(), "channel"),
        (bought().property(text, 1).into(), "properties"),
        (bought().property("p", text).into(), "properties"),
        (bought().property_of(DataCategory::custom(text), "p", 1).into(), "category"),
        (Event::custom("ana", at, text).into(), "event"),
        (Event::declared("ana", at).attribute(text, 1).into(), "attributes"),
        (Event::declared("ana", at).attribute("a", text).into(), "attributes"),
        (Event::linked("ana", at, text).into(), "identifier"),
        (Event::linked("ana", at, email(text)).into(), "identifier"),
        (Event::outcome("ana", at, text, Reply::Declined).into(), "action"),
        (Event::outcome("ana", at, text, Reply::Accepted).into(), "action"),
        (choose().allow(Purpose::custom(text)).into(), "purpose"),
        (
            choose().allow_only(Purpose::Personalisation, [DataCategory::custom(text)]).into(),
            "category",
        ),
        (choose().object_to(Channel::custom(text)).into(), "channel"),
    ]
}

#[test]
fn texts_that_cannot_be_kept_are_refused_by_name() {
    let engine = shop();
    let before = kept(&engine, "ana");
    let huge = "x".repeat(10_000_000);
    let over = "é".repeat(129);
    for text in ["", "a\nb", "\u{0}", over.as_str(), huge.as_str()] {
        for (event, field) in with_text(text) {
            let error = engine.record(now(), event).unwrap_err();
            is_well_said(&error, field);
        }
    }
    assert_eq!(kept(&engine, "ana"), before, "something was half-written");
    // 256 bytes are enough for anybody.
    let longest = "é".repeat(128);
    for (event, field) in with_text(&longest) {
        if field != "item" {
            let _ = engine.record(now(), event).unwrap();
        }
    }
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let engine = shop();
    let before = kept(&engine, "ana");
    let euros = |cents| Money::cents(cents, "EUR").unwrap();
    let mut wrong: Vec<(Event, &str)> =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.001, 1.1e12]
            .into_iter()
            .map(|quantity| (bought().quantity(quantity).into(), "quantity"))
            .collect();
    for number in [f64::NAN, f64::INFINITY] {
        wrong.push((bought().property("p", number).into(), "properties"));
        let fact = Event::declared("ana", now()).attribute("a", number);
        wrong.push((fact.into(), "attributes"));
    }
    wrong.push((bought().amount(euros(-1)).into(), "amount"));
    let late = Value::from(Timestamp::MAX);
    wrong.push((bought().property("p", late).into(), "properties"));
    for (event, field) in wrong {
        is_well_said(&engine.record(now(), event).unwrap_err(), field);
    }
    assert_eq!(kept(&engine, "ana"), before);
    let good = bought().quantity(0.0).amount(euros(0)).property("p", -0.0);
    assert_eq!(engine.record(now(), good).unwrap(), Recorded::Accepted);
}

#[test]
fn money_that_cannot_be_is_refused() {
    for (wrong, field) in [
        (Money::units(f64::NAN, "EUR"), "amount"),
        (Money::units(1e300, "EUR"), "amount"),
        (Money::cents(i64::MAX, "EUR"), "amount"),
        (Money::cents(1, "euro"), "currency"),
        (Money::cents(1, "€€€"), "currency"),
        ("12,90 EUR".parse(), "amount"),
        ("1.0000001 EUR".parse(), "amount"),
        ("99999999999999999999 EUR".parse(), "amount"),
        ("geheim-4711".parse(), "amount"),
    ] {
        is_well_said(&wrong.unwrap_err(), field);
    }
}

/// The skew is exact: at its edge yes, a millisecond beyond no.
#[test]
fn the_future_begins_after_the_skew() {
    let engine = shop();
    let edge = now() + minutes(5);
    assert_eq!(engine.record(now(), Event::viewed("ana", edge)).unwrap(), Recorded::Accepted);
    let beyond = Event::viewed("ana", edge + Duration::from_millis(1));
    is_well_said(&engine.record(now(), beyond.clone()).unwrap_err(), "at");
    // The same event is welcome when its time is near.
    let later = now() + Duration::from_millis(1);
    assert_eq!(engine.record(later, beyond).unwrap(), Recorded::Accepted);
    for at in [Timestamp::MAX, Timestamp::MIN, Timestamp::from_millis(i64::MIN + 1)] {
        let error = engine.record(Timestamp::MAX, Event::viewed("ana", at)).unwrap_err();
        is_well_said(&error, "at");
    }
}

#[test]
fn unknown_items_are_refused_and_the_known_are_not() {
    let engine = shop();
    let error = engine.record(now(), bought().item(SECRET)).unwrap_err();
    is_well_said(&error, "item");
    assert!(error.to_string().contains("catalogue"));
    assert_eq!(engine.record(now(), bought()).unwrap(), Recorded::Accepted);
}

#[test]
fn there_can_be_too_many_properties() {
    let engine = shop();
    let before = kept(&engine, "ana");
    let many = |most: usize| (0..most).fold(bought(), |b, n| b.property(format!("p{n}"), 1));
    let facts = |most: usize| {
        (0..most).fold(Event::declared("ana", now()), |d, n| d.attribute(format!("a{n}"), 1))
    };
    is_well_said(&engine.record(now(), many(64)).unwrap_err(), "properties");
    is_well_said(&engine.record(now(), facts(65)).unwrap_err(), "attributes");
    assert_eq!(kept(&engine, "ana"), before);
    assert_eq!(engine.record(now(), many(63)).unwrap(), Recorded::Accepted);
    assert_eq!(engine.record(now(), facts(64)).unwrap(), Recorded::Accepted);
}

#[test]
fn lines_that_are_no_events_say_where_and_why() {
    let line = |rest: &str| {
        format!(r#"{{"event":"viewed","customer":"{SECRET}","at":"2026-01-01T00:00:00Z"{rest}}}"#)
    };
    let long = format!(r#","item":["{SECRET}"]"#);
    for (wrong, field) in [
        (String::new(), "line"),
        ("null".into(), "line"),
        ("[]".into(), "line"),
        ("{".into(), "line"),
        (format!(r#"{{"customer":"{SECRET}"#), "line"),
        ("{} {}".into(), "line"),
        (format!("{} x", line("")), "line"),
        ("{}".into(), "event"),
        (r#"{"event":"viewed"}"#.into(), "customer"),
        (r#"{"event":"viewed","customer":"a"}"#.into(), "at"),
        (line(&format!(r#","{SECRET}":1"#)), "line"),
        (line(r#","item":"a","item":"b""#), "line"),
        (line(&long), "item"),
        (line(r#","quantity":"two""#), "quantity"),
        (line(r#","amount":"12.90""#), "amount"),
        (line(r#","amount":12.90"#), "amount"),
        (line(r#","id":7"#), "id"),
        (line(r#","channel":{}"#), "channel"),
        (line(r#","properties":{"p":[1,"a"]}"#), "properties"),
        (line(r#","properties":{"p":[[1]]}"#), "properties"),
        (line(r#","properties":{"p":null}"#), "properties"),
        (line(r#","level":"off""#), "level"),
        (line(r#","reply":"bounced""#), "reply"),
        (line(r#","attributes":{"a":1}"#), "attributes"),
        (line(r#","identifier":"x""#), "identifier"),
        (line("").replace("2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z"), "at"),
        (line("").replace("2026-01-01T00:00:00Z", SECRET), "at"),
        (line("").replace(&format!(r#""{SECRET}""#), r#"{"email":"a","phone":"b"}"#), "customer"),
        (line("").replace(&format!(r#""{SECRET}""#), "{}"), "customer"),
        (line("").replace("viewed", "outcome"), "action"),
        (line(r#","action":"a","reply":"maybe""#).replace("viewed", "outcome"), "reply"),
        (line(r#","level":"everything""#).replace("viewed", "consent"), "level"),
        (
            line(r#","allow":["personalisation"],"withdraw":["personalisation"]"#)
                .replace("viewed", "consent"),
            "allow",
        ),
        (line("").replace("viewed", "linked"), "identifier"),
        ("[".repeat(100_000), "line"),
        (format!(r#"{{"properties":{}"#, r#"{"a":"#.repeat(100_000)), "properties"),
    ] {
        let error = Event::from_json(&wrong).unwrap_err();
        assert_eq!(error.field(), Some(field), "{wrong:.200}: {error}");
        is_well_said(&error, field);
    }
}

/// A number that is no number survives no round trip; neither does anything else change.
#[test]
fn lines_are_read_as_they_were_written() {
    let event: Event = bought()
        .quantity(2.5)
        .amount(Money::cents(1290, "EUR").unwrap())
        .property_of(DataCategory::Opinions, "taste", "good")
        .property("at", now())
        .on(Channel::custom("kiosk"))
        .id("1")
        .into();
    assert_eq!(Event::from_json(&event.to_json()).unwrap(), event);
    let nan: Event = bought().quantity(f64::NAN).into();
    assert!(Event::from_json(&nan.to_json()).is_err());
}

#[test]
fn of_a_batch_the_rest_is_kept_and_the_refused_are_named() {
    let engine = shop();
    let at = now();
    let view = |customer: &str, id: &str| Event::viewed(customer, at).id(id);
    let events: Vec<Event> = vec![
        view("ana", "1").into(),
        view("ana", "2").item("unknown").into(),
        view("", "3").into(),
        view("ben", "4").into(),
        Event::purchased("ben", at).id("5").into(),
        view("ana", "1").into(),
        Event::viewed("ana", at + days(1)).id("6").into(),
        view("ana", "7").quantity(f64::NAN).into(),
        view("ana", "8").item("mug").into(),
        Event::linked("ben", at, "benjamin").id("9").into(),
    ];
    // With a link in it and without, batches take two ways.
    for linked in [false, true] {
        let engine = if linked { shop() } else { engine_of(&engine) };
        let events = events.iter().take(if linked { 10 } else { 9 }).cloned();
        let report = engine.record_all(at, events);
        assert_eq!((report.accepted, report.duplicates), (3, 1), "{report:?}");
        let told: Vec<(usize, String)> = report
            .refused
            .iter()
            .map(|(place, refusal)| match refusal {
                Refusal::Error(error) => {
                    assert!(error.to_string().contains("expected"));
                    (*place, error.field().unwrap().to_owned())
                }
                Refusal::NotAllowed(NotAllowed::Known) => (*place, "known".to_owned()),
                Refusal::NotAllowed(NotAllowed::Erased) => (*place, "erased".to_owned()),
                Refusal::NotAllowed(
                    NotAllowed::Category(category) | NotAllowed::Expired(category),
                ) => (*place, category.to_string()),
                Refusal::NotAllowed(NotAllowed::Purpose(purpose)) => (*place, purpose.to_string()),
            })
            .collect();
        let mut expected = vec![
            (1, "item".to_owned()),
            (2, "customer".to_owned()),
            (3, "browsing".to_owned()),
            (6, "at".to_owned()),
            (7, "quantity".to_owned()),
        ];
        if linked {
            expected.push((9, "identity linking".to_owned()));
        }
        assert_eq!(told, expected);
        let of =
            |customer: &str| engine.customer_report(customer, at).unwrap().unwrap().history.len();
        assert_eq!((of("ana"), of("ben")), (2, 1));
    }
}

/// A shop of its own, as fresh as another.
fn engine_of(_: &Engine) -> Engine {
    shop()
}

/// What was turned away was never an event, and may be sent again.
#[test]
fn what_was_not_allowed_may_be_sent_again() {
    let engine = shop();
    let view = Event::viewed("ben", now()).id("1");
    let first = engine.record(now(), view.clone()).unwrap();
    assert_eq!(first, Recorded::NotAllowed(NotAllowed::Category(DataCategory::Browsing)));
    let open =
        Event::consent("ben", now()).level(Level::OwnHistory).allow(Purpose::Personalisation);
    let _ = engine.record(now(), open).unwrap();
    assert_eq!(engine.record(now(), view.clone()).unwrap(), Recorded::Accepted);
    assert_eq!(engine.record(now(), view).unwrap(), Recorded::Duplicate);
}

#[test]
fn what_cannot_work_is_not_built() {
    let web = || Treatment::on(Channel::Web);
    let action = |id: &str| Action::new(id).treatment(web());
    let wrong: Vec<(&str, EngineBuilder)> = vec![
        ("action", Engine::builder().action(action(""))),
        ("treatment", Engine::builder().action(Action::new("a"))),
        ("value", Engine::builder().action(action("a").value(f64::NAN))),
        ("value", Engine::builder().action(action("a").value(-1.0))),
        ("accepted_by", Engine::builder().action(action("a").accepted_by(1.5))),
        ("belief_weighs", Engine::builder().action(action("a").belief_weighs(0.0))),
        ("lever", Engine::builder().action(action("a").lever(f64::INFINITY))),
        ("costs", Engine::builder().action(Action::new("a").treatment(web().costs(-1.0)))),
        ("twice", Engine::builder().action(action("a")).action(action("a"))),
        ("exploration", Engine::builder().exploration(1.1)),
        ("quiet", Engine::builder().contact(ContactPolicy::new().quiet_hours(24, 3))),
        ("cap", Engine::builder().contact(ContactPolicy::new().cap(1, Duration::ZERO))),
        ("recommender", Engine::builder().action(action("a").recommends("r", Scope::All, 1))),
        ("segment", Engine::builder().action(action("a").when(in_segment("s")))),
        ("catalogue", Engine::builder().action(action("a").about(["nothing"]))),
        ("support", Engine::builder().recommender("r", ItemItem::params().support(0))),
        (
            "half_life_days",
            Engine::builder().recommender("r", Popularity::params().half_life_days(0)),
        ),
    ];
    let recommenders: Vec<(&str, Recommender)> = vec![
        ("purchases", Related::params().purchases(10_001).into()),
        ("tiers", UpSell::params().tiers(1).into()),
        ("tiers", UpSell::params().tiers(101).into()),
        ("step", UpSell::params().step(0).into()),
        ("`by`", UpSell::params().by("").into()),
        ("window_days", Studied::params().window_days(0).into()),
        ("looks", Studied::params().looks(0).into()),
        ("minutes", Studied::params().minutes(10_001).into()),
        ("share", Studied::params().share(1.01).into()),
        ("share", Studied::params().share(f64::NAN).into()),
        ("weight", Content::params().brand(f64::NAN).into()),
        ("weight", Content::params().suits("skin", -1.0).into()),
        ("nothing counts", Content::params().brand(0.0).category(0.0).into()),
        ("attribute", Content::params().attribute("", 1.0).into()),
        ("half_after", Content::params().half_after(0).into()),
    ];
    let recommenders = recommenders.into_iter();
    let recommenders = recommenders.map(|(word, r)| (word, Engine::builder().recommender("r", r)));
    for (word, builder) in wrong.into_iter().chain(recommenders) {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{word}: {error}");
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
    let price = Item::new("a").price(Money::cents(-1, "EUR").unwrap());
    assert_eq!(Catalog::new([price]).unwrap_err().field(), Some("price"));
    assert_eq!(Catalog::new([Item::new("")]).unwrap_err().field(), Some("item"));
    let twice = Catalog::new([Item::new("a"), Item::new("a")]);
    assert_eq!(twice.unwrap_err().field(), Some("item"));
}

#[test]
fn relations_and_vectors_that_cannot_be_are_refused() {
    let vector = |numbers: &[f32]| Item::new("a").vector("skin", numbers.iter().copied());
    let many = |relate: fn(Item, String) -> Item| {
        (0..1001).map(|n| n.to_string()).fold(Item::new("a"), relate)
    };
    let two = [vector(&[1.0]), Item::new("b").vector("skin", [1.0, 2.0])];
    for (field, items) in [
        ("vector", vec![vector(&[])]),
        ("vector", vec![vector(&[0.0; 1025])]),
        ("vector", vec![vector(&[1.0, f32::NAN])]),
        ("vector", vec![vector(&[f32::INFINITY])]),
        ("vector", vec![Item::new("a").vector("", [1.0])]),
        ("vector", two.into()),
        ("accessory", vec![Item::new("a").accessory("")]),
        ("accessory", vec![many(Item::accessory)]),
        ("substitute", vec![many(Item::substitute)]),
    ] {
        is_well_said(&Catalog::new(items).unwrap_err(), field);
    }
    let good = [vector(&[0.0; 1024]), Item::new("b").vector("face", [1.0]).accessory("nothing")];
    assert_eq!(Catalog::new(good).unwrap().len(), 2);
    let engine = shop();
    for numbers in [vec![f64::NAN], vec![1.0, f64::INFINITY], vec![0.0; 1025]] {
        let said = Event::declared("ana", now()).attribute("skin", Value::numbers(numbers));
        is_well_said(&engine.record(now(), said).unwrap_err(), "attributes");
    }
    let most = Event::declared("ana", now()).attribute("skin", Value::numbers([0.5; 1024]));
    assert_eq!(Event::from_json(&Event::from(most.clone()).to_json()).unwrap(), most.into());
}
