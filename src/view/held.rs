//! Since when the value of an attribute that counts has done so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::merge::rank;
use crate::event::{Merge, Origin, Value};
use crate::profile::{Attribute, Texts};
use crate::types::Timestamp;

/// A value that has begun to count, and may be seen still.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) attribute: &'a Attribute,
    /// From when on it does not count.
    pub(super) end: Timestamp,
    /// From when on it may not be seen.
    pub(super) goes: Timestamp,
}

/// How many sets of an origin have a text.
type Tally<'a> = BTreeMap<Origin, BTreeMap<&'a str, usize>>;

/// The values that count at an instant, of which one wins.
struct Counting<'a> {
    /// All values, the stronger after the weaker.
    order: Vec<Span<'a>>,
    /// Those that count.
    places: BTreeSet<usize>,
    /// For a union.
    texts: Option<Tally<'a>>,
}

/// Walks back over the instants at which some value began or ended to count, as long as the
/// value that won was the present one.
pub(super) fn held(
    spans: &[Span<'_>],
    present: &Value,
    rule: &Merge,
    names: &Texts<'_>,
    now: Timestamp,
) -> Timestamp {
    if let [only] = spans {
        return only.attribute.at;
    }
    let mut counting = Counting::new(spans, rule, names);
    let mut edges = Vec::with_capacity(2 * spans.len());
    for (place, span) in counting.order.clone().into_iter().enumerate() {
        edges.push((span.attribute.at, place, true));
        if span.end <= now {
            edges.push((span.end, place, false));
        } else {
            counting.add(place);
        }
    }
    edges.sort_unstable_by(|(a, ..), (b, ..)| b.cmp(a));
    let mut since = now;
    for edges in edges.chunk_by(|(a, ..), (b, ..)| a == b) {
        if !counting.come_to(present) {
            break;
        }
        for (at, place, begins) in edges {
            since = *at;
            if *begins { counting.remove(*place) } else { counting.add(*place) }
        }
    }
    since
}

impl<'a> Counting<'a> {
    fn new(spans: &[Span<'a>], rule: &Merge, names: &Texts<'_>) -> Self {
        let lasting = |span: &&Span<'_>| span.attribute.at < span.end;
        let mut order: Vec<Span<'a>> = spans.iter().filter(lasting).copied().collect();
        order.sort_by(|a, b| {
            let (a, b) = (a.attribute, b.attribute);
            b.origin.cmp(&a.origin).then_with(|| rank(a, b, rule, names))
        });
        let texts = matches!(rule, Merge::Union).then(BTreeMap::new);
        Self { order, places: BTreeSet::new(), texts }
    }

    fn add(&mut self, place: usize) {
        self.places.insert(place);
        let Some((texts, origin, all)) = self.texts_of(place) else { return };
        let texts = texts.entry(origin).or_default();
        all.iter().for_each(|text| *texts.entry(text).or_default() += 1);
    }

    fn remove(&mut self, place: usize) {
        self.places.remove(&place);
        let Some((texts, origin, all)) = self.texts_of(place) else { return };
        let texts = texts.entry(origin).or_default();
        for text in all {
            match texts.get_mut(&**text) {
                Some(others) if *others > 1 => *others -= 1,
                _ => _ = texts.remove(&**text),
            }
        }
    }

    /// Of a union: what is there, and what a value has to do with it.
    fn texts_of(
        &mut self,
        place: usize,
    ) -> Option<(&mut Tally<'a>, Origin, &'a BTreeSet<Arc<str>>)> {
        let attribute = self.order.get(place)?.attribute;
        match (&mut self.texts, &attribute.value) {
            (Some(texts), Value::Set(all)) => Some((texts, attribute.origin, all)),
            _ => None,
        }
    }

    /// Whether the value that wins is this one.
    fn come_to(&self, present: &Value) -> bool {
        let Some(best) = self.places.last().and_then(|place| self.order.get(*place)) else {
            return false;
        };
        match (&self.texts, present) {
            (Some(texts), Value::Set(all)) => {
                let texts = texts.get(&best.attribute.origin);
                texts.into_iter().flat_map(BTreeMap::keys).copied().eq(all.iter().map(|t| &**t))
            }
            _ => best.attribute.value == *present,
        }
    }
}
