//! What is recommended, from raw events.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{Kind, Scope, Source};

use super::learn::{Counts, ONE, faded};
use super::truth::Seen;
use crate::common::world::{DAY, World};

/// A recommender, by what it does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    /// Half-life in days.
    Popularity(u64),
    /// Half-life in days, if any.
    Personal(Option<u64>),
    /// How many neighbours, and how many customers must have bought both.
    Together(usize, u64),
    /// What goes with so many of the items bought last.
    Related(usize),
    /// What is alike; so many items later, half as much.
    Content(u64),
    /// How many tiers and steps, and whether the host names the tiers.
    UpSell(u64, u64, bool),
    /// Within so many days so many looks, and at most this share of purchases.
    Studied(i64, usize, f64),
    /// What is due, once this share of the expected time has passed.
    Due(f64),
}

/// What was known when the models were fitted.
#[derive(Debug, Clone)]
pub struct Fitted<'a> {
    pub world: &'a World,
    pub counts: Counts,
    pub at: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    pub item: String,
    pub score: f64,
    pub because: Vec<String>,
    pub source: Source,
}

/// The half-life of what follows when a recommender has no more to say.
const FALLBACK: u64 = 30;

/// How many own items are named.
pub(super) const NAMED: usize = 3;

impl Fitted<'_> {
    pub fn recommend(
        &self,
        by: By,
        seen: &Seen<'_>,
        viewing: &[String],
        n: usize,
        scope: Scope,
    ) -> Vec<Offered> {
        self.list(by, seen, viewing, n, (scope, Vec::new()))
    }

    /// All of them, where something goes before what is popular with everybody.
    pub fn recommend_with(&self, by: By, seen: &Seen<'_>, before: Vec<Offered>) -> Vec<Offered> {
        self.list(by, seen, &[], usize::MAX, (Scope::All, before))
    }

    fn list(
        &self,
        by: By,
        seen: &Seen<'_>,
        viewing: &[String],
        n: usize,
        (scope, before): (Scope, Vec<Offered>),
    ) -> Vec<Offered> {
        let own = owned(seen);
        let model = match by {
            By::Popularity(half_life) => self.popular(half_life, Source::Model),
            By::Personal(half_life) => personal(seen, half_life),
            By::Together(neighbours, support) => self.together(neighbours, support, &own, viewing),
            By::Related(purchases) => self.related(seen, viewing, purchases),
            By::Content(half) => self.alike(seen, viewing, half),
            By::UpSell(tiers, step, by_hand) => self.step_up(seen, viewing, (tiers, step, by_hand)),
            By::Studied(days, looks, share) => self.studied(seen, viewing, (days, looks, share)),
            By::Due(not_before) => {
                self.due(seen, not_before).into_iter().map(|one| one.offer).collect()
            }
        };
        let popular = self.popular(FALLBACK, Source::Popular);
        let mut wares: Vec<Offered> = self
            .world
            .wares
            .iter()
            .map(|ware| offered(ware.id.clone(), 0.0, Source::Catalogue))
            .collect();
        wares.sort_by(|a, b| a.item.cmp(&b.item));
        let mut list: Vec<Offered> = Vec::new();
        for offer in model.into_iter().chain(before).chain(popular).chain(wares) {
            let may = self.world.ware(&offer.item).available
                && viewing.last() != Some(&offer.item)
                && !(scope == Scope::New && own.contains(&offer.item))
                && !list.iter().any(|earlier| earlier.item == offer.item);
            if may && list.len() < n {
                list.push(offer);
            }
        }
        list
    }

    pub fn popular(&self, half_life: u64, source: Source) -> Vec<Offered> {
        let weights = self.counts.popularity(half_life, self.at);
        let list = weights.into_iter();
        best(list.map(|(item, w)| offered(item, w as f64 / ONE as f64, source)).collect())
    }

    /// The nearest neighbours of an item, with their cosines.
    fn neighbours(&self, of: &str, neighbours: usize, support: u64) -> Vec<(String, f64)> {
        let buyers = |item: &str| self.counts.buyers.get(item).map_or(0, BTreeSet::len) as f64;
        let mut near: Vec<(String, f64)> = Vec::new();
        for other in self.counts.buyers.keys().filter(|other| *other != of) {
            let together = self.counts.together(of, other);
            if together >= support {
                let (a, b) =
                    if of < other.as_str() { (of, other.as_str()) } else { (other.as_str(), of) };
                // A list holds its similarities in single precision.
                let cosine = (together as f64 / (buyers(a) * buyers(b)).sqrt()) as f32;
                near.push((other.clone(), f64::from(cosine)));
            }
        }
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(neighbours);
        near
    }

    fn together(
        &self,
        neighbours: usize,
        support: u64,
        own: &BTreeSet<String>,
        viewing: &[String],
    ) -> Vec<Offered> {
        let seeds: BTreeSet<&String> = own.iter().chain(viewing).collect();
        let mut votes: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        for seed in seeds {
            for (item, cosine) in self.neighbours(seed, neighbours, support) {
                votes.entry(item).or_default().push((seed.clone(), cosine));
            }
        }
        let list = votes.into_iter().map(|(item, mut votes)| {
            let score = votes.iter().map(|(_, cosine)| cosine).sum();
            votes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let because = votes.into_iter().take(NAMED).map(|(seed, _)| seed).collect();
            Offered { because, ..offered(item, score, Source::Model) }
        });
        best(list.collect())
    }
}

/// What the customer bought, as far as may be seen.
pub fn owned(seen: &Seen<'_>) -> BTreeSet<String> {
    let bought = seen.rows.iter().filter(|row| row.did.kind == Kind::Purchased);
    bought.filter_map(|row| row.did.item.clone()).collect()
}

/// Each order with an item counts once for it, by its first line.
fn personal(seen: &Seen<'_>, half_life: Option<u64>) -> Vec<Offered> {
    let mut orders: BTreeSet<(String, String)> = BTreeSet::new();
    let mut weights: BTreeMap<String, u64> = BTreeMap::new();
    for row in seen.rows.iter().filter(|row| row.did.kind == Kind::Purchased) {
        let Some(item) = row.did.item.clone() else {
            continue;
        };
        let first = match &row.did.order {
            Some(order) => orders.insert((item.clone(), order.clone())),
            None => true,
        };
        if first {
            let age = (seen.now - row.at).unsigned_abs();
            let weight = half_life.map_or(ONE, |days| faded(age, days * DAY.unsigned_abs()));
            *weights.entry(item).or_default() += weight;
        }
    }
    weights.retain(|_, weight| *weight > 0);
    let list = weights.into_iter().map(|(item, weight)| Offered {
        because: vec![item.clone()],
        ..offered(item, weight as f64 / ONE as f64, Source::Model)
    });
    best(list.collect())
}

pub(super) fn offered(item: String, score: f64, source: Source) -> Offered {
    Offered { item, score, because: Vec::new(), source }
}

/// The best first, ties by id.
pub(super) fn best(mut list: Vec<Offered>) -> Vec<Offered> {
    list.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    list
}
