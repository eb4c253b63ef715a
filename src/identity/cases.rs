//! Who is who by example, as data that anybody can read, in `tests/cases/identity.json`.
//!
//! A case is a story, the ties with the day on which each was last confirmed, and the
//! customers that follow, each with its strongest identifier first. Where some ties do
//! not hold, it says which identifiers are shared, which were demoted at a limit, and
//! why each of these ties stays apart.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Apart, IdentityPolicy, Resolved, Tie, resolve};
use crate::types::{Identifier, IdentifierKind, Timestamp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    #[serde(default)]
    policy: IdentityPolicy,
    /// Whoever has more ties than that is crowded.
    #[serde(default = "many")]
    crowded_beyond: usize,
    /// Identifiers that may have no tie.
    #[serde(default)]
    alone: Vec<String>,
    ties: Vec<(String, String, String)>,
    customers: Vec<Vec<String>>,
    #[serde(default)]
    shared: Vec<String>,
    #[serde(default)]
    demoted: Vec<String>,
    #[serde(default)]
    apart: Vec<(String, String, String)>,
}

fn many() -> usize {
    usize::MAX
}

/// `card:1` and the like.
fn identifier(text: &str) -> Identifier {
    let (kind, value) = text.split_once(':').unwrap_or_else(|| panic!("{text} has no kind"));
    let kind = match kind {
        "card" => IdentifierKind::LoyaltyCard,
        "token" => IdentifierKind::PaymentToken,
        kind => IdentifierKind::from_name(kind),
    };
    Identifier::new(kind, value)
}

fn identifiers(texts: &[String]) -> Vec<Identifier> {
    texts.iter().map(|text| identifier(text)).collect()
}

fn tie((a, b, day): &(String, String, String)) -> Tie {
    let at: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    Tie::new(identifier(a), identifier(b), at.as_millis())
}

/// The ties that do not hold, with why, whoever is named first.
fn apart(resolved: &Resolved) -> Vec<(Identifier, Identifier, &'static str)> {
    let name = |why: &Apart| match why {
        Apart::Crowded => "crowded",
        Apart::Shared => "shared",
        Apart::Limit => "limit",
        Apart::Known => "known",
    };
    resolved.apart.iter().map(|(tie, why)| (tie.a.clone(), tie.b.clone(), name(why))).collect()
}

#[test]
fn every_story_has_its_customers() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/cases/identity.json")).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let story = &case.story;
        case.policy.check().unwrap_or_else(|error| panic!("{story}: {error}"));
        let mut ties: BTreeMap<Identifier, usize> = BTreeMap::new();
        for (a, b, _) in &case.ties {
            *ties.entry(identifier(a)).or_default() += 1;
            *ties.entry(identifier(b)).or_default() += 1;
        }
        let crowded = |id: &Identifier| ties.get(id).is_some_and(|n| *n > case.crowded_beyond);
        let alone = identifiers(&case.alone);
        let resolved = resolve(&case.policy, alone, case.ties.iter().map(tie), crowded);

        let customers: Vec<_> = case.customers.iter().map(|ids| identifiers(ids)).collect();
        let sorted = |mut ids: Vec<Identifier>| {
            ids.sort();
            ids
        };
        assert_eq!(plain(&resolved.customers), plain(&customers), "{story}");
        let shared = sorted(identifiers(&case.shared));
        assert_eq!(sorted(resolved.shared.clone()), shared, "{story}: shared");
        let demoted = sorted(identifiers(&case.demoted));
        assert_eq!(sorted(resolved.demoted.clone()), demoted, "{story}: demoted");
        let mut expected: Vec<_> = case
            .apart
            .iter()
            .map(|(a, b, why)| {
                let tie = Tie::new(identifier(a), identifier(b), 0);
                (tie.a, tie.b, why.as_str())
            })
            .collect();
        expected.sort();
        assert_eq!(apart(&resolved), expected, "{story}: apart");
    }
}

/// Readable where a test fails.
fn plain(customers: &[Vec<Identifier>]) -> Vec<Vec<String>> {
    let text = |id: &Identifier| format!("{}:{}", id.kind().name(), id.value());
    customers.iter().map(|ids| ids.iter().map(text).collect()).collect()
}
