//! Conditions by example: what is known of Ana, what is asked, and the answer at each
//! instant, as data that anybody can read, in `tests/cases/`.
//!
//! A case has a name, what Ana chose (everything, if nothing is said), what she did, her
//! present visit if there is one, the condition in words and as data, and per instant
//! whether it is true, false, or, as `null`, not to be known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::{BTreeMap, BTreeSet};

use confidant::{
    Catalog, Condition, DataCategory, Engine, Event, Item, PrivacyPolicy, Purpose, Refusal,
    Segment, Session, Timestamp,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    consent: Option<Vec<Json>>,
    visit: Option<BTreeMap<String, Json>>,
    history: Vec<Json>,
    says: String,
    condition: Condition,
    answers: BTreeMap<String, Option<bool>>,
}

const FILES: [(&str, &str); 15] = [
    ("windows", include_str!("cases/windows.json")),
    ("counting", include_str!("cases/counting.json")),
    ("filters", include_str!("cases/filters.json")),
    ("recency", include_str!("cases/recency.json")),
    ("attributes", include_str!("cases/attributes.json")),
    ("consent", include_str!("cases/consent.json")),
    ("logic", include_str!("cases/logic.json")),
    ("visit", include_str!("cases/visit.json")),
    ("value_tests", include_str!("cases/value_tests.json")),
    ("calendar", include_str!("cases/calendar.json")),
    ("figures", include_str!("cases/figures.json")),
    ("sequences", include_str!("cases/sequences.json")),
    ("points", include_str!("cases/points.json")),
    ("lists", include_str!("cases/lists.json")),
    ("properties", include_str!("cases/properties.json")),
];

fn cases() -> Vec<Case> {
    FILES
        .into_iter()
        .flat_map(|(name, text)| {
            let cases: Result<Vec<Case>, _> = serde_json::from_str(text);
            cases.unwrap_or_else(|error| panic!("{name}: {error}"))
        })
        .collect()
}

/// A shop with a shelf of coffee and one of tea; what is bought on prescription is
/// special.
fn engine(condition: &Condition) -> Engine {
    let catalog = Catalog::new([
        Item::new("espresso").category(["food", "coffee"]),
        Item::new("tea").category(["food", "tea"]),
        Item::new("sugar").category(["food"]),
        Item::new("mug").category(["house"]),
    ]);
    let health = DataCategory::custom("health");
    let privacy = PrivacyPolicy::new()
        .special(health.clone())
        .kind("bought_prescription", health)
        .attribute("age", DataCategory::Demographics);
    let segment = Segment::new("asked", condition.clone());
    Engine::builder().catalog(catalog.unwrap()).privacy(privacy).segment(segment).build().unwrap()
}

/// An event of Ana's.
fn event(line: &Json) -> Event {
    let mut line = line.clone();
    line["customer"] = json!("ana");
    Event::from_json(&line.to_string()).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn session(visit: &BTreeMap<String, Json>) -> Session {
    visit.iter().fold(Session::new(), |session, (name, value)| match value {
        Json::String(text) => session.set(name.as_str(), text.as_str()),
        Json::Number(number) => session.set(name.as_str(), number.as_f64().unwrap()),
        Json::Bool(flag) => session.set(name.as_str(), *flag),
        other => panic!("a visit cannot hold {other}"),
    })
}

impl Case {
    /// An engine that knows what the case tells.
    fn engine(&self) -> Engine {
        let engine = engine(&self.condition);
        let health = DataCategory::custom("health");
        let categories: Vec<DataCategory> =
            DataCategory::BASE.into_iter().chain([health]).collect();
        let names: Vec<&str> = categories.iter().map(DataCategory::name).collect();
        let everything = json!({
            "event": "consent", "at": "2019-01-01T00:00:00Z", "level": "collaborative",
            "allow_only": {"personalisation": names},
        });
        let consent = self.consent.clone().unwrap_or_else(|| vec![everything]);
        let late: Timestamp = "2026-12-31T00:00:00Z".parse().unwrap();
        let told: Vec<Event> = consent.iter().chain(&self.history).map(event).collect();
        let report = engine.record_all(late, told);
        for (_, refusal) in report.refused {
            assert!(matches!(refusal, Refusal::NotAllowed(_)), "{}: {refusal:?}", self.case);
        }
        engine
    }

    fn answer(&self, engine: &Engine, at: Timestamp) -> Option<bool> {
        let rules = [self.condition.clone()];
        let rules = engine.rules(rules).unwrap();
        let session = self.visit.as_ref().map(session);
        let purpose = Purpose::Personalisation;
        let view = engine.view("ana", purpose, at, session.as_ref()).unwrap();
        rules.is_met(0, &rules.ask(&view))
    }
}

#[test]
fn every_case_has_its_answer() {
    let mut wrong = Vec::new();
    for case in cases() {
        let engine = case.engine();
        for (at, expected) in &case.answers {
            let answer = case.answer(&engine, at.parse().unwrap());
            if answer != *expected {
                wrong.push(format!("{} at {at}: {answer:?}, not {expected:?}", case.case));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words are what a host and a customer read: they say what is asked.
#[test]
fn every_case_is_said_in_words() {
    for case in cases() {
        assert_eq!(case.condition.to_string(), case.says, "{}", case.case);
        let written = serde_json::to_string(&case.condition).unwrap();
        let read: Condition = serde_json::from_str(&written).unwrap();
        assert_eq!(read, case.condition, "{}: {written}", case.case);
    }
}

/// A segment with the same condition holds Ana when it is true, and only then: unless
/// she allows nothing, or it hangs on a visit that a segment does not know.
#[test]
fn a_segment_holds_whoever_meets_its_condition() {
    let mut compared = 0;
    for case in cases().into_iter().filter(|case| case.visit.is_none()) {
        let engine = case.engine();
        for (at, expected) in &case.answers {
            let at: Timestamp = at.parse().unwrap();
            let nothing = case.consent.as_ref().is_some_and(Vec::is_empty);
            if nothing {
                continue;
            }
            let members = engine.segments_of("ana", at).unwrap();
            assert_eq!(members.len() == 1, *expected == Some(true), "{} at {at}", case.case);
            compared += 1;
        }
    }
    assert!(compared > 350, "{compared}");
}

/// Until when an answer holds is no later than when it is another one.
#[test]
fn no_answer_is_said_to_hold_for_too_long() {
    let mut changes = 0;
    for case in cases().into_iter().filter(|case| case.visit.is_none()) {
        let engine = case.engine();
        let mut answers: Vec<(Timestamp, bool)> = case
            .answers
            .iter()
            .map(|(at, expected)| (at.parse().unwrap(), *expected == Some(true)))
            .collect();
        answers.sort();
        for two in answers.windows(2) {
            let [(now, before), (later, after)] = [two[0], two[1]];
            if before != after {
                let until = engine.explain_segment("ana", "asked", now).unwrap().until;
                assert!(until <= later, "{}: at {now} until {until}, not {later}", case.case);
                changes += 1;
            }
        }
    }
    assert!(changes > 100, "{changes}");
}

#[test]
fn there_are_enough_cases_and_each_has_a_name_of_its_own() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.case.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 230, "{}", cases.len());
    for answer in [Some(true), Some(false), None] {
        let n = cases.iter().flat_map(|case| case.answers.values()).filter(|a| **a == answer);
        assert!(n.count() >= 15, "{answer:?}");
    }
}
