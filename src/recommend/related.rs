//! What goes with what the customer has or looks at, as the catalogue says: direct logic,
//! which learns from nobody and is right for the first customer.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::past::Past;
use super::{Match, Model, Query, Ranked};
use crate::catalog::{Catalog, Relations};
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};

/// Parameters of direct logic: the [accessories](crate::Item::accessory) of what is looked
/// at in the present visit, then of what was bought, the latest first.
/// [Substitutes](crate::Item::substitute) follow the accessories of what is looked at, and of
/// what was bought and cannot be had any more; of what is looked at and cannot be had they
/// come first.
///
/// ```
/// use confidant::{Recommender, Related};
///
/// let recommender = Recommender::from(Related::params().purchases(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Related {
    purchases: u32,
}

impl Related {
    /// What goes with the twenty items that were bought last.
    #[must_use]
    pub fn params() -> Self {
        Self { purchases: 20 }
    }

    /// It is looked for what goes with so many of the items bought last. Up to 10,000; with
    /// 0 only the present visit counts.
    #[must_use]
    pub fn purchases(self, items: u32) -> Self {
        Self { purchases: items }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.purchases <= 10_000 {
            return Ok(());
        }
        Err(Error::configuration("`purchases` is out of range: expected 0 to 10,000"))
    }

    pub(super) fn fit(&self, catalog: &Catalog) -> Directions {
        Directions {
            params: *self,
            with: Arc::clone(catalog.accessories()),
            instead: Arc::clone(catalog.substitutes()),
            gone: catalog.items().iter().map(|item| !item.is_available()).collect(),
            digest: numeric::digest(&("related", self, catalog.digest())),
        }
    }
}

/// The catalogue's relations, ready to be asked. They are not written: they follow from the
/// catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Directions {
    params: Related,
    #[serde(skip)]
    with: Arc<Relations>,
    #[serde(skip)]
    instead: Arc<Relations>,
    /// Which items cannot be had.
    #[serde(skip)]
    gone: Vec<bool>,
    #[serde(skip)]
    digest: Digest,
}

/// An item, what it is related to, and how.
type Found = (u32, u32, Match);

impl Directions {
    /// One that was read, if it is of these parameters.
    pub(crate) fn checked(self, params: &Related, catalog: &Catalog) -> Option<Self> {
        (self.params == *params).then(|| params.fit(catalog))
    }

    fn is_gone(&self, item: u32) -> bool {
        self.gone.get(item as usize).copied().unwrap_or(true)
    }

    /// What is related to somebody's items, what matters most first; some of it repeatedly.
    fn found(&self, past: &Past) -> impl Iterator<Item = Found> {
        let visited = past.visited();
        let bought = past.bought_last().into_iter();
        let bought: Vec<u32> = bought
            .filter(|item| !visited.contains(item))
            .take(self.params.purchases as usize)
            .collect();
        let with = |item: u32| relate(&self.with, item, Match::Accessory);
        let instead = |item: u32| relate(&self.instead, item, Match::Substitute);
        let of_visited = move |item| {
            let [first, then] = match self.is_gone(item) {
                true => [instead(item), with(item)],
                false => [with(item), instead(item)],
            };
            first.into_iter().chain(then)
        };
        let of_bought = move |item| {
            let instead = if self.is_gone(item) { instead(item) } else { Vec::new() };
            with(item).into_iter().chain(instead)
        };
        let of_visit = visited.into_iter().flat_map(of_visited);
        of_visit.chain(bought.into_iter().flat_map(of_bought))
    }
}

fn relate(relations: &Relations, to: u32, how: Match) -> Vec<Found> {
    relations.of_item(to).iter().map(|item| (*item, to, how.clone())).collect()
}

impl Model for Directions {
    /// The score is one over the place among all that is related.
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let mut known: HashSet<u32> = HashSet::new();
        let new = self.found(past).filter(|(item, ..)| known.insert(*item));
        let kept = new.zip(1u32..).filter(|((item, ..), _)| (query.keep)(*item));
        let ranked = kept.take(query.n).map(|((item, to, _), place)| Ranked {
            item,
            score: 1.0 / f64::from(place),
            because: vec![to],
        });
        ranked.collect()
    }

    fn matched(&self, past: &Past, ranked: &[Ranked]) -> Vec<Vec<Match>> {
        let mut first: HashMap<u32, Match> = HashMap::new();
        for (item, _, how) in self.found(past) {
            first.entry(item).or_insert(how);
        }
        ranked.iter().map(|one| first.remove(&one.item).into_iter().collect()).collect()
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
