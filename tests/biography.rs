//! The biography, what is usual and where somebody stays, by example: what Ana allowed and
//! did, and what is known of it at each instant, as data that anybody can read, in
//! `tests/cases/biography.json`.
//!
//! A case has a name, what Ana chose (everything, if nothing is said), what happened, over
//! how many days is asked, and per instant what the answer says; what an answer says beyond
//! that is not looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use basics::of_ana;
use confidant::{
    Catalog, DataCategory, Engine, Event, Item, ItemId, Level, Purpose, Request, Session,
    Timestamp, days, session,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    consent: Option<Vec<Json>>,
    history: Vec<Json>,
    days: u32,
    #[serde(default)]
    utc_offset_minutes: i32,
    answers: BTreeMap<String, Json>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases/biography.json")).unwrap()
}

fn everything() -> Json {
    let names = DataCategory::BASE.map(|category| category.name().to_owned());
    json!({
        "event": "consent", "at": "2019-01-01T00:00:00Z", "level": "own_history",
        "allow_only": {"personalisation": names},
    })
}

/// An engine that knows what the case tells.
fn engine(case: &Case) -> Engine {
    let catalog = Catalog::new([
        Item::new("espresso").category(["food", "coffee"]),
        Item::new("tea").category(["food", "tea"]),
        Item::new("mug").category(["house"]),
        Item::new("voucher"),
    ]);
    let engine = Engine::builder().catalog(catalog.unwrap()).build().unwrap();
    let consent = case.consent.clone().unwrap_or_else(|| vec![everything()]);
    let late: Timestamp = "2026-12-31T00:00:00Z".parse().unwrap();
    let told: Vec<Event> = consent.iter().chain(&case.history).map(of_ana).collect();
    _ = engine.record_all(late, told);
    engine
}

/// Everything that the view says.
fn said(case: &Case, engine: &Engine, at: Timestamp) -> Json {
    let view = engine.view("ana", Purpose::Personalisation, at, None).unwrap();
    let biography = view.biography(days(case.days));
    let unresolved = biography.unresolved().count();
    json!({
        "biography": biography,
        "unresolved": unresolved,
        "usual": view.usual(days(case.days), case.utc_offset_minutes),
        "dwell": view.dwell(days(case.days)),
    })
}

/// Where the answer is not what is expected, as far as anything is.
fn differs(expected: &Json, answer: &Json) -> bool {
    match (expected, answer) {
        (Json::Object(expected), Json::Object(answer)) => expected
            .iter()
            .any(|(name, value)| answer.get(name).is_none_or(|said| differs(value, said))),
        (Json::Array(expected), Json::Array(answer)) => {
            expected.len() != answer.len()
                || expected.iter().zip(answer).any(|(expected, said)| differs(expected, said))
        }
        _ => expected != answer,
    }
}

#[test]
fn every_case_has_its_answer() {
    let mut wrong = Vec::new();
    for case in cases() {
        let engine = engine(&case);
        for (at, expected) in &case.answers {
            let answer = said(&case, &engine, at.parse().unwrap());
            if differs(expected, &answer) {
                wrong.push(format!("{} at {at}:\n  {expected}, not\n  {answer}", case.case));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_cases_and_each_has_a_name_of_its_own() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.case.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 24, "{}", cases.len());
}

/// What is told in another order is the same story.
#[test]
fn the_order_of_arrival_leaves_no_trace() {
    for case in cases() {
        let Case { history, .. } = &case;
        let reversed = Case {
            history: history.iter().rev().cloned().collect(),
            case: case.case.clone(),
            consent: case.consent.clone(),
            answers: BTreeMap::new(),
            ..case
        };
        let (told, reversed_told) = (engine(&case_of(&case.case)), engine(&reversed));
        for at in case_of(&case.case).answers.keys() {
            let at = at.parse().unwrap();
            let (told, turned) = (said(&reversed, &told, at), said(&reversed, &reversed_told, at));
            assert_eq!(told, turned, "{}", case.case);
        }
    }
}

fn case_of(name: &str) -> Case {
    cases().into_iter().find(|case| case.case == name).unwrap()
}

/// Nothing changes before an answer says so, and by an instant of no event at all it does.
#[test]
fn answers_hold_until_they_say() {
    let part = |answer: &Json, name: &str| {
        let mut part = answer[name].clone();
        let until = part.as_object_mut().unwrap().remove("until");
        (part, until.unwrap())
    };
    let mut ended = 0;
    for case in cases() {
        let engine = engine(&case);
        for at in case.answers.keys() {
            let answer = said(&case, &engine, at.parse().unwrap());
            for name in ["biography", "usual", "dwell"] {
                let (before, until) = part(&answer, name);
                let Ok(until) = until.as_str().unwrap().parse::<Timestamp>() else {
                    continue;
                };
                let last = said(&case, &engine, until - Duration::from_millis(1));
                assert_eq!(part(&last, name).0, before, "{} at {at}: {name}", case.case);
                ended += 1;
            }
        }
    }
    assert!(ended > 30, "{ended}");
}

/// The present visit: what is set by its own word is what rules ask for by name.
#[test]
fn the_present_visit_is_seen_where_it_may_be() {
    let engine = Engine::builder().build().unwrap();
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let visit = Session::new()
        .on(confidant::Channel::App)
        .device("phone")
        .browser("firefox")
        .place("Vienna")
        .viewing("tea")
        .viewing("espresso")
        .dwell(["food", "tea"], Duration::from_millis(1500))
        .dwell(["food", "tea"], Duration::from_millis(500));
    assert_eq!(visit.looking_at().map(ItemId::as_str), Some("espresso"));
    let stayed: Vec<u64> = visit.stayed().values().copied().collect();
    assert_eq!(stayed, [2000]);
    let asked = [("channel", "app"), ("device", "phone"), ("browser", "firefox")];
    let asked = asked.into_iter().chain([("place", "Vienna")]);
    let rules = engine.rules(asked.map(|(name, value)| session(name).is(value))).unwrap();
    let answers = |engine: &Engine| {
        let view = engine.view("ana", Purpose::Personalisation, now, Some(&visit)).unwrap();
        let answers = rules.ask(&view);
        (view.session() == Some(&visit), [0, 1, 2, 3].map(|n| rules.is_met(n, &answers)))
    };
    assert_eq!(answers(&engine), (true, [Some(true); 4]));
    _ = engine.record(now, Event::consent("ana", now).level(Level::Off)).unwrap();
    assert_eq!(answers(&engine), (false, [None; 4]));
}

#[test]
fn a_visit_that_is_no_visit_is_refused() {
    let engine = Engine::builder().build().unwrap();
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let second = Duration::from_secs(1);
    let nowhere: [&str; 0] = [];
    let many = (0..300).fold(Session::new(), |s, n| s.dwell([format!("shelf {n}")], second));
    let deep = Session::new().dwell((0..300).map(|n| format!("shelf {n}")), second);
    let silent = Session::new().dwell([""], second);
    for visit in [Session::new().dwell(nowhere, second), many, deep, silent] {
        let request = Request::new("ana", confidant::Channel::Web, now).during(visit.clone());
        assert!(engine.decide(&request).is_err());
        assert!(engine.view("ana", Purpose::Personalisation, now, Some(&visit)).is_err());
    }
}
