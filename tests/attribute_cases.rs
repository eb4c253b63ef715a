//! Which value of an attribute counts, by example: what was told of Ana, and what counts at
//! each instant, as data that anybody can read, in `tests/cases/attribute_merge.json`.
//!
//! A case has a name, the host's rules if there are any, what Ana chose (personalisation
//! and research, if nothing is said), what was told of her, the purpose that looks
//! (personalisation, if nothing is said), and per instant all that counts, with where it
//! came from. The order in which things are told must not matter, nor must the store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::{BTreeMap, BTreeSet};

use common::dice::Dice;
use confidant::{
    AttributeRule, Attributes, DataCategory, Engine, Event, Known, Level, PrivacyPolicy, Purpose,
    Refusal, Timestamp,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    #[serde(default)]
    rules: BTreeMap<String, Rule>,
    consent: Option<Vec<Json>>,
    purpose: Option<String>,
    told: Vec<Json>,
    counts: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    is: String,
    counts: String,
    #[serde(default)]
    sources: Vec<String>,
}

impl Rule {
    fn rule(&self) -> AttributeRule {
        let rule = match self.is.as_str() {
            "text" => AttributeRule::text(),
            "number" => AttributeRule::number(),
            "instant" => AttributeRule::instant(),
            "set" => AttributeRule::set(),
            other => panic!("no attribute is a {other}"),
        };
        match self.counts.as_str() {
            "latest" => rule.latest(),
            "earliest" => rule.earliest(),
            "most trusted" => rule.most_trusted(self.sources.iter().map(String::as_str)),
            "maximum" => rule.maximum(),
            "minimum" => rule.minimum(),
            "union" => rule.union(),
            other => panic!("{other} cannot count"),
        }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases/attribute_merge.json")).unwrap()
}

fn event(line: &Json) -> Event {
    let mut line = line.clone();
    line["customer"] = json!("ana");
    Event::from_json(&line.to_string()).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// As a person would say it.
fn said(known: &Known) -> String {
    let source = known.source.iter().map(|source| format!(", {source}")).collect::<String>();
    format!("{} = {} ({}{source})", known.name, known.value, known.origin)
}

impl Case {
    /// An engine that knows what the case tells, told in this order.
    fn engine(&self, told: &[&Json], seal_after: usize) -> Engine {
        let rules = self.rules.iter();
        let attributes =
            rules.fold(Attributes::new(), |all, (name, r)| all.attribute(name.as_str(), r.rule()));
        let health = DataCategory::custom("health");
        let privacy = PrivacyPolicy::new()
            .special(health.clone())
            .attribute("allergy", health)
            .attribute("age", DataCategory::Demographics)
            .attribute("invoice name", DataCategory::Purchases)
            .attribute("invoice city", DataCategory::Purchases)
            .purpose(
                Purpose::custom("research"),
                Level::Contextual,
                [DataCategory::Declared, DataCategory::Demographics],
            );
        let builder = Engine::builder().attributes(attributes).privacy(privacy);
        let engine = builder.seal_after(seal_after).build().unwrap();
        let usual = json!({
            "event": "consent", "at": "2019-01-01T00:00:00Z", "level": "collaborative",
            "allow": ["personalisation", "research"],
        });
        // What is allowed is known when it happens; what was told before comes later still.
        let late: Timestamp = "2026-12-31T00:00:00Z".parse().unwrap();
        let consent = self.consent.clone().unwrap_or_else(|| vec![usual]);
        for event in consent.iter().chain(told.iter().copied()).chain(told.iter().copied()) {
            let report = engine.record_all(late, [self::event(event)]);
            for (_, refusal) in report.refused {
                assert!(matches!(refusal, Refusal::NotAllowed(_)), "{}: {refusal:?}", self.case);
            }
        }
        engine
    }

    fn wrong(&self, engine: &Engine) -> Option<String> {
        let purpose = self.purpose.as_deref().map_or(Purpose::Personalisation, Purpose::custom);
        let wrong = self.counts.iter().find_map(|(at, expected)| {
            let view = engine.view("ana", purpose.clone(), at.parse().unwrap(), None).unwrap();
            let found: Vec<String> = view.attributes().iter().map(said).collect();
            (found != *expected).then(|| format!("at {at}: {found:?}, not {expected:?}"))
        });
        wrong.map(|wrong| format!("{} {wrong}", self.case))
    }
}

#[test]
fn in_whatever_order_it_is_told_the_same_counts() {
    let mut wrong = BTreeSet::new();
    for case in cases() {
        let mut told: Vec<&Json> = case.told.iter().collect();
        let mut dice = Dice::new(case.told.len() as u64);
        for run in 0..24 {
            let seal_after = if run % 2 == 0 { 2_048 } else { 1 + run % 5 };
            wrong.extend(case.wrong(&case.engine(&told, seal_after)));
            dice.shuffle(&mut told);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_case_has_a_name_of_its_own() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.case.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 20, "{}", cases.len());
}
