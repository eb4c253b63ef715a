//! Conditions in words, as data that anybody can read, in `tests/cases/texts.json`: a text,
//! and how it is written by this crate, or why it is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeSet;

use confidant::{Condition, ErrorKind, Kind, attribute, count, days, not_seen_for};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    /// "the same", if it is the text itself.
    canonical: Option<String>,
    /// What is said, line by line.
    refused: Option<Vec<String>>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases/texts.json")).unwrap()
}

#[test]
fn every_text_is_read_or_refused_as_it_is_said() {
    let mut wrong = Vec::new();
    for Case { text, canonical, refused } in cases() {
        let canonical = canonical.map(|it| if it == "the same" { text.clone() } else { it });
        let expected = match (canonical, refused) {
            (Some(canonical), None) => Ok(canonical),
            (None, Some(refused)) => Err(refused.join("\n")),
            _ => panic!("{text}: expected one of `canonical` and `refused`"),
        };
        let read = text.parse::<Condition>();
        let said = read.map(|read| read.to_string()).map_err(|error| error.to_string());
        if said != expected {
            wrong.push(format!("{text}\n{said:?}\nnot\n{expected:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is written is read as the same condition, and written in the same way.
#[test]
fn canonical_texts_stay_what_they_are() {
    for case in cases().into_iter().filter(|case| case.canonical.is_some()) {
        let read: Condition = case.text.parse().unwrap();
        let again: Condition = read.to_string().parse().unwrap();
        assert_eq!(again, read, "{}", case.text);
        assert_eq!(again.to_string(), read.to_string(), "{}", case.text);
    }
}

#[test]
fn there_are_enough_texts_and_each_is_there_once() {
    let cases = cases();
    let texts: BTreeSet<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    assert_eq!(texts.len(), cases.len());
    let refused = cases.iter().filter(|case| case.refused.is_some()).count();
    assert!(refused >= 50 && cases.len() - refused >= 50, "{refused} of {}", cases.len());
}

/// A text means what the same condition means that is put together.
#[test]
fn a_text_is_the_condition_that_it_says() {
    let read: Condition =
        "count(purchase, last 90 days) >= 3 and not seen for 30 days".parse().unwrap();
    let made = [count(Kind::Purchased).within(days(90)).at_least(3), not_seen_for(days(30))];
    assert_eq!(read, Condition::All(made.into()));
    let read: Condition = "not `home town` in (Porto, 3)".parse().unwrap();
    let values = [confidant::Value::from("Porto"), confidant::Value::from(3)];
    assert_eq!(read, Condition::Not(Box::new(attribute("home town").one_of(values))));
}

/// A typing error in one of ours is never a kind of the host's own.
#[test]
fn a_kind_of_the_hosts_own_is_in_backticks() {
    let own = count(Kind::custom("purchsed")).at_least(1);
    assert_eq!(own.to_string(), "count(`purchsed`) >= 1");
    assert_eq!(own.to_string().parse::<Condition>().unwrap(), own);
    let error = "count(purchsed) >= 1".parse::<Condition>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
}

#[cfg(feature = "json")]
#[test]
fn json_names_its_version_and_its_faults() {
    let condition: Condition = "city = Porto and count(purchased) >= 3".parse().unwrap();
    let json = condition.to_json();
    assert!(json.starts_with(r#"{"version":1,"condition":{"all":["#), "{json}");
    assert_eq!(Condition::from_json(&json).unwrap(), condition);

    // The order of the fields is nobody's business.
    let turned = r#"{"condition":"always","version":1}"#;
    assert_eq!(Condition::from_json(turned).unwrap(), Condition::Always);

    let newer = Condition::from_json(r#"{"version":7,"condition":{"unheard_of":[]}}"#).unwrap_err();
    assert_eq!(newer.kind(), ErrorKind::Incompatible);
    assert!(newer.to_string().contains("version 7"), "{newer}");

    let faults = [
        (json.replace("at_least", "at_laest"), "`condition.all[1].history.test` is not usable: "),
        (json.replace(r#""measure":"count","#, ""), "missing field `measure`"),
        (json.replace(r#""version":1,"#, ""), "missing field `version`"),
        (json.replace(":1,", ":-1,"), "`version` is not usable: "),
        (json.replace(":1,", ":0,"), "`version` is 0: expected 1"),
        (json.replace("}]}}", "}]}"), "not a condition: EOF"),
        (format!("{json} {json}"), "trailing characters"),
        (r#"{"version":1,"condition":"always","also":2}"#.to_owned(), "unknown field `also`"),
        (r#"{"version":1}"#.to_owned(), "missing field `condition`"),
        ("[]".to_owned(), "not a condition: "),
        ("x".repeat((1 << 24) + 1), "longer than 16777216 bytes"),
        (deep(65), "nested deeper than 64 levels"),
        (deep(100_000), "nested deeper than 64 levels"),
    ];
    for (json, said) in faults {
        let error = Condition::from_json(&json).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert!(error.len() < 600, "{error}");
    }
    assert!(Condition::from_json(&deep(64)).is_ok());
}

#[cfg(feature = "json")]
fn deep(levels: usize) -> String {
    let (open, close) = (r#"{"not":"#.repeat(levels), "}".repeat(levels));
    format!(r#"{{"version":1,"condition":{open}"always"{close}}}"#)
}
