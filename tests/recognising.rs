//! Who is calling: one identifier alone, and what may be said. The stories stand as data
//! in `tests/cases/recognising.json`: what everybody allows, what was told, who calls, and
//! the answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;

use std::collections::{BTreeMap, BTreeSet};

use basics::{event, identifier, taken};
use confidant::*;
use dice::Dice;
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    /// Purposes, or a purpose with its categories, by customer number; on the first of
    /// March.
    allow: BTreeMap<String, Json>,
    told: Vec<Json>,
    calls: Json,
    at: Timestamp,
    answer: Answer,
}

/// What the neutral greeting is made of, if nothing is said.
#[derive(Deserialize, Debug, PartialEq, Default)]
#[serde(default, deny_unknown_fields)]
struct Answer {
    /// A customer number, `stranger` or `shared`.
    caller: String,
    name: Option<String>,
    form_of_address: Option<String>,
    language: Option<String>,
    /// What is open, with its order, if it has one.
    open: Vec<(Json, Option<String>)>,
    until: Option<Timestamp>,
}

fn march() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// What is said to hold later is known by then.
fn april() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases/recognising.json")).unwrap()
}

fn answer(recognition: &Recognition) -> Answer {
    let text = |text: &Option<_>| text.as_deref().map(str::to_owned);
    Answer {
        caller: match &recognition.caller {
            Caller::Known(customer) => customer.value().to_owned(),
            Caller::Stranger => "stranger".to_owned(),
            Caller::Shared => "shared".to_owned(),
        },
        name: text(&recognition.name),
        form_of_address: text(&recognition.form_of_address),
        language: text(&recognition.language),
        open: recognition
            .open
            .iter()
            .map(|matter| {
                let order = matter.order.as_ref().map(|order| order.as_str().to_owned());
                (serde_json::to_value(matter.hint).unwrap(), order)
            })
            .collect(),
        until: Some(recognition.until).filter(|until| *until < Timestamp::MAX),
    }
}

impl Case {
    fn choices(&self) -> Vec<Event> {
        let all = self.allow.iter().map(|(customer, allow)| {
            event(&json!({
                "event": "consent", "customer": customer, "at": "2026-03-01T00:00:00Z",
                "level": "own_history", "allow": allow,
            }))
        });
        all.collect()
    }

    fn shop(&self, told: &[Json], seal_after: usize) -> Engine {
        let privacy = PrivacyPolicy::new()
            .attribute("language", DataCategory::Demographics)
            .keep_for(DataCategory::Service, days(60));
        let catalog = Catalog::new(["tea", "mug"].map(Item::new)).unwrap();
        let engine = Engine::builder().privacy(privacy).catalog(catalog).seal_after(seal_after);
        let engine = engine.build().unwrap();
        for event in self.choices() {
            taken(engine.record(march(), event));
        }
        for line in told {
            // What nobody may keep is not kept; what is wrong fails here.
            let _ = engine.record(april(), event(line)).unwrap();
        }
        engine
    }

    fn asked(&self, engine: &Engine, at: Timestamp) -> Answer {
        answer(&engine.recognise(identifier(&self.calls), at).unwrap())
    }
}

#[test]
fn every_caller_gets_what_may_be_said() {
    let mut dice = Dice::new(7);
    for case in cases() {
        let mut told = case.told.clone();
        for turn in 0..8 {
            let engine = case.shop(&told, [2_048, 2][turn % 2]);
            assert_eq!(case.asked(&engine, case.at), case.answer, "{}", case.story);
            dice.shuffle(&mut told);
            told.extend(dice.some(20, &case.told));
        }
    }
}

#[test]
fn an_answer_holds_until_it_says() {
    for case in cases() {
        let engine = case.shop(&case.told, 2_048);
        let mut at = case.at;
        for _ in 0..12 {
            let now = case.asked(&engine, at);
            let until = now.until.unwrap_or(Timestamp::MAX);
            assert!(until > at, "{}", case.story);
            let mut probes = vec![at + hours(1), at + days(3), at + days(50), at + days(200)];
            probes.push(Timestamp::from_millis(until.as_millis() - 1));
            for probe in probes.into_iter().filter(|probe| *probe >= at && *probe < until) {
                assert_eq!(case.asked(&engine, probe), now, "{} at {probe}", case.story);
            }
            let Some(next) = now.until else { break };
            at = next;
        }
    }
}

#[test]
fn each_story_is_one_of_its_own() {
    let cases = cases();
    let stories: BTreeSet<&str> = cases.iter().map(|case| case.story.as_str()).collect();
    assert_eq!(stories.len(), cases.len());
    assert!(cases.len() >= 20, "{}", cases.len());
    let callers: BTreeSet<&str> = cases.iter().map(|c| c.answer.caller.as_str()).collect();
    assert_eq!(callers, ["ana", "shared", "stranger"].into());
}

/// Whoever allows nothing is greeted as a stranger is, whatever is kept of them.
#[test]
fn without_consent_nobody_is_told_apart_from_a_stranger() {
    for case in cases() {
        let engine = case.shop(&case.told, 2_048);
        for customer in case.allow.keys() {
            let no = Event::consent(customer.as_str(), case.at - minutes(1));
            let no = no.withdraw(Purpose::Personalisation);
            taken(engine.record(case.at, no));
        }
        let stranger = Answer { caller: "stranger".to_owned(), ..Answer::default() };
        let shared = Answer { caller: "shared".to_owned(), ..Answer::default() };
        let found = case.asked(&engine, case.at);
        let right = [stranger, shared].contains(&Answer { until: None, ..found });
        assert!(right, "{}", case.story);
    }
}

#[test]
fn the_host_says_which_attributes_greet() {
    let greeting = Greeting::new()
        .name("first_name")
        .form_of_address("title")
        .language("tongue")
        .remember_for(days(2));
    let engine = Engine::builder().greeting(greeting).build().unwrap();
    let now = march();
    let yes = Event::consent("ana", now).level(Level::OwnHistory).allow(Purpose::Personalisation);
    let said = Event::declared("ana", now)
        .attribute("name", "Smith")
        .attribute("first_name", "Ana")
        .attribute("title", "Dr")
        .attribute("tongue", "pt");
    let events: [Event; 3] =
        [yes.into(), said.into(), Event::complained("ana", now).order("1").into()];
    assert_eq!(engine.record_all(now, events).accepted, 3);
    // Another engine that runs on what this one does greets in the same way.
    let other = Snapshot::from_bytes(&engine.snapshot().to_bytes()).unwrap();
    engine.swap(other);
    let found = engine.recognise("ana", now + days(1)).unwrap();
    let texts = [&found.name, &found.form_of_address, &found.language];
    let expected = ["Ana", "Dr", "pt"];
    assert_eq!(texts.map(|text| text.as_deref().unwrap()), expected);
    assert_eq!((found.hint(), found.until), (Some(Hint::OpenComplaint), now + days(2)));
    assert_eq!(engine.recognise("ana", now + days(2)).unwrap().hint(), None);
    let nameless = Engine::builder().greeting(Greeting::new().name("")).build();
    assert_eq!(nameless.unwrap_err().kind(), ErrorKind::InvalidConfiguration);
}

#[test]
fn who_hides_the_number_is_a_stranger_and_no_number_is_a_mistake() {
    let engine = Engine::builder().build().unwrap();
    let phone = |value: &str| Identifier::new(IdentifierKind::Phone, value);
    for hidden in ["anonymous", "Unknown", "+0", " - "] {
        let found = engine.recognise(phone(hidden), march()).unwrap();
        assert_eq!(found.caller, Caller::Stranger);
    }
    let error = engine.recognise(phone(""), march()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("identifier")));
}
