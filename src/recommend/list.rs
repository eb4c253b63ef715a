//! From what a model ranks to the list that a customer gets: always N or all that exist,
//! and each says where it comes from.

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use super::{Match, Model, Past, Query, Ranked};
use crate::catalog::{Catalog, Item};
use crate::types::{ItemId, redacted};
use crate::view::View;

/// A recommended item.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The item.
    pub item: ItemId,
    /// The model's score: only comparable within one answer, zero where nothing speaks
    /// for the item.
    pub score: f64,
    /// The customer's own items that spoke for it, the strongest first.
    pub because: Vec<ItemId>,
    /// Where it comes from.
    pub source: Source,
    /// How it fits, what matters most first, where the model can tell and it may be said.
    pub matched: Vec<Match>,
}

/// Where a recommended item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// From the model that was asked.
    Model,
    /// The model had no more: from what is popular within the first of the segments
    /// [named for that](crate::EngineBuilder::popular_within) that the customer is in and of
    /// which it is told. A receipt's [reason](crate::Reason::PopularWithin) says which.
    PopularInSegment,
    /// The model had no more: from what is popular with everybody.
    Popular,
    /// Nobody bought it yet, or everything else was left out: in order of ids.
    Catalogue,
}

/// What may be recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every item that is available.
    #[default]
    All,
    /// Only items that the customer has not bought, as far as that may be seen.
    New,
}

/// The best `n` available items by a model, then by what follows when it has no more, then by
/// id, or all that exist.
pub(crate) fn recommend(
    model: &dyn Model,
    fallback: &[(&dyn Model, Source)],
    catalog: &Catalog,
    view: &View,
    n: usize,
    scope: Scope,
) -> Vec<Recommendation> {
    let past = Past::of(view, catalog).reading(model.reads(), view, catalog);
    // What the customer is looking at is on the screen already.
    let looked_at = view.session().and_then(|session| session.looking_at());
    let looked_at = looked_at.map(|item| catalog.number(item.as_str()));
    let owned = match scope {
        Scope::All => &[],
        Scope::New => past.owned(),
    };
    let n = n.min(catalog.len());
    let mut taken: HashSet<u32> = HashSet::new();
    let mut list = Vec::new();
    let may = |item: u32, taken: &HashSet<u32>| {
        owned.binary_search(&item).is_err()
            && !model.leaves_out(&past, item)
            && Some(item) != looked_at
            && !taken.contains(&item)
            && catalog.item(item).is_some_and(Item::is_available)
    };
    let own = [(model, Source::Model)];
    for (model, source) in own.iter().chain(fallback).copied() {
        let before = taken.clone();
        let query = Query { n: n - list.len(), keep: &|item| may(item, &before), why: true };
        let best = model.rank(&past, &query);
        let mut matched = model.matched(&past, &best).into_iter();
        for ranked in best {
            taken.insert(ranked.item);
            let fits = matched.next().unwrap_or_default();
            list.extend(named(&ranked, catalog, source).map(|item| item.fits(fits)));
        }
    }
    let rest = (0..catalog.len() as u32).filter(|item| may(*item, &taken));
    let rest: Vec<u32> = rest.take(n - list.len()).collect();
    for item in rest {
        let ranked = Ranked { item, score: 0.0, because: Vec::new() };
        list.extend(named(&ranked, catalog, Source::Catalogue));
    }
    list
}

fn named(ranked: &Ranked, catalog: &Catalog, source: Source) -> Option<Recommendation> {
    let id = |item: &u32| Some(catalog.item(*item)?.id().clone());
    Some(Recommendation {
        item: id(&ranked.item)?,
        score: ranked.score,
        because: ranked.because.iter().filter_map(id).collect(),
        source,
        matched: Vec::new(),
    })
}

impl Recommendation {
    fn fits(self, matched: Vec<Match>) -> Self {
        Self { matched, ..self }
    }
}

redacted! {
    Recommendation { score, source }
}
