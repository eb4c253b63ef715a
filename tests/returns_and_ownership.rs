//! What returns and cancellations reverse, and what a customer has: by example, as data
//! that anybody can read, in `tests/cases/`; and held against a plain twin that goes unit
//! by unit.
//!
//! A case of `returns.json` says of each line that was bought how much of it came back, of
//! each reversal what it reverses (`line 1` is the first in time), how many are left and
//! what was paid for them. A case of `ownership.json` says what Ana has in the end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::BTreeMap;

use common::basics::of_ana;
use common::dice::Dice;
use common::{everything, noon, taken};
use confidant::*;
use serde::Deserialize;
use serde_json::Value as Json;

const ITEMS: [&str; 5] = ["boiler", "lamp", "mug", "paint", "rug"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returns {
    case: String,
    history: Vec<Json>,
    /// Whether the lines are of one instant, so that their order is that of their ids.
    #[serde(default)]
    unordered: bool,
    bought: Vec<String>,
    reversed: Option<Vec<String>>,
    left: f64,
    revenue: Vec<Money>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ownership {
    case: String,
    allow: Option<Vec<String>>,
    history: Vec<Json>,
    owned: Vec<String>,
}

fn returns() -> Vec<Returns> {
    serde_json::from_str(include_str!("cases/returns.json")).unwrap()
}

fn ownership() -> Vec<Ownership> {
    serde_json::from_str(include_str!("cases/ownership.json")).unwrap()
}

fn engine() -> Engine {
    let catalog = Catalog::new(ITEMS.map(Item::new)).unwrap();
    Engine::builder().catalog(catalog).seal_after(6).build().unwrap()
}

fn late() -> Timestamp {
    "2026-12-31T00:00:00Z".parse().unwrap()
}

/// What may be seen at last of events that come in this order.
fn seen(consent: Event, told: impl IntoIterator<Item = Event>) -> View {
    let engine = engine();
    taken(engine.record(late(), consent));
    for event in told {
        taken(engine.record(late(), event));
    }
    engine.view("ana", Purpose::Personalisation, late(), None).unwrap()
}

fn all_allowed() -> Event {
    everything("ana", "2001-01-01T00:00:00Z".parse().unwrap()).into()
}

fn told(reversals: &Reversals) -> (Vec<String>, Vec<String>) {
    let bought = reversals.bought.iter().map(|line| {
        let (item, amount) = (line.item.as_ref().unwrap(), line.amount.unwrap());
        let (n, back, money) =
            (line.quantity, line.reversed_quantity, line.reversed_amount.unwrap());
        format!("{item}: {back} of {n} back, {money} of {amount}")
    });
    let reversed = reversals.reversed.iter().map(|reversal| {
        let of = reversal.of.iter().map(|(line, n)| format!("{n} of line {}", line + 1));
        let rest = (reversal.unmatched > 0.0).then(|| format!("{} of nothing", reversal.unmatched));
        let of: Vec<String> = of.chain(rest).collect();
        format!("{}: {}", reversal.kind.name(), of.join(", "))
    });
    (bought.collect(), reversed.collect())
}

#[test]
fn every_case_of_returns_has_its_answer() {
    for case in returns() {
        // In the order of the case, and the other way round.
        for backwards in [false, true] {
            let mut history: Vec<Event> = case.history.iter().map(of_ana).collect();
            if backwards {
                history.reverse();
            }
            let retracts = |event: &Event| event.to_json().contains("retracts");
            let early = backwards && history.iter().any(retracts);
            let reversals = match early {
                // What was retracted already is nothing when it comes.
                true => {
                    let engine = engine();
                    let all = [all_allowed()].into_iter().chain(history);
                    assert!(engine.record_all(late(), all).refused.is_empty());
                    engine.view("ana", Purpose::Personalisation, late(), None).unwrap().reversals()
                }
                false => seen(all_allowed(), history).reversals(),
            };
            let (mut bought, reversed) = told(&reversals);
            if case.unordered {
                bought.sort();
            }
            assert_eq!(bought, case.bought, "{}", case.case);
            if let Some(expected) = &case.reversed {
                assert_eq!(reversed, *expected, "{}", case.case);
            }
            assert_eq!(reversals.net_quantity(), case.left, "{}", case.case);
            assert_eq!(reversals.net_revenue(), case.revenue, "{}", case.case);
        }
    }
}

fn in_words(owned: &Owned) -> String {
    let mut words = format!("{} {} since {}", owned.quantity, owned.item, owned.since);
    if owned.registered {
        words += ", registered";
    }
    if let Some(reading) = owned.reading {
        words += &format!(", at {} on {}", reading.value, reading.at);
        if let Some(rate) = reading.per_day {
            words += &format!(", {rate} a day");
        }
    }
    words
}

#[test]
fn every_case_of_ownership_has_its_answer() {
    for case in ownership() {
        let consent = match &case.allow {
            None => all_allowed(),
            Some(named) => {
                let named = named.iter().map(|name| DataCategory::custom(name.as_str()));
                let start = "2001-01-01T00:00:00Z".parse().unwrap();
                let consent = Event::consent("ana", start).level(Level::OwnHistory);
                consent.allow_only(Purpose::Personalisation, named).into()
            }
        };
        for backwards in [false, true] {
            let mut history: Vec<Event> = case.history.iter().map(of_ana).collect();
            if backwards {
                history.reverse();
            }
            let engine = engine();
            let all = [consent.clone()].into_iter().chain(history);
            for (_, refusal) in engine.record_all(late(), all).refused {
                assert!(matches!(refusal, Refusal::NotAllowed(_)), "{}: {refusal:?}", case.case);
            }
            let view = engine.view("ana", Purpose::Personalisation, late(), None).unwrap();
            let owned: Vec<String> = view.owned().iter().map(in_words).collect();
            assert_eq!(owned, case.owned, "{}", case.case);
        }
    }
}

#[test]
fn without_consent_nothing_was_bought_and_nothing_is_owned() {
    let engine = engine();
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("mug")));
    let view = engine.view("ana", Purpose::Personalisation, noon(), None).unwrap();
    assert!(view.reversals().bought.is_empty() && view.owned().is_empty());
}

/// Each word is kept as a property of its name, and refused where it makes no sense.
#[test]
fn words_of_their_own_are_kept_and_checked() {
    let engine = engine();
    taken(engine.record(late(), all_allowed()));
    let asked = || Event::contacted_support("ana", noon());
    taken(engine.record(late(), asked().effort(0.25).emotion(-1.0).topic("heating")));
    let report = engine.customer_report("ana", late()).unwrap().unwrap();
    let said: BTreeMap<&str, String> =
        report.history[0].properties.iter().map(|(_, n, v)| (n.as_str(), v.to_string())).collect();
    let expected = [("effort", "0.25"), ("emotion", "-1"), ("topic", "heating")];
    assert_eq!(said, expected.map(|(name, value)| (name, value.to_owned())).into());
    let wrong: [(Behaviour, &str); 8] = [
        (asked().effort(-0.1), "effort"),
        (asked().effort(f64::NAN), "effort"),
        (asked().emotion(1.1), "emotion"),
        (asked().sentiment(-1.5), "sentiment"),
        (asked().reading(f64::INFINITY), "reading"),
        (asked().property("topic", 3), "topic"),
        (asked().property("reverses", true), "reverses"),
        (asked().property("effort", "much"), "effort"),
    ];
    for (event, field) in wrong {
        let error = engine.record(late(), event).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
    }
}

/// Posts and readings of devices are special: to allow a purpose does not let it see them.
#[test]
fn posts_and_readings_are_seen_only_when_they_are_named() {
    let told = || -> [Event; 2] {
        let posted = Event::posted("ana", noon()).topic("heating").sentiment(-0.5).into();
        [posted, Event::sensed("ana", noon()).item("boiler").reading(21.5).into()]
    };
    let engine = engine();
    taken(engine.record(late(), all_allowed()));
    for (event, category) in told().into_iter().zip([DataCategory::Posts, DataCategory::Readings]) {
        let refused = Recorded::NotAllowed(NotAllowed::Category(category));
        assert_eq!(engine.record(late(), event).unwrap(), refused);
    }
    for (named, n) in [(vec![DataCategory::Posts], 1), (vec![DataCategory::Readings], 1)]
        .into_iter()
        .chain([(vec![DataCategory::Posts, DataCategory::Readings], 2)])
    {
        let start = noon() - days(1);
        let consent = Event::consent("ana", start).level(Level::OwnHistory);
        let consent = consent.allow_only(Purpose::Personalisation, named);
        let engine = self::engine();
        taken(engine.record(late(), consent));
        _ = engine.record_all(late(), told());
        let view = engine.view("ana", Purpose::Personalisation, late(), None).unwrap();
        assert_eq!(view.len(), n);
    }
}

// ---------------------------------------------------------------- the twin

/// One thing that was told, in whole numbers; its place is the order of time.
#[derive(Debug, Clone)]
struct Line {
    kind: Kind,
    item: Option<usize>,
    order: Option<usize>,
    n: usize,
    /// In cents, for one.
    price: i64,
    paid_back: bool,
    names: Option<usize>,
}

fn random(dice: &mut Dice, place: usize) -> Line {
    let kind = match dice.below(12) {
        0..5 => Kind::Purchased,
        5..7 => Kind::Returned,
        7 => Kind::Cancelled,
        8..10 => Kind::Registered,
        _ => Kind::Disposed,
    };
    let back = matches!(kind, Kind::Returned | Kind::Cancelled);
    Line {
        item: if back { dice.maybe(80, &[0, 1, 2]) } else { Some(dice.below(3)) },
        order: dice.maybe(50, &[0, 1, 2]),
        n: 1 + dice.below(4),
        price: 100 * (1 + dice.below(9) as i64),
        paid_back: dice.chance(50),
        names: if back && place > 0 && dice.chance(30) {
            Some(dice.below(place + 3))
        } else {
            None
        },
        kind,
    }
}

fn at(place: usize) -> Timestamp {
    noon() + hours(place as u32)
}

impl Line {
    fn event(&self, place: usize) -> Event {
        let did = Event::did("ana", at(place), self.kind.clone());
        let mut did = did.id(format!("e{place}")).quantity(self.n as f64);
        if let Some(item) = self.item {
            did = did.item(ITEMS[item]);
        }
        if let Some(order) = self.order {
            did = did.order(format!("o{order}"));
        }
        if self.kind == Kind::Purchased || self.is_back() && self.paid_back {
            did = did.amount(Money::cents(self.price * self.n as i64, "EUR").unwrap());
        }
        match self.names {
            Some(other) => did.reverses(format!("e{other}")).into(),
            None => did.into(),
        }
    }

    fn is_back(&self) -> bool {
        matches!(self.kind, Kind::Returned | Kind::Cancelled)
    }
}

/// Which unit of which purchase each unit of a reversal takes: a unit is a line and a
/// number.
struct Twin {
    /// Per line that is a reversal, the purchases, unit by unit.
    takes: BTreeMap<usize, Vec<usize>>,
    unmatched: BTreeMap<usize, usize>,
    back: Vec<usize>,
}

fn twin(lines: &[Line]) -> Twin {
    let mut back = vec![0; lines.len()];
    let mut takes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut unmatched = BTreeMap::new();
    let bought = |at: usize| lines[at].kind == Kind::Purchased;
    let of_order = |r: &Line, at: usize| {
        let line = &lines[at];
        let item = r.item.is_none() || line.item == r.item;
        bought(at) && r.order.is_some() && line.order == r.order && item
    };
    let way = |r: &Line| match r.names {
        Some(_) => 0,
        None if (0..lines.len()).any(|at| of_order(r, at)) => 1,
        None => 2,
    };
    for pass in 0..3 {
        for (place, r) in lines.iter().enumerate().filter(|(_, r)| r.is_back() && way(r) == pass) {
            let fits = |at: usize| match pass {
                0 => Some(at) == r.names && bought(at),
                1 => of_order(r, at),
                _ => bought(at) && r.item.is_some() && lines[at].item == r.item && at <= place,
            };
            let whole = pass == 1 && r.item.is_none();
            let mut wanted = if whole { usize::MAX } else { r.n };
            let mine = takes.entry(place).or_default();
            while wanted > 0 {
                let free = |at: &usize| fits(*at) && back[*at] < lines[*at].n;
                let Some(unit) = (0..lines.len()).rev().find(free) else { break };
                back[unit] += 1;
                mine.push(unit);
                wanted -= 1;
            }
            let rest = if whole && !mine.is_empty() { 0 } else { wanted.min(r.n) };
            unmatched.insert(place, rest);
        }
    }
    Twin { takes, unmatched, back }
}

/// What is left, one by one: since when, whether it is registered.
fn twin_owned(lines: &[Line], twin: &Twin, item: usize) -> Vec<(usize, bool)> {
    // Place of the deed that it came with, whether bought, whether registered.
    let mut units: Vec<(usize, bool)> = Vec::new();
    let mut early: Vec<usize> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        for unit in twin.takes.get(&place).into_iter().flatten() {
            if lines[*unit].item != Some(item) {
                continue;
            }
            // Of those that came together, one that is not registered goes first.
            let mut of_it: Vec<usize> = (0..units.len()).filter(|n| units[*n].0 == *unit).collect();
            of_it.sort_by_key(|n| units[*n].1);
            match of_it.first() {
                Some(n) => _ = units.remove(*n),
                None if *unit > place => early.push(*unit),
                None => {}
            }
        }
        if line.item != Some(item) {
            continue;
        }
        let go = match line.kind {
            Kind::Purchased => {
                let gone = early.iter().filter(|unit| **unit == place).count();
                units.extend(std::iter::repeat_n((place, false), line.n - gone));
                0
            }
            Kind::Registered => {
                for _ in 0..line.n {
                    match units.iter_mut().find(|unit| !unit.1) {
                        Some(unit) => unit.1 = true,
                        None => units.push((place, true)),
                    }
                }
                0
            }
            Kind::Disposed => line.n,
            _ => twin.unmatched[&place],
        };
        for _ in 0..go {
            let oldest = units.iter().map(|unit| unit.0).min();
            let mut of_it: Vec<usize> =
                (0..units.len()).filter(|n| Some(units[*n].0) == oldest).collect();
            of_it.sort_by_key(|n| units[*n].1);
            of_it.first().into_iter().for_each(|n| _ = units.remove(*n));
        }
        units.sort_by_key(|unit| unit.0);
    }
    units
}

#[test]
fn the_folds_equal_their_twin_in_any_order() {
    let (mut matched, mut unmatched, mut owned) = (0, 0, 0);
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let lines: Vec<Line> = (0..18).map(|place| random(&mut dice, place)).collect();
        let mut events: Vec<Event> = lines.iter().enumerate().map(|(n, l)| l.event(n)).collect();
        dice.shuffle(&mut events);
        let view = seen(all_allowed(), events);
        let (reversals, twin) = (view.reversals(), twin(&lines));
        let bought: Vec<usize> = (0..18).filter(|n| lines[*n].kind == Kind::Purchased).collect();
        let back: Vec<usize> = (0..18).filter(|n| lines[*n].is_back()).collect();
        // Quantities, and for how much: by the unit, so everything comes out even.
        let mut money = [0; 18];
        for (place, units) in &twin.takes {
            let (r, named) = (&lines[*place], units.len() + twin.unmatched[place]);
            let each = |unit: usize| match r.paid_back {
                true if named == r.n => r.price,
                true => -1,
                false => lines[unit].price,
            };
            for unit in units {
                let each = each(*unit);
                money[*unit] = if each < 0 || money[*unit] < 0 { -1 } else { money[*unit] + each };
            }
        }
        for (n, line) in bought.iter().zip(&reversals.bought) {
            assert_eq!(line.reversed_quantity, twin.back[*n] as f64, "seed {seed}");
            // What was said for more or fewer than come back is shared, and may not come out even.
            if money[*n] >= 0 {
                let cents = line.reversed_amount.unwrap().as_micros() / 10_000;
                assert_eq!(cents, money[*n], "seed {seed}, line {n}");
            }
        }
        for (n, r) in back.iter().zip(&reversals.reversed) {
            let mut of: BTreeMap<usize, f64> = BTreeMap::new();
            r.of.iter().for_each(|(line, n)| _ = of.insert(bought[*line], *n));
            let mut expected: BTreeMap<usize, f64> = BTreeMap::new();
            twin.takes[n].iter().for_each(|unit| *expected.entry(*unit).or_default() += 1.0);
            assert_eq!(of, expected, "seed {seed}, reversal {n}");
            assert_eq!(r.unmatched, twin.unmatched[n] as f64, "seed {seed}, reversal {n}");
            matched += of.len();
            unmatched += usize::from(r.unmatched > 0.0);
        }
        let all = view.owned();
        for (item, name) in ITEMS.iter().enumerate().take(3) {
            let units = twin_owned(&lines, &twin, item);
            let known = all.iter().find(|owned| owned.item.as_str() == *name);
            assert_eq!(known.map_or(0.0, |o| o.quantity), units.len() as f64, "seed {seed} {name}");
            if let Some(known) = known {
                assert_eq!(known.since, at(units[0].0), "seed {seed} {name}");
                assert_eq!(known.registered, units.iter().any(|u| u.1), "seed {seed} {name}");
                owned += 1;
            }
        }
    }
    assert!(matched > 500 && unmatched > 200 && owned > 300, "{matched} {unmatched} {owned}");
}
