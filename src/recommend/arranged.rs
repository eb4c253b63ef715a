//! A model whose lists are arranged.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arrangement::{Arrangement, Goods};
use super::name_reasons;
use super::rerank::{self, Against, Facts, Rules};
use super::{Corpus, Fitted, Match, Model, Past, Query, Ranked, Reads, Taught, Upcoming};
use crate::catalog::{Catalog, Item};
use crate::event::Value;
use crate::numeric::{self, Digest};

/// A fitted recommender, and how its lists are arranged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Arranged {
    inner: Box<Fitted>,
    /// How many customers have each item, where novelty matters.
    customers: Vec<u32>,
    #[serde(skip)]
    plan: Plan,
    /// What stands for the arrangement.
    #[serde(skip)]
    arranged: Digest,
    #[serde(skip)]
    digest: Digest,
}

/// An arrangement in numbers of a catalogue.
#[derive(Debug, Clone, Default)]
struct Plan {
    diverse: f64,
    varied: f64,
    calibrated: f64,
    novel: f64,
    without_owned: bool,
    tires: bool,
    enough: Option<u32>,
    /// Among how many of the inner model's items the best are chosen, unless more are asked
    /// for.
    depth: usize,
    rules: Rules,
    /// Of each item.
    facts: Vec<Facts>,
    /// What tells each item apart: its categories and its brand, ascending.
    features: Vec<Vec<u32>>,
    /// The widest category of each item, if it has one.
    widest: Vec<Vec<u32>>,
    /// How unexpected each item is.
    news: Vec<f64>,
}

impl Arranged {
    pub(super) fn new(
        inner: Fitted,
        arrangement: &Arrangement,
        customers: Vec<u32>,
        catalog: &Catalog,
    ) -> Self {
        let plan = Plan::of(arrangement, &customers, catalog);
        let arranged = numeric::digest(&("arrangement", arrangement, catalog.digest()));
        let digest = digest(&inner, arranged, &customers);
        Self { inner: Box::new(inner), customers, plan, arranged, digest }
    }

    /// How many customers have each item, if an arrangement has to know.
    pub(super) fn customers(arrangement: &Arrangement, corpus: &Corpus) -> Vec<u32> {
        if arrangement.novel == 0.0 {
            return Vec::new();
        }
        let mut customers = vec![0u32; corpus.items()];
        for item in corpus.customers().items() {
            if let Some(count) = customers.get_mut(*item as usize) {
                *count = count.saturating_add(1);
            }
        }
        customers
    }

    /// What was read, in its parts.
    pub(super) fn into_parts(self) -> (Fitted, Vec<u32>) {
        (*self.inner, self.customers)
    }

    /// Whether it, or what it arranges, learns from anybody.
    pub(super) fn learns(&self) -> bool {
        !self.customers.is_empty() || self.inner.learns()
    }

    /// Whether two things teach it the same.
    pub(super) fn learns_the_same(&self, one: &Taught, other: &Taught) -> bool {
        let counted = self.customers.is_empty() || one.items() == other.items();
        counted && self.inner.learns_the_same(one, other)
    }

    /// Whether what it arranges follows at once.
    pub(super) fn follows(&self) -> bool {
        self.inner.follows()
    }

    /// Forgets what somebody taught.
    pub(super) fn forget(&mut self, gone: &Taught) -> bool {
        self.inner.forget(gone) && self.recount(gone, |count| count.saturating_sub(1))
    }

    /// Learns it.
    pub(super) fn learn(&mut self, new: &Taught) -> bool {
        self.inner.learn(new) && self.recount(new, |count| count.saturating_add(1))
    }

    fn recount(&mut self, taught: &Taught, count: fn(u32) -> u32) -> bool {
        for item in taught.items() {
            let customers = self.customers.get_mut(*item as usize);
            customers.into_iter().for_each(|customers| *customers = count(*customers));
        }
        self.plan.news = news(&self.customers);
        self.digest = digest(&self.inner, self.arranged, &self.customers);
        true
    }

    fn facts(&self, item: u32, past: &Past) -> Facts {
        let known = self.plan.facts.get(item as usize).copied().unwrap_or_default();
        let owned = self.plan.without_owned && past.owned().binary_search(&item).is_ok();
        let ignored = past.ignored(item).map_or(0, |ignored| match ignored.dismissed {
            true => self.plan.enough.unwrap_or(ignored.times).max(ignored.times),
            false => ignored.times,
        });
        Facts { owned, ignored, ..known }
    }

    /// The first `n` made novel, calibrated and diverse.
    fn varied(&self, list: Vec<Ranked>, n: usize, past: &Past) -> Vec<Ranked> {
        let Plan { novel, calibrated, diverse, varied, news, widest, features, .. } = &self.plan;
        let category = |item: u32| widest.get(item as usize).map_or(&[][..], Vec::as_slice);
        let mut list = list;
        if *novel > 0.0 {
            list = rerank::novel(list, *novel, |item| {
                news.get(item as usize).copied().unwrap_or_default()
            });
        }
        if *calibrated > 0.0 {
            let own = rerank::mix(past.lines().iter().map(|line| (category(line.item), 1.0)));
            list = rerank::calibrated(list, n, *calibrated, &own, category);
        }
        let feature = |item: u32| features.get(item as usize).map_or(&[][..], Vec::as_slice);
        let alike = |a: u32, b: u32| rerank::jaccard(feature(a), feature(b));
        for (weight, against) in [(diverse, Against::Nearest), (varied, Against::All)] {
            if *weight > 0.0 {
                list = rerank::diverse(list, n, 1.0 - weight, against, alike);
            }
        }
        list
    }
}

impl Model for Arranged {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let keep = |item: u32| (query.keep)(item) && !self.leaves_out(past, item);
        let inner = self.inner.model();
        let deep = Query { n: query.n.max(self.plan.depth), keep: &keep, why: false };
        let list = inner.rank(past, &deep);
        let pinned = |item: u32| self.plan.rules.pins.iter().any(|(pin, _)| *pin == item);
        // What was ranked was kept.
        let available = |item: u32| !pinned(item) || (query.keep)(item);
        let facts = |item| Facts { available: available(item), ..self.facts(item, past) };
        let arrange = |list| self.varied(list, query.n, past);
        let mut list = rerank::apply(list, query.n, &self.plan.rules, facts, arrange);
        if query.why {
            name_reasons(inner, past, &mut list, |_| true);
        }
        list
    }

    fn due(&self, past: &Past, query: &Query<'_>) -> Option<Vec<Upcoming>> {
        let keep = |item: u32| (query.keep)(item) && !self.leaves_out(past, item);
        self.inner.model().due(past, &Query { keep: &keep, ..*query })
    }

    fn leaves_out(&self, past: &Past, item: u32) -> bool {
        let facts = self.facts(item, past);
        !self.plan.rules.may_show(&facts)
    }

    fn matched(&self, past: &Past, ranked: &[Ranked]) -> Vec<Vec<Match>> {
        self.inner.model().matched(past, ranked)
    }

    fn reads(&self) -> Reads<'_> {
        let reads = self.inner.model().reads();
        let looks_at_own = self.plan.without_owned || self.plan.calibrated > 0.0;
        Reads {
            purchases: reads.purchases || looks_at_own,
            ignored: reads.ignored || self.plan.tires,
            ..reads
        }
    }

    fn is_personal(&self) -> bool {
        let Reads { purchases, ignored, .. } = self.reads();
        purchases || ignored || self.inner.model().is_personal()
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Plan {
    fn of(arrangement: &Arrangement, customers: &[u32], catalog: &Catalog) -> Self {
        let pins = arrangement.pins.iter();
        let pin = |(item, place): &(crate::types::ItemId, u32)| {
            let number = catalog.number(item.as_str());
            catalog.item(number).map(|_| (number, (*place as usize).saturating_sub(1)))
        };
        let margin = arrangement.margin.as_ref();
        let rules = Rules {
            pins: pins.filter_map(pin).collect(),
            margin: margin.map_or(0.0, |(_, weight)| *weight),
            fatigue: arrangement.tire,
            enough: arrangement.enough.unwrap_or(u32::MAX),
        };
        let mut names = Names::default();
        Self {
            diverse: arrangement.diverse,
            varied: arrangement.varied,
            calibrated: arrangement.calibrated,
            novel: arrangement.novel,
            without_owned: arrangement.without_owned,
            tires: arrangement.tires(),
            enough: arrangement.enough,
            depth: if arrangement.reorders() { catalog.len() } else { 0 },
            rules,
            facts: catalog.items().iter().map(|item| facts(arrangement, item)).collect(),
            features: catalog.items().iter().map(|item| names.features(item)).collect(),
            widest: catalog.items().iter().map(|item| names.widest(item)).collect(),
            news: news(customers),
        }
    }
}

/// How unexpected each item is, by how many customers have it.
fn news(customers: &[u32]) -> Vec<f64> {
    let all = f64::from(customers.iter().copied().max().unwrap_or(0).max(1));
    customers.iter().map(|n| -libm::log2(f64::from((*n).max(1)) / all)).collect()
}

fn digest(inner: &Fitted, arranged: Digest, customers: &[u32]) -> Digest {
    numeric::digest(&("arranged", inner.model().digest(), arranged, customers))
}

/// What the rules say of an item, whoever asks.
fn facts(arrangement: &Arrangement, item: &Item) -> Facts {
    let any = |goods: &[Goods]| goods.iter().any(|goods| goods.has(item));
    let boosts = arrangement.boosts.iter().filter(|(goods, _)| goods.has(item));
    let margin = arrangement.margin.as_ref().and_then(|(name, _)| item.get(name));
    Facts {
        excluded: any(&arrangement.excluded),
        buried: any(&arrangement.buried),
        replenished: any(&arrangement.replenished),
        boost: boosts.map(|(_, factor)| factor).product(),
        margin: match margin {
            Some(Value::Number(margin)) => *margin,
            _ => 0.0,
        },
        ..Facts::default()
    }
}

impl Goods {
    fn has(&self, item: &Item) -> bool {
        match self {
            Self::Item(id) => item.id() == id,
            Self::Category(path) => item.category_path().starts_with(path),
            Self::Brand(name) => item.brand_name() == Some(name),
        }
    }
}

/// Numbers of categories and brands, in the order in which items name them.
#[derive(Debug, Default)]
struct Names<'a> {
    categories: hashbrown::HashMap<&'a [Arc<str>], u32>,
    brands: hashbrown::HashMap<&'a str, u32>,
}

impl<'a> Names<'a> {
    fn category(&mut self, path: &'a [Arc<str>]) -> u32 {
        let next = self.categories.len() as u32;
        *self.categories.entry(path).or_insert(next)
    }

    /// Every category that an item is in, and its brand; ascending.
    fn features(&mut self, item: &'a Item) -> Vec<u32> {
        let path = item.category_path();
        let above = (1..=path.len()).filter_map(|depth| path.get(..depth));
        let mut features: Vec<u32> = above.map(|path| self.category(path)).collect();
        if let Some(brand) = item.brand_name() {
            let next = self.brands.len() as u32;
            // Brands count down from the last number, so the two never meet.
            features.push(u32::MAX - *self.brands.entry(brand).or_insert(next));
        }
        features.sort_unstable();
        features
    }

    fn widest(&mut self, item: &'a Item) -> Vec<u32> {
        let widest = item.category_path().get(..1);
        widest.map(|path| self.category(path)).into_iter().collect()
    }
}
