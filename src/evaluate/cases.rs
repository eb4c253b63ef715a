//! Accuracy by example, as data that anybody can read, in `tests/cases/metrics.json`.
//!
//! A case is a story, a list with the best first, what is held out, how far down the list
//! is looked, and the measures worked out by hand to four decimals.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Exposure, Hits, Summary, average_popularity, bootstrap, novelty};
use super::{intra_list_diversity, leave_last_basket};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    list: Vec<String>,
    held_out: Vec<String>,
    k: usize,
    /// How the figures come about.
    working: String,
    /// By name; none where there is nothing to measure.
    measures: BTreeMap<String, Option<f64>>,
}

fn measure(hits: &Hits, name: &str, k: usize) -> Option<f64> {
    match name {
        "recall" => hits.recall(k),
        "recall of all" => hits.recall_of_all(k),
        "hit rate" => hits.hit_rate(k),
        "reciprocal rank" => hits.reciprocal_rank(k),
        "ndcg" => hits.ndcg(k),
        "average precision" => hits.average_precision(k),
        name => panic!("{name} is no measure"),
    }
}

#[test]
fn every_story_has_its_measures() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/cases/metrics.json")).unwrap();
    assert!(cases.len() >= 12);
    for case in cases {
        let Case { story, list, held_out, k, working, measures } = case;
        let hits = Hits::of(&list, &held_out);
        assert_eq!(measures.len(), 6, "{story}");
        for (name, expected) in measures {
            let ours = measure(&hits, &name, k);
            let same = match (ours, expected) {
                (Some(ours), Some(expected)) => (ours - expected).abs() < 5.1e-5,
                (ours, expected) => ours == expected,
            };
            assert!(same, "{story}: {name} is {ours:?}, not {expected:?}: {working}");
        }
    }
}

#[test]
fn nothing_at_all_is_measured_as_nothing() {
    let none: [&str; 0] = [];
    assert_eq!(novelty(&none, |_| 1, 1), None);
    assert_eq!(average_popularity(&none, |_| 1), None);
    assert_eq!(intra_list_diversity(&["a", "a"], |_, _| 1.0), None);
    assert_eq!(Exposure::of(&none, &[["a"]]).coverage(), None);
    assert_eq!(Exposure::of(&["a"], &[none]).gini(), None);
    assert_eq!(Exposure::of(&["a"], &[["a"]]).gini(), Some(0.0));
    assert_eq!(Summary::of([]), None);
    assert_eq!(Summary::of([None, Some(f64::NAN), Some(f64::INFINITY)]), None);
    assert_eq!(bootstrap(&none, |_| Some(1.0), 0, 7), None);
    assert_eq!(bootstrap(&none, |sample| Some(0.0 / sample.len() as f64), 9, 7), None);
    assert!(leave_last_basket(&[], 0).is_empty());
}

#[test]
fn no_number_is_not_a_number() {
    let lone = Summary::of([Some(2.0)]).unwrap();
    assert_eq!((lone.standard_error, lone.interval()), (None, None));
    assert_eq!(lone.to_string(), "2.0000 (n = 1)");
    let alike = Summary::of([Some(2.0), Some(2.0)]).unwrap();
    assert_eq!(alike.to_string(), "2.0000 (2.0000 to 2.0000, n = 2)");
    let pairs = [(Some(3.0), Some(1.0)), (Some(9.0), None), (None, Some(9.0))];
    assert_eq!(Summary::of_differences(pairs).map(|s| (s.n, s.mean)), Some((1, 2.0)));
    let far = Summary::of([Some(f64::MAX), Some(f64::MIN)]).unwrap();
    assert_eq!((far.mean, far.standard_error), (0.0, None));
    assert_eq!(intra_list_diversity(&["a", "b"], |_, _| f64::NAN), Some(1.0));
    let half = |a: &&str, b: &&str| if a.max(b) == &"c" { f64::NAN } else { 0.75 };
    assert_eq!(intra_list_diversity(&["a", "b", "c"], half), Some(0.75));
    assert_eq!(Summary::of([Some(2.0), Some(f64::NAN)]), Some(lone));
    assert_eq!(novelty(&["a"], |_| 0, 0), Some(0.0));
    assert_eq!(Exposure::of(&["a", "b", "c"], &[["c"], ["c"]]).gini(), Some(1.0));
}
