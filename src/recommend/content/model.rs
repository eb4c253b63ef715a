//! The catalogue, ready to be asked what is alike and what suits.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::column::{ALIKE, Column, Feature};
use super::vectors::{Own, Vectors};
use super::{Content, Of};
use crate::catalog::Catalog;
use crate::numeric::{self, Digest, ONE, half_life_weight};
use crate::recommend::item_item::NAMED;
use crate::recommend::past::Past;
use crate::recommend::top::Top;
use crate::recommend::{Match, Model, Query, Ranked, Reads};

/// From how alike on two items are said to be alike in something.
const NEAR: f64 = 0.75;

/// All that counts of each item. It is not written: it follows from the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Likeness {
    params: Content,
    #[serde(skip)]
    items: u32,
    #[serde(skip)]
    columns: Vec<(Of, f64, Column)>,
    #[serde(skip)]
    vectors: Vec<(Arc<str>, f64, Vectors)>,
    /// Those that are held against each other.
    #[serde(skip)]
    between: Vec<(Arc<str>, f64, Vectors)>,
    /// The customer's attributes that are looked at.
    #[serde(skip)]
    traits: Vec<Arc<str>>,
    #[serde(skip)]
    digest: Digest,
}

/// What a customer has that items can be like, or suit.
struct Asked<'a> {
    /// The own items, the latest first, each with its weight.
    own: Vec<(u32, u64)>,
    /// Which way to go: the customer's own vectors, and then the means of their items'.
    ways: Vec<(f64, &'a Vectors, Own)>,
}

impl Likeness {
    pub(super) fn new(params: &Content, catalog: &Catalog) -> Self {
        let items = catalog.items();
        let (mut columns, mut vectors, mut between) = (Vec::new(), Vec::new(), Vec::new());
        for part in params.parts.iter().filter(|part| part.weight > 0.0) {
            let column = match &part.of {
                Of::Suits(name) => {
                    vectors.push((name.clone(), part.weight, Vectors::new(items, name)));
                    continue;
                }
                Of::Alike(name) => {
                    between.push((name.clone(), part.weight, Vectors::new(items, name)));
                    continue;
                }
                Of::Brand => Column::new(items, Feature::brand),
                Of::Category => Column::new(items, Feature::category),
                Of::Price => Column::new(items, Feature::price),
                Of::Attribute(name) => Column::new(items, |item| Feature::attribute(item, name)),
            };
            columns.push((part.of.clone(), part.weight, column));
        }
        Self {
            params: params.clone(),
            items: items.len() as u32,
            traits: vectors.iter().map(|(name, ..)| name.clone()).collect(),
            columns,
            vectors,
            between,
            digest: numeric::digest(&("content", params, catalog.digest())),
        }
    }

    /// One that was read, if it is of these parameters.
    pub(crate) fn checked(self, params: &Content, catalog: &Catalog) -> Option<Self> {
        (self.params == *params).then(|| Self::new(params, catalog))
    }

    fn asked(&self, past: &Past) -> Asked<'_> {
        let visited = past.visited();
        let bought = past.bought_last();
        let bought = bought.iter().filter(|item| !visited.contains(item));
        let half = u64::from(self.params.half_after);
        let own = visited.iter().chain(bought).zip(0..half * 10);
        let own = own.map(|(item, place)| (*item, half_life_weight(place, half)));
        let own: Vec<(u32, u64)> = own.collect();
        let suits = self.vectors.iter().filter_map(|(name, weight, vectors)| {
            Some((*weight, vectors, Own::of(past.trait_of(name))?))
        });
        let between = self
            .between
            .iter()
            .filter_map(|(_, weight, vectors)| Some((*weight, vectors, vectors.mean(&own)?)));
        Asked { ways: suits.chain(between).collect(), own }
    }

    /// The score of each item.
    fn scores(&self, asked: &Asked<'_>) -> impl Iterator<Item = (u32, f64)> {
        let all: u64 = asked.own.iter().map(|(_, weight)| weight).sum();
        let whole = (all.max(1) as f64) * ALIKE as f64;
        let tables: Vec<(f64, &Column, Vec<f64>)> = self
            .columns
            .iter()
            .map(|(_, weight, column)| {
                let table = column.table(&asked.own).into_iter();
                (*weight, column, table.map(|sum| sum as f64 / whole).collect())
            })
            .collect();
        let columns = self.columns.iter().map(|(_, weight, _)| weight);
        let vectors = self.vectors.iter().chain(&self.between).map(|(_, weight, _)| weight);
        let weights: f64 = columns.chain(vectors).sum();
        let score = move |item: u32| {
            let mut sum = 0.0;
            for (weight, column, table) in &tables {
                let alike = column.of(item).and_then(|value| table.get(value as usize));
                sum += weight * alike.copied().unwrap_or(0.0);
            }
            for (weight, vectors, own) in &asked.ways {
                sum += weight * vectors.suits(item, own);
            }
            sum / weights
        };
        (0..self.items).map(move |item| (item, score(item)))
    }

    /// The own items that an item is most like, the strongest first.
    fn because(&self, own: &[(u32, u64)], item: u32) -> Vec<u32> {
        let says = |(own, weight): &(u32, u64)| {
            let parts = self.columns.iter();
            let parts = parts.map(|(_, counts, column)| {
                counts * weight.saturating_mul(column.alike(*own, item)) as f64
            });
            let between = self.between.iter().map(|(_, counts, vectors)| {
                counts * *weight as f64 * ALIKE as f64 * vectors.alike(*own, item)
            });
            (*own, parts.chain(between).sum::<f64>() / ONE as f64)
        };
        let mut said: Vec<(u32, f64)> = own.iter().map(says).collect();
        said.sort_unstable_by_key(|(own, _)| *own);
        let mut top = Top::new(NAMED);
        top.add(said.into_iter(), |_| true);
        top.into_sorted().into_iter().map(|(item, _)| item).collect()
    }

    /// In what an item is like the first of what it is like, and what it suits: what counts
    /// most first, and of all that is far off only that.
    fn fits(&self, one: &Ranked, owns: &[Option<Own>]) -> Vec<Match> {
        let mut found: Vec<(f64, f64, Match)> = Vec::new();
        for (of, weight, column) in &self.columns {
            let alike = one.because.first().map_or(0, |own| column.alike(*own, one.item));
            let name: Arc<str> = match of {
                Of::Brand => "brand".into(),
                Of::Category => "category".into(),
                Of::Price => "price".into(),
                Of::Attribute(name) | Of::Suits(name) | Of::Alike(name) => name.clone(),
            };
            found.push((*weight, alike as f64 / ALIKE as f64, Match::Attribute(name)));
        }
        for (name, weight, vectors) in &self.between {
            let alike = one.because.first().map_or(0.0, |own| vectors.alike(*own, one.item));
            found.push((*weight, alike, Match::Attribute(name.clone())));
        }
        for ((name, weight, vectors), own) in self.vectors.iter().zip(owns) {
            let suits = own.as_ref().map_or(0.0, |own| vectors.suits(one.item, own));
            found.push((*weight, suits, Match::Trait(name.clone())));
        }
        found.retain(|(_, alike, _)| *alike > 0.0);
        found.sort_by(|a, b| (b.0 * b.1).total_cmp(&(a.0 * a.1)));
        let near = found.iter().any(|(_, alike, _)| *alike >= NEAR);
        found.retain(|(_, alike, _)| !near || *alike >= NEAR);
        found.truncate(if near { found.len() } else { 1 });
        found.into_iter().map(|(.., matched)| matched).collect()
    }
}

impl Model for Likeness {
    /// What the customer has or looks at is like itself, which is no news.
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let (asked, known) = (self.asked(past), past.known());
        let mut top = Top::new(query.n);
        if !asked.own.is_empty() || !asked.ways.is_empty() {
            let new = |item: u32| known.binary_search(&item).is_err() && (query.keep)(item);
            top.add(self.scores(&asked), new);
        }
        let because = |item| if query.why { self.because(&asked.own, item) } else { Vec::new() };
        let best = top.into_sorted().into_iter();
        best.map(|(item, score)| Ranked { item, score, because: because(item) }).collect()
    }

    fn matched(&self, past: &Past, ranked: &[Ranked]) -> Vec<Vec<Match>> {
        let owns: Vec<Option<Own>> =
            self.vectors.iter().map(|(name, ..)| Own::of(past.trait_of(name))).collect();
        ranked.iter().map(|one| self.fits(one, &owns)).collect()
    }

    fn reads(&self) -> Reads<'_> {
        let purchases = !self.columns.is_empty() || !self.between.is_empty();
        Reads { purchases, traits: &self.traits, ..Reads::default() }
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
