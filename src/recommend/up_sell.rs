//! A step up: of what the customer looks at, or bought last, the next tier of its category.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::past::Past;
use super::{Match, Model, Query, Ranked};
use crate::catalog::{Catalog, NO_PLACE};
use crate::error::{Error, Result};
use crate::event::Value;
use crate::numeric::{self, Digest};
use crate::types::check_text;

/// Parameters of up-selling: items of the same narrowest category a tier above what the
/// customer looks at or, in no visit, bought last.
///
/// The tiers of a category are quantiles of its prices, by currency; or what the host
/// [names](Self::by). Never is it more than a [step](Self::step) above the highest tier that
/// the customer bought in the category or, of nothing there, anywhere; the tier nearest to
/// their usual one, the median, comes first, and in a tier what costs least.
///
/// ```
/// use confidant::{Recommender, UpSell};
///
/// let recommender = Recommender::from(UpSell::params().tiers(4));
/// let by_hand = Recommender::from(UpSell::params().by("tier"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpSell {
    tiers: u32,
    step: u32,
    by: Option<Arc<str>>,
}

impl UpSell {
    /// Three tiers by price, one step.
    #[must_use]
    pub fn params() -> Self {
        Self { tiers: 3, step: 1, by: None }
    }

    /// A category's prices fall into so many tiers, with as many items in each. From 2 to
    /// 100; of fewer items each is a tier.
    #[must_use]
    pub fn tiers(self, tiers: u32) -> Self {
        Self { tiers, ..self }
    }

    /// So many tiers up at most. From 1 to 100.
    #[must_use]
    pub fn step(self, step: u32) -> Self {
        Self { step, ..self }
    }

    /// The tier of an item is not told by its price: it is the number of this
    /// [attribute](crate::Item::attribute). An item without one is in no tier.
    #[must_use]
    pub fn by(self, attribute: impl Into<Arc<str>>) -> Self {
        Self { by: Some(attribute.into()), ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(2..=100).contains(&self.tiers) {
            return Err(Error::configuration("`tiers` is out of range: expected 2 to 100"));
        }
        if !(1..=100).contains(&self.step) {
            return Err(Error::configuration("`step` is out of range: expected 1 to 100"));
        }
        self.by.iter().try_for_each(|name| {
            check_text("by", name).map_err(|error| Error::configuration(error.to_string()))
        })
    }

    pub(super) fn fit(&self, catalog: &Catalog) -> Ladder {
        let mut shelves: BTreeMap<(u32, u32), Vec<Rung>> = BTreeMap::new();
        for (number, item) in (0..).zip(catalog.items()) {
            let (place, price) = (catalog.place(number), item.listed_price());
            let micros = price.map_or(i64::MAX, |price| price.as_micros());
            let level = match &self.by {
                Some(name) => match item.get(name) {
                    Some(Value::Number(level)) if level.is_finite() => Some((0, *level)),
                    _ => None,
                },
                None => price.map(|price| (price.currency().code(), 0.0)),
            };
            if let Some((currency, level)) = level.filter(|_| place != NO_PLACE) {
                let rung = Rung { item: number, tier: 0, level, micros };
                shelves.entry((place, currency)).or_default().push(rung);
            }
        }
        let mut ladder = Ladder {
            params: self.clone(),
            shelves: shelves.into_values().collect(),
            places: vec![None; catalog.len()],
            digest: numeric::digest(&("up-sell", self, catalog.digest())),
        };
        ladder.shelves.iter_mut().for_each(|shelf| self.tier(shelf));
        for (number, shelf) in ladder.shelves.iter().enumerate() {
            for rung in shelf {
                let places = ladder.places.get_mut(rung.item as usize).into_iter();
                places.for_each(|place| *place = Some((number, *rung)));
            }
        }
        ladder
    }

    /// Puts a shelf in order and each item of it into its tier.
    fn tier(&self, shelf: &mut [Rung]) {
        shelf.sort_unstable_by(|a, b| {
            let level = a.level.total_cmp(&b.level);
            level.then(a.micros.cmp(&b.micros)).then(a.item.cmp(&b.item))
        });
        let items = shelf.len() as u64;
        let tiers = u64::from(self.tiers).min(items);
        let mut before: Option<(f64, u32)> = None;
        for (rank, rung) in (0u64..).zip(shelf) {
            rung.tier = match (&self.by, before) {
                (None, _) => (rank * tiers / items) as u32,
                (Some(_), None) => 0,
                (Some(_), Some((level, tier))) => tier + u32::from(level < rung.level),
            };
            before = Some((rung.level, rung.tier));
        }
    }
}

/// An item of a shelf.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rung {
    item: u32,
    tier: u32,
    /// The tier as the host names it.
    level: f64,
    /// The price, in millionths.
    micros: i64,
}

/// Each category's items by tier. They are not written: they follow from the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ladder {
    params: UpSell,
    #[serde(skip)]
    shelves: Vec<Vec<Rung>>,
    /// The shelf of each item, and where it is there.
    #[serde(skip)]
    places: Vec<Option<(usize, Rung)>>,
    #[serde(skip)]
    digest: Digest,
}

impl Ladder {
    /// One that was read, if it is of these parameters.
    pub(crate) fn checked(self, params: &UpSell, catalog: &Catalog) -> Option<Self> {
        (self.params == *params).then(|| params.fit(catalog))
    }

    fn place(&self, item: u32) -> Option<(usize, Rung)> {
        self.places.get(item as usize).copied().flatten()
    }

    /// What it is a step up from: what is looked at or, in no visit, what was bought last.
    fn from(&self, past: &Past) -> Option<(usize, Rung)> {
        let (visited, bought) = (past.visited(), past.bought_last());
        let own = if visited.is_empty() { bought } else { visited };
        own.into_iter().find_map(|item| self.place(item))
    }

    /// The usual and the highest tier of what the customer bought of a shelf or, of nothing
    /// there, of any.
    fn affinity(&self, past: &Past, shelf: usize) -> Option<(u32, u32)> {
        let bought = past.lines().iter().filter_map(|line| self.place(line.item));
        let tiers = |these: &dyn Fn(usize) -> bool| -> Vec<u32> {
            let these = bought.clone().filter(|(shelf, _)| these(*shelf));
            these.map(|(_, rung)| rung.tier).collect()
        };
        let mut here = tiers(&|of| of == shelf);
        if here.is_empty() {
            here = tiers(&|_| true);
        }
        here.sort_unstable();
        let middle = here.len().checked_sub(1)? / 2;
        here.get(middle).copied().zip(here.last().copied())
    }

    /// What is a step up, the best first.
    fn up(&self, past: &Past) -> Option<(u32, Vec<Rung>)> {
        let (shelf, from) = self.from(past)?;
        let (usual, highest) = self.affinity(past, shelf).unwrap_or((from.tier, from.tier));
        let most = from.tier.min(highest).saturating_add(self.params.step);
        let dearer = |rung: &&Rung| self.params.by.is_some() || rung.micros > from.micros;
        let up = |rung: &&Rung| from.tier < rung.tier && rung.tier <= most && dearer(rung);
        let mut found: Vec<Rung> = self.shelves.get(shelf)?.iter().filter(up).copied().collect();
        found.sort_by_key(|rung| (rung.tier.abs_diff(usual), rung.tier, rung.micros, rung.item));
        Some((from.item, found))
    }
}

impl Model for Ladder {
    /// The score is one over the place among all that is a step up.
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let (from, up) = self.up(past).unwrap_or_default();
        let placed = up.into_iter().zip(1u32..);
        let kept = placed.filter(|(rung, _)| (query.keep)(rung.item)).take(query.n);
        let ranked = |(rung, place): (Rung, u32)| Ranked {
            item: rung.item,
            score: 1.0 / f64::from(place),
            because: vec![from],
        };
        kept.map(ranked).collect()
    }

    fn matched(&self, _: &Past, ranked: &[Ranked]) -> Vec<Vec<Match>> {
        ranked.iter().map(|_| vec![Match::StepUp]).collect()
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
