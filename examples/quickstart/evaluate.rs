//! Act five: would it have known? Each household's last basket is held out, everything
//! else is learned from, and each recommender names ten products.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{Engine, MemoryStore, Scope, Timestamp};

use crate::decide::visit;
use crate::load::fill;
use crate::sample::{A_MINUTE, Sample};
use crate::shop::{self, ITEM_ITEM, PERSONAL, POPULARITY};
use crate::support::measure::Latencies;
use crate::support::{Result, say};

/// How many products each recommender may name.
const TOP: usize = 10;

/// How many baskets a household needs to take part.
const BASKETS: usize = 3;

/// How many decisions are timed.
const DECISIONS: usize = 2_000;

pub(crate) struct Figures {
    pub(crate) models: Vec<(&'static str, Metrics)>,
    pub(crate) decide_p50_us: f64,
    pub(crate) decide_p99_us: f64,
}

/// Means over the households with anything to find.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Metrics {
    /// At least one hit.
    pub(crate) hit: f64,
    /// Hits over the size of what is to be found.
    pub(crate) recall: f64,
    households: usize,
}

/// A household's last basket: what is in it, and what of that is new to the household.
struct HeldOut<'a> {
    order: &'a str,
    items: BTreeSet<&'a str>,
    new: BTreeSet<&'a str>,
}

impl<'a> HeldOut<'a> {
    fn wanted(&self, scope: Scope) -> &BTreeSet<&'a str> {
        match scope {
            Scope::All => &self.items,
            Scope::New => &self.new,
        }
    }
}

pub(crate) fn act(sample: &Sample) -> Result<Figures> {
    say::heading("5. Would it have known the last basket?");
    let held_out = held_out(sample);
    let engine = shop::engine(sample, MemoryStore::new())?;
    fill(&engine, sample, &sample.background(), |line| {
        let basket = held_out.get(line.customer.value());
        basket.is_none_or(|basket| line.order.as_deref() != Some(basket.order))
    })?;
    let now = sample.now();
    let whole = |b: &HeldOut<'_>| b.items.len();
    let size = held_out.values().map(whole).sum::<usize>() as f64 / held_out.len().max(1) as f64;
    say::paragraph(
        2,
        &format!(
            "{} households with at least {BASKETS} baskets; the last one of each is held out \
             ({size:.1} products on average), all else is learned from. Each recommender \
             names {TOP} of {} products.",
            held_out.len(),
            say::thousands(sample.catalog.len() as u64),
        ),
    );
    let ask = |name, scope| measure(&engine, name, scope, now, &held_out);
    let models = vec![
        ("popularity", ask(POPULARITY, Scope::All)?),
        ("personal", ask(PERSONAL, Scope::All)?),
        ("new_popularity", ask(POPULARITY, Scope::New)?),
        ("new_item_item", ask(ITEM_ITEM, Scope::New)?),
    ];
    table(&models);
    println!();
    say::paragraph(
        2,
        "What 65 households have not tried yet is a lottery; what they buy again is not.",
    );
    let mut latencies = decisions(&engine, sample)?;
    let (p50, p99) = (latencies.percentile_us(0.5), latencies.percentile_us(0.99));
    println!();
    say::paragraph(
        2,
        &format!(
            "{} decisions with {} lines of history each: half within {p50:.0} us, 99 of 100 \
             within {p99:.0} us.",
            say::thousands(DECISIONS as u64),
            say::thousands((sample.purchases.len() / sample.households.len().max(1)) as u64),
        ),
    );
    Ok(Figures { models, decide_p50_us: p50, decide_p99_us: p99 })
}

/// A basket is an order id, at its first time; of two at the same time the larger id is
/// the later.
fn held_out(sample: &Sample) -> BTreeMap<&str, HeldOut<'_>> {
    let lines = || sample.purchases.iter().filter(|line| Sample::is_purchase(line));
    let mut baskets: BTreeMap<&str, BTreeMap<&str, Timestamp>> = BTreeMap::new();
    for line in lines() {
        if let Some(order) = &line.order {
            let orders = baskets.entry(line.customer.value()).or_default();
            let first = orders.entry(order).or_insert(line.at);
            *first = line.at.min(*first);
        }
    }
    baskets.retain(|_, orders| orders.len() >= BASKETS);
    let mut held_out: BTreeMap<&str, HeldOut<'_>> = BTreeMap::new();
    for (household, orders) in &baskets {
        if let Some((order, _)) = orders.iter().max_by_key(|(order, at)| (**at, **order)) {
            let (items, new) = (BTreeSet::new(), BTreeSet::new());
            held_out.insert(household, HeldOut { order, items, new });
        }
    }
    let mut before: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in lines() {
        let (customer, item) = (line.customer.value(), line.item.as_deref());
        let Some((basket, item)) = held_out.get_mut(customer).zip(item) else {
            continue;
        };
        match line.order.as_deref() == Some(basket.order) {
            true => _ = basket.items.insert(item),
            false => _ = before.entry(customer).or_default().insert(item),
        }
    }
    for (household, basket) in &mut held_out {
        let known = before.remove(household).unwrap_or_default();
        basket.new = basket.items.difference(&known).copied().collect();
    }
    held_out
}

fn measure(
    engine: &Engine,
    recommender: &str,
    scope: Scope,
    now: Timestamp,
    held_out: &BTreeMap<&str, HeldOut<'_>>,
) -> Result<Metrics> {
    let mut sum = Metrics::default();
    for (household, basket) in held_out {
        let wanted = basket.wanted(scope);
        if wanted.is_empty() {
            continue;
        }
        let named = engine.recommend(*household, recommender, TOP, scope, now)?;
        let hits = named.iter().filter(|r| wanted.contains(r.item.as_str())).count();
        sum.hit += f64::from(u8::from(hits > 0));
        sum.recall += hits as f64 / wanted.len() as f64;
        sum.households += 1;
    }
    let n = sum.households.max(1) as f64;
    Ok(Metrics { hit: sum.hit / n, recall: sum.recall / n, ..sum })
}

fn table(models: &[(&str, Metrics)]) {
    println!();
    let head = format!(
        "{:24} {:15} {:>10} {:>10} {:>10}",
        "to be found", "recommender", "households", "hit rate", "recall@10"
    );
    println!("  {}", say::bold(&head));
    for (name, metrics) in models {
        let (what, recommender) = match name.strip_prefix("new_") {
            Some(rest) => ("new to the household", rest),
            None => ("the whole basket", *name),
        };
        println!(
            "  {what:24} {:15} {:>10} {:>8.1} % {:>10.4}",
            recommender.replace('_', "-"),
            metrics.households,
            metrics.hit * 100.0,
            metrics.recall,
        );
    }
}

/// Decisions in the web shop, household by household, a minute apart.
fn decisions(engine: &Engine, sample: &Sample) -> Result<Latencies> {
    let mut latencies = Latencies::default();
    let mut now = sample.now();
    let product = sample.catalog.items().first().map_or("", |item| item.id().as_str());
    for household in sample.households.keys().cycle().take(DECISIONS) {
        now = now + A_MINUTE;
        let request = visit(household, now, product);
        latencies.time(|| engine.decide(&request))?;
    }
    Ok(latencies)
}
