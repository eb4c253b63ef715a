//! What goes with, is like, is a step up from, or lies beside what a customer has: from raw
//! events and the catalogue's wares.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{Kind, Source, Value};

use super::learn::{ONE, faded};
use super::person::of_attribute;
use super::recommend::{Fitted, NAMED, Offered, best, offered, owned};
use super::truth::Seen;
use crate::common::world::{DAY, Ware};

const ALIKE: f64 = 1_048_576.0;

type Alike<'a> = &'a dyn Fn(&Ware, &Ware) -> f64;

/// A category with a currency, or with none.
type Shelf<'a> = (Vec<&'a str>, String);

/// What the host says of its tier, its price, and its id.
type Priced = (f64, i64, String);

/// The items looked at, the last first, and those bought, the last first; each once.
fn latest(seen: &Seen<'_>, viewing: &[String]) -> (Vec<String>, Vec<String>) {
    let mut visited: Vec<String> = Vec::new();
    for item in viewing.iter().rev().filter(|item| seen.world.wares.iter().any(|w| w.id == **item))
    {
        if !visited.contains(item) {
            visited.push(item.clone());
        }
    }
    let mut bought: Vec<(i64, String)> = Vec::new();
    for item in owned(seen) {
        let of_it = seen
            .rows
            .iter()
            .filter(|row| row.did.kind == Kind::Purchased && row.did.item.as_ref() == Some(&item));
        bought.push((-of_it.map(|row| row.at).max().unwrap(), item));
    }
    bought.sort();
    (visited, bought.into_iter().map(|(_, item)| item).collect())
}

/// One over the place, from the first on.
fn placed(list: Vec<(String, Vec<String>)>) -> Vec<Offered> {
    let mut known = BTreeSet::new();
    let mut offers = Vec::new();
    for (item, because) in list {
        if known.insert(item.clone()) {
            let score = 1.0 / known.len() as f64;
            offers.push(Offered { because, ..offered(item, score, Source::Model) });
        }
    }
    offers
}

impl Fitted<'_> {
    pub(super) fn related(
        &self,
        seen: &Seen<'_>,
        viewing: &[String],
        purchases: usize,
    ) -> Vec<Offered> {
        let (visited, bought) = latest(seen, viewing);
        let mut list: Vec<(String, Vec<String>)> = Vec::new();
        let mut add = |ids: Vec<String>, to: &str| {
            for id in ids.into_iter().filter(|id| id != to) {
                if self.world.wares.iter().any(|ware| ware.id == id) {
                    list.push((id, vec![to.to_owned()]));
                }
            }
        };
        for item in &visited {
            let ware = self.world.ware(item);
            if !ware.available {
                add(ware.substitutes(), item);
            }
            add(ware.accessories(), item);
            add(ware.substitutes(), item);
        }
        let bought = bought.iter().filter(|item| !visited.contains(item));
        for item in bought.take(purchases) {
            let ware = self.world.ware(item);
            add(ware.accessories(), item);
            if !ware.available {
                add(ware.substitutes(), item);
            }
        }
        placed(list)
    }

    pub(super) fn alike(&self, seen: &Seen<'_>, viewing: &[String], half: u64) -> Vec<Offered> {
        let (visited, bought) = latest(seen, viewing);
        let known: BTreeSet<String> = visited.iter().chain(&bought).cloned().collect();
        let mut own = visited.clone();
        own.extend(bought.into_iter().filter(|item| !visited.contains(item)));
        own.truncate(half as usize * 10);
        let own: Vec<(&Ware, u64)> = (0..)
            .zip(&own)
            .map(|(place, item)| (self.world.ware(item), faded(place, half)))
            .collect();
        let whole = own.iter().map(|(_, w)| w).sum::<u64>().max(1) as f64 * ALIKE;
        let may = seen.allowed.contains(&of_attribute("allergy", &self.world.privacy));
        let measured = seen.person.stated("allergy", seen.now).filter(|_| may);
        let parts: [(f64, Alike<'_>); 4] = [
            (1.0, &|a, b| along(&a.category, &b.category)),
            (1.0, &|a, b| f64::from(u8::from(a.brand().is_some() && a.brand() == b.brand()))),
            (0.5, &|a, b| self.near_in_price(a, b)),
            (1.0, &|a, b| self.alike_in_colour(a, b)),
        ];
        let fixed = |alike: f64| (alike * ALIKE).round() as u64;
        let mut list = Vec::new();
        for ware in self.world.wares.iter().filter(|ware| !known.contains(&ware.id)) {
            let mut score = 0.0;
            for (weight, alike) in &parts {
                let sum: u64 = own.iter().map(|(one, w)| w * fixed(alike(one, ware))).sum();
                score += weight * (sum as f64 / whole);
            }
            if let Some((_, Value::Numbers(numbers))) = measured {
                score += 2.0 * cosine(&ware.vector(), numbers);
            }
            let mut says: Vec<(String, f64)> = Vec::new();
            for (one, w) in &own {
                let sum: f64 =
                    parts.iter().map(|(wt, alike)| wt * (w * fixed(alike(one, ware))) as f64).sum();
                says.push((one.id.clone(), sum / ONE as f64));
            }
            says.retain(|(_, sum)| *sum > 0.0);
            says.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let because = says.into_iter().take(NAMED).map(|(item, _)| item).collect();
            let item = offered(ware.id.clone(), score / 5.5, Source::Model);
            list.push(Offered { because, ..item });
        }
        list.retain(|offer| offer.score > 0.0);
        best(list)
    }

    fn near_in_price(&self, a: &Ware, b: &Ware) -> f64 {
        let (Some(a), Some(b)) = (a.price(), b.price()) else { return 0.0 };
        let same = self.world.wares.iter().filter_map(Ware::price).filter(|p| p.1 == a.1);
        let same: Vec<f64> = same.map(|(micros, _)| micros as f64).collect();
        if a.1 == b.1 { near(a.0 as f64, b.0 as f64, &same) } else { 0.0 }
    }

    fn alike_in_colour(&self, a: &Ware, b: &Ware) -> f64 {
        match (a.colour(), b.colour()) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => {
                let all = self.world.wares.iter().filter_map(|ware| match ware.colour() {
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                });
                near(a, b, &all.collect::<Vec<f64>>())
            }
            (Some(a), Some(b)) => {
                let (a, b) = (texts(&a), texts(&b));
                let all = a.union(&b).count();
                if all == 0 { 0.0 } else { a.intersection(&b).count() as f64 / all as f64 }
            }
            _ => 0.0,
        }
    }

    /// The tier of each item of its shelf: a category and a currency, or a category.
    fn shelves(&self, tiers: u64, by_hand: bool) -> Vec<Vec<(u64, i64, String)>> {
        let mut shelves: BTreeMap<Shelf<'_>, Vec<Priced>> = BTreeMap::new();
        for ware in self.world.wares.iter().filter(|ware| !ware.category.is_empty()) {
            let price = ware.price();
            let shelf = match by_hand {
                true => ware.tier().map(|tier| (tier, String::new())),
                false => price.clone().map(|(_, currency)| (0.0, currency)),
            };
            if let Some((level, currency)) = shelf {
                let micros = price.map_or(i64::MAX, |(micros, _)| micros);
                let shelf = shelves.entry((ware.category.clone(), currency)).or_default();
                shelf.push((level, micros, ware.id.clone()));
            }
        }
        let tiered = |mut shelf: Vec<Priced>| {
            shelf.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, &a.2).cmp(&(b.1, &b.2))));
            let (n, all) = (tiers.min(shelf.len() as u64), shelf.len() as u64);
            let levels: BTreeSet<u64> = shelf.iter().map(|(level, ..)| *level as u64).collect();
            let tier = |rank: u64, level: f64| match by_hand {
                true => levels.iter().filter(|other| **other < level as u64).count() as u64,
                false => rank * n / all,
            };
            let items = (0..).zip(shelf);
            items.map(|(rank, (level, price, id))| (tier(rank, level), price, id)).collect()
        };
        shelves.into_values().map(tiered).collect()
    }

    pub(super) fn step_up(
        &self,
        seen: &Seen<'_>,
        viewing: &[String],
        (tiers, step, by_hand): (u64, u64, bool),
    ) -> Vec<Offered> {
        let shelves = self.shelves(tiers, by_hand);
        let place = |item: &str| {
            shelves.iter().find_map(|shelf| Some((shelf, shelf.iter().find(|one| one.2 == item)?)))
        };
        let (visited, bought) = latest(seen, viewing);
        let own = if visited.is_empty() { bought } else { visited };
        let Some((from, (shelf, (tier, price, _)))) =
            own.iter().find_map(|item| Some((item, place(item)?)))
        else {
            return Vec::new();
        };
        let lines = seen.rows.iter().filter(|row| row.did.kind == Kind::Purchased);
        let lines: Vec<_> = lines.filter_map(|row| place(row.did.item.as_deref()?)).collect();
        let here = lines.iter().filter(|(of, _)| *of == shelf).map(|(_, one)| one.0);
        let mut bought: Vec<u64> = here.collect();
        if bought.is_empty() {
            bought = lines.iter().map(|(_, one)| one.0).collect();
        }
        bought.sort();
        let usual = if bought.is_empty() { *tier } else { bought[(bought.len() - 1) / 2] };
        let highest = bought.last().copied().unwrap_or(*tier);
        let mut up: Vec<&(u64, i64, String)> = shelf
            .iter()
            .filter(|one| one.0 > *tier && one.0 <= tier + step && one.0 <= highest + step)
            .filter(|one| by_hand || one.1 > *price)
            .collect();
        up.sort_by_key(|one| (one.0.abs_diff(usual), one.0, one.1, one.2.clone()));
        placed(up.into_iter().map(|one| (one.2.clone(), vec![from.clone()])).collect())
    }

    pub(super) fn studied(
        &self,
        seen: &Seen<'_>,
        viewing: &[String],
        (days, least, share): (i64, usize, f64),
    ) -> Vec<Offered> {
        let path = |item: &str| {
            let ware = self.world.wares.iter().find(|ware| ware.id == item);
            ware.map(|ware| ware.category.clone()).unwrap_or_default()
        };
        let of = |kind: Kind, since: i64| {
            let rows = seen.rows.iter().filter(move |row| row.did.kind == kind && row.at > since);
            rows.filter_map(|row| row.did.item.clone()).map(|item| path(&item)).collect::<Vec<_>>()
        };
        let mut looks = of(Kind::Viewed, seen.now - days * DAY);
        looks.extend(viewing.iter().map(|item| path(item)));
        let bought = of(Kind::Purchased, i64::MIN);
        let mut categories: BTreeSet<Vec<&str>> = BTreeSet::new();
        for ware in &self.world.wares {
            categories.extend((1..=ware.category.len()).map(|n| ware.category[..n].to_vec()));
        }
        let count = |paths: &[Vec<&str>], category: &[&str]| {
            paths.iter().filter(|path| path.starts_with(category)).count()
        };
        let much = |category: &&Vec<&str>| {
            count(&looks, category) >= least
                && count(&bought, category) as f64 <= share * bought.len() as f64
        };
        let found: Vec<&Vec<&str>> = categories.iter().filter(much).collect();
        let narrow =
            |one: &&&Vec<&str>| !found.iter().any(|other| other != *one && other.starts_with(one));
        let mut studied: Vec<&Vec<&str>> = found.iter().filter(narrow).copied().collect();
        studied.sort_by_key(|category| (usize::MAX - count(&looks, category), (*category).clone()));
        let mut wares: Vec<String> = self.world.wares.iter().map(|ware| ware.id.clone()).collect();
        wares.sort();
        let weights = self.counts.popularity(30, self.at);
        wares.sort_by_key(|item| u64::MAX - weights.get(item).copied().unwrap_or(0));
        let own = owned(seen);
        let mut list = Vec::new();
        for category in studied {
            let of_it = wares.iter().filter(|item| path(item).starts_with(category));
            let new = of_it.filter(|item| !own.contains(*item));
            list.extend(new.map(|item| (item.clone(), Vec::new())));
        }
        placed(list)
    }
}

/// How far two paths go together, of the longer one.
fn along(a: &[&str], b: &[&str]) -> f64 {
    let mut both = 0;
    while both < a.len() && both < b.len() && a[both] == b[both] {
        both += 1;
    }
    both as f64 / a.len().max(b.len()).max(1) as f64
}

fn near(a: f64, b: f64, all: &[f64]) -> f64 {
    let most = all.iter().copied().fold(f64::MIN, f64::max);
    let least = all.iter().copied().fold(f64::MAX, f64::min);
    if most > least { 1.0 - (a - b).abs() / (most - least) } else { 1.0 }
}

fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Text(text) => [text.to_string()].into(),
        Value::Set(texts) => texts.iter().map(|text| text.to_string()).collect(),
        _ => BTreeSet::new(),
    }
}

fn cosine(vector: &[f32], own: &[f64]) -> f64 {
    if vector.len() != own.len() {
        return 0.0;
    }
    let (mut product, mut one, mut other) = (0.0, 0.0, 0.0);
    for (a, b) in vector.iter().zip(own) {
        let a = f64::from(*a);
        product += a * b;
        one += a * a;
        other += b * b;
    }
    let lengths = one.sqrt() * other.sqrt();
    if lengths > 0.0 { (product / lengths).clamp(0.0, 1.0) } else { 0.0 }
}
