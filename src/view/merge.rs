//! Which value of an attribute counts. The strongest origin that has a value at the instant
//! is believed; among its values the host's rule chooses. Nothing hangs on the order in
//! which they came.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Known;
use crate::event::{Merge, Value};
use crate::profile::{Attribute, Texts};

/// The value that counts of those that do at the instant, with where it came from.
pub(super) fn winner(
    name: &str,
    mut values: Vec<&Attribute>,
    rule: &Merge,
    names: &Texts<'_>,
) -> Option<Known> {
    let origin = values.iter().map(|value| value.origin).min()?;
    values.retain(|value| value.origin == origin);
    let best = values.iter().copied().max_by(|a, b| rank(a, b, rule, names))?;
    let source = names.get(best.source);
    Some(Known {
        name: name.into(),
        value: match rule {
            Merge::Union => union(&values),
            _ => best.value.clone(),
        },
        origin,
        source: (!source.is_empty()).then(|| source.into()),
        since: best.at,
        held: best.at,
        aloud: true,
    })
}

/// Of two values of one origin, the greater counts.
pub(super) fn rank(a: &Attribute, b: &Attribute, rule: &Merge, names: &Texts<'_>) -> Ordering {
    let trust = |value: &Attribute, sources: &[Arc<str>]| {
        let source = names.get(value.source);
        Reverse(sources.iter().position(|s| **s == *source).unwrap_or(sources.len()))
    };
    let first = match rule {
        Merge::Latest | Merge::Union => Ordering::Equal,
        Merge::Earliest => return later(b, a),
        Merge::MostTrusted(sources) => trust(a, sources).cmp(&trust(b, sources)),
        Merge::Maximum => a.value.order(&b.value),
        Merge::Minimum => b.value.order(&a.value),
    };
    first.then_with(|| later(a, b))
}

/// By time, then event id; the same event may stand under two identifiers of a customer.
fn later(a: &Attribute, b: &Attribute) -> Ordering {
    (a.at, a.id).cmp(&(b.at, b.id)).then_with(|| a.value.order(&b.value))
}

fn union(values: &[&Attribute]) -> Value {
    let mut all = BTreeSet::new();
    for attribute in values {
        if let Value::Set(texts) = &attribute.value {
            all.extend(texts.iter().cloned());
        }
    }
    Value::Set(all)
}
