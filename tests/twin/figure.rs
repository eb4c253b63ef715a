//! Figures over what was done, counted by hand, and which one it was.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{DataCategory, Kind, Value};

use super::choice::Categories;
use super::person::{Row, of_attribute, of_kind};
use super::test::{Around, meets};
use super::truth::Seen;
use crate::common::ask::{Bound, Deeds, Figure, Measure, Numbers, Pick, What, When, Which};
use crate::common::told::Did;
use crate::common::world::{DAY, Privacy};

/// What is posted, what devices report and what is shown is meant only where it is named.
fn is_dealing(kind: &Kind) -> bool {
    !matches!(kind, Kind::Posted | Kind::Sensed | Kind::Shown)
}

/// Any kind needs every category that a kind of dealing can have.
pub fn needed(of: &Deeds, privacy: &Privacy) -> Categories {
    let own = of.properties.iter().filter_map(|property| property.category.clone());
    if !of.kinds.is_empty() {
        return of.kinds.iter().map(|kind| of_kind(kind, privacy)).chain(own).collect();
    }
    let base = Kind::BASE.iter().filter(|kind| is_dealing(kind));
    let base = base.map(|kind| of_kind(kind, privacy));
    base.chain(privacy.kinds.values().cloned()).chain([DataCategory::Other]).chain(own).collect()
}

/// Where the clock of the customer is asked for, what says whose it is.
pub fn needed_for(when: When, privacy: &Privacy) -> Categories {
    match when {
        When::This(_) | When::Previous(..) | When::Days(..) => {
            [of_attribute("time_zone", privacy)].into()
        }
        When::Ever | When::Last(_) | When::Ago(..) => Categories::new(),
    }
}

fn numbers(measure: &Measure) -> Option<&Numbers> {
    match measure {
        Measure::Average(numbers)
        | Measure::Minimum(numbers)
        | Measure::Maximum(numbers)
        | Measure::Sum(numbers) => Some(numbers),
        _ => None,
    }
}

impl Seen<'_> {
    pub fn may(&self, needed: &Categories) -> bool {
        needed.is_subset(&self.allowed)
    }

    fn may_know(&self, of: &Deeds, when: When) -> bool {
        let privacy = &self.world.privacy;
        self.may(&needed(of, privacy)) && self.may(&needed_for(when, privacy))
    }

    /// What was done that is meant, in order.
    pub fn deeds(&self, of: &Deeds, when: When) -> Vec<&Row> {
        let inside = |row: &&&Row| self.is_in(row.at, when) && self.fits(row, of);
        self.rows.iter().filter(inside).copied().collect()
    }

    /// Whether an instant is in a window; none is later than now.
    pub fn is_in(&self, at: i64, when: When) -> bool {
        let (now, clock) = (self.now, self.clock);
        at <= now
            && match when {
                When::Ever => true,
                When::Last(span) => at > now - span,
                When::Ago(from, to) => now - from < at && at <= now - to,
                When::This(unit) => at >= clock.begins(clock.first_day(unit, now, 0)),
                When::Previous(n, unit) => {
                    clock.begins(clock.first_day(unit, now, n)) <= at
                        && at < clock.begins(clock.first_day(unit, now, 0))
                }
                When::Days(from, to) => {
                    clock.begins(from) <= at && at < clock.begins(to + chrono::Days::new(1))
                }
            }
    }

    pub fn fits(&self, row: &Row, of: &Deeds) -> bool {
        let did = &row.did;
        let any = of.kinds.is_empty() && is_dealing(&did.kind);
        let below = |category: &Vec<String>| self.category(did).starts_with(category);
        (any || of.kinds.contains(&did.kind))
            && (of.channels.is_empty()
                || row.channel.as_ref().is_some_and(|on| of.channels.contains(on)))
            && (of.items.is_empty()
                || did.item.as_ref().is_some_and(|item| of.items.contains(item)))
            && (of.categories.is_empty() || of.categories.iter().any(below))
            && of.amounts.iter().all(|(currency, bound)| priced(amount(did, currency), *bound))
            && of.prices.iter().all(|(currency, bound)| priced(price(did, currency), *bound))
            && of.properties.iter().all(|property| {
                let around = Around { now: self.now, clock: self.clock, held: None };
                meets(noted(did, &property.category, &property.name), &property.be, around)
            })
    }

    /// From the widest down; none of what has no item, or one without.
    fn category(&self, did: &Did) -> Vec<String> {
        let ware = did.item.as_ref().map(|item| self.world.ware(item));
        ware.map(|ware| ware.category.iter().map(|name| (*name).to_owned()).collect())
            .unwrap_or_default()
    }

    /// Unknown, none, or the figure.
    pub fn figure(&self, figure: &Figure) -> Option<Option<i128>> {
        if !self.may_know(&figure.of, figure.when) {
            return None;
        }
        if let Some(Numbers::Property(Some(category), _)) = numbers(&figure.measure)
            && !self.allowed.contains(category)
        {
            return None;
        }
        let rows = self.deeds(&figure.of, figure.when);
        let since = |at: Option<i64>| at.map(|at| i128::from(self.now - at));
        let (first, last) =
            (rows.iter().map(|row| row.at).min(), rows.iter().map(|row| row.at).max());
        let distinct = |of: BTreeSet<String>| Some(of.len() as i128);
        let numbers = numbers(&figure.measure).map(|these| all_numbers(&rows, these));
        let numbers = numbers.unwrap_or_default();
        let sum = numbers.iter().sum::<i128>();
        Some(match &figure.measure {
            Measure::Count => Some(rows.len() as i128),
            Measure::Orders => {
                distinct(rows.iter().filter_map(|row| row.did.order.clone()).collect())
            }
            Measure::Items => {
                distinct(rows.iter().filter_map(|row| row.did.item.clone()).collect())
            }
            Measure::Channels => {
                let named = rows.iter().filter_map(|row| row.channel.as_ref());
                distinct(named.map(|channel| channel.name().to_owned()).collect())
            }
            Measure::Categories => {
                let paths = rows.iter().map(|row| self.category(&row.did).join("/"));
                distinct(paths.filter(|path| !path.is_empty()).collect())
            }
            Measure::Total(currency) => {
                Some(all_numbers(&rows, &Numbers::Amount(currency.clone())).iter().sum())
            }
            Measure::Basket(currency) => basket(&rows, currency),
            Measure::Since => since(last),
            Measure::SinceFirst => since(first),
            Measure::DaysSince => since(last).map(|since| since / i128::from(DAY)),
            Measure::Average(_) => (!numbers.is_empty()).then(|| floor(sum, numbers.len() as i128)),
            Measure::Minimum(_) => numbers.iter().min().copied(),
            Measure::Maximum(_) => numbers.iter().max().copied(),
            Measure::Sum(_) => Some(sum),
        })
    }

    /// In millionths, rounded down.
    pub fn ratio(&self, part: &Figure, whole: &Figure) -> Option<Option<i128>> {
        Some(match (self.figure(part)?, self.figure(whole)?) {
            (Some(of), Some(to)) if to != 0 => {
                Some(floor(of * unit(part) * 1_000_000, to * unit(whole)))
            }
            _ => None,
        })
    }

    pub fn pick(&self, pick: &Pick) -> Option<bool> {
        if !self.may_know(&pick.of, pick.when) {
            return None;
        }
        let name = |row: &Row| match pick.what {
            What::Item => row.did.item.clone(),
            What::Channel => row.channel.as_ref().map(|channel| channel.name().to_owned()),
            What::Category(depth) => self.category(&row.did).get(usize::from(depth) - 1).cloned(),
        };
        let rows = self.deeds(&pick.of, pick.when);
        let named: Vec<(i64, String)> =
            rows.iter().filter_map(|row| Some((row.at, name(row)?))).collect();
        let at = |at: Option<i64>| {
            named.iter().filter(|(when, _)| Some(*when) == at).map(|(_, name)| name.clone()).min()
        };
        let one = match pick.which {
            Which::First => at(named.iter().map(|(at, _)| *at).min()),
            Which::Last => at(named.iter().map(|(at, _)| *at).max()),
            Which::MostFrequent => most_frequent(&named),
        };
        Some(one.is_some_and(|one| pick.is.contains(&one)))
    }
}

/// Of several, the one met last; of those, the smallest.
fn most_frequent(named: &[(i64, String)]) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    named.iter().for_each(|(_, name)| *counts.entry(name).or_default() += 1);
    let most = counts.values().max()?;
    let often: BTreeSet<&String> =
        counts.iter().filter(|(_, count)| *count == most).map(|(name, _)| *name).collect();
    let last =
        |name: &String| named.iter().filter(|(_, other)| other == name).map(|(at, _)| at).max();
    let latest = often.iter().map(|name| last(name)).max()?;
    often.into_iter().find(|name| last(name) == latest).cloned()
}

fn all_numbers(rows: &[&Row], these: &Numbers) -> Vec<i128> {
    let number = |row: &&Row| match these {
        Numbers::Amount(currency) => amount(&row.did, currency),
        Numbers::Quantity => Some(thousandths(&row.did) * 1000),
        Numbers::Property(category, name) => match noted(&row.did, category, name) {
            Some(Value::Number(number)) => Some((number * 1e6).round() as i128),
            _ => None,
        },
    };
    rows.iter().filter_map(number).collect()
}

/// The mean of the orders that come to anything in a currency.
fn basket(rows: &[&Row], currency: &str) -> Option<i128> {
    let mut orders: BTreeMap<String, i128> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        let Some(amount) = amount(&row.did, currency) else { continue };
        let alone = || format!("alone {n}");
        *orders.entry(row.did.order.clone().unwrap_or_else(alone)).or_default() += amount;
    }
    let sum: i128 = orders.values().sum();
    (!orders.is_empty()).then(|| floor(sum, orders.len() as i128))
}

pub fn floor(part: i128, whole: i128) -> i128 {
    let towards_zero = part / whole;
    let exact = towards_zero * whole == part;
    if exact || (part < 0) == (whole < 0) { towards_zero } else { towards_zero - 1 }
}

fn amount(did: &Did, currency: &str) -> Option<i128> {
    let amount = did.amount.as_ref().filter(|(_, known)| known == currency);
    amount.map(|(micros, _)| i128::from(*micros))
}

fn thousandths(did: &Did) -> i128 {
    (did.quantity.unwrap_or(1.0) * 1000.0).round() as i128
}

fn price(did: &Did, currency: &str) -> Option<i128> {
    let quantity = thousandths(did);
    amount(did, currency).filter(|_| quantity > 0).map(|amount| floor(amount * 1000, quantity))
}

fn priced(amount: Option<i128>, bound: Bound) -> bool {
    amount.is_some_and(|amount| bound.holds(amount.try_into().unwrap()))
}

fn noted<'a>(did: &'a Did, category: &Option<DataCategory>, name: &str) -> Option<&'a Value> {
    let found = did.properties.iter().find(|(of, known, _)| of == category && known == name);
    found.map(|(.., value)| value)
}

/// How many millionths of its unit a figure is counted in.
fn unit(figure: &Figure) -> i128 {
    match figure.measure {
        Measure::Count
        | Measure::Orders
        | Measure::Items
        | Measure::Channels
        | Measure::Categories
        | Measure::Since
        | Measure::SinceFirst
        | Measure::DaysSince => 1_000_000,
        Measure::Total(_)
        | Measure::Basket(_)
        | Measure::Average(_)
        | Measure::Minimum(_)
        | Measure::Maximum(_)
        | Measure::Sum(_) => 1,
    }
}
