//! Questions of any form, that ask for what made worlds hold: spans are whole numbers of
//! the hours that things happen at, so that edges are hit.

use chrono::{Days, NaiveDate};
use confidant::{CalendarUnit, DataCategory, Kind, Stage};

use super::{
    Ask, Bound, Chain, Deeds, Figure, Measure, Numbers, Past, Pick, Property, Step, What, When,
    Which,
};
use crate::common::dice::Dice;
use crate::common::world::{self, DAY, HOUR};

pub const UNITS: [CalendarUnit; 5] = [
    CalendarUnit::Day,
    CalendarUnit::Week,
    CalendarUnit::Month,
    CalendarUnit::Quarter,
    CalendarUnit::Year,
];

/// A question of any form, which may ask for these segments.
pub fn random(dice: &mut Dice, depth: usize, segments: &[String]) -> Ask {
    let deepest = if depth == 0 { 14 } else { 19 };
    match dice.below(deepest) {
        0..2 => {
            let name = *dice.pick(&world::ATTRIBUTES);
            Ask::Attribute(name.to_owned(), super::values::be(dice, name))
        }
        2 if dice.chance(40) => {
            let name = *dice.pick(&world::VISIT);
            Ask::Session(name.to_owned(), super::values::of_visit(dice, name))
        }
        3 if !segments.is_empty() => Ask::InSegment(dice.pick(segments).clone()),
        4 if dice.chance(10) => Ask::Always,
        5 => rate(dice),
        6 => Ask::Pick(pick(dice)),
        7..9 => Ask::Sequence(chain(dice)),
        9 if dice.chance(40) => Ask::Stage(stages(dice)),
        14 => Ask::Points(
            (0..dice.below(5))
                .map(|_| (random(dice, depth - 1, segments), dice.below(9) as i32 - 3))
                .collect(),
            bound(dice, |dice| dice.below(12) as i64 - 4),
        ),
        15..17 => Ask::All(several(dice, depth, segments)),
        17 => Ask::Any(several(dice, depth, segments)),
        18 => Ask::Not(Box::new(random(dice, depth - 1, segments))),
        _ => Ask::Past(past(dice)),
    }
}

fn several(dice: &mut Dice, depth: usize, segments: &[String]) -> Vec<Ask> {
    (0..dice.below(4)).map(|_| random(dice, depth - 1, segments)).collect()
}

fn stages(dice: &mut Dice) -> Vec<Stage> {
    let mut stages = dice.some(30, &Stage::ALL);
    stages.extend(stages.is_empty().then_some(Stage::AtRisk));
    stages
}

fn bound(dice: &mut Dice, mut number: impl FnMut(&mut Dice) -> i64) -> Bound {
    let one = number(dice);
    match dice.below(10) {
        0..5 => Bound::AtLeast(one),
        5..9 => Bound::AtMost(one),
        _ => {
            let other = number(dice);
            Bound::Between(one.min(other), one.max(other))
        }
    }
}

fn past(dice: &mut Dice) -> Past {
    let figure = figure(dice);
    let thirds = |dice: &mut Dice, most: usize| dice.below(most) as i64 * 1_250_000 / 3;
    let bound = match &figure.measure {
        Measure::Count | Measure::Orders | Measure::Items => {
            bound(dice, |dice| dice.below(5) as i64)
        }
        Measure::Channels | Measure::Categories => bound(dice, |dice| dice.below(4) as i64),
        Measure::Total(_) => bound(dice, |dice| dice.below(12) as i64 * 2_500_000),
        Measure::Since | Measure::SinceFirst => bound(dice, |dice| span(dice) + 1),
        Measure::DaysSince => bound(dice, |dice| dice.below(30) as i64),
        Measure::Sum(Numbers::Quantity) => bound(dice, |dice| dice.below(12) as i64 * 500_000),
        Measure::Average(Numbers::Amount(_)) | Measure::Basket(_) => {
            bound(dice, |dice| thirds(dice, 24))
        }
        Measure::Average(Numbers::Quantity) => bound(dice, |dice| thirds(dice, 8)),
        Measure::Average(_) => bound(dice, |dice| (dice.below(13) as i64 - 6) * 1_000_000 / 3),
        Measure::Minimum(Numbers::Amount(_)) | Measure::Maximum(Numbers::Amount(_)) => {
            bound(dice, |dice| dice.below(8) as i64 * 1_250_000)
        }
        _ => bound(dice, |dice| (dice.below(9) as i64 - 3) * 500_000),
    };
    Past { figure, bound }
}

fn figure(dice: &mut Dice) -> Figure {
    let measure = match dice.below(27) {
        0..7 => Measure::Count,
        7..9 => Measure::Orders,
        9..11 => Measure::Items,
        11 => Measure::Channels,
        12 => Measure::Categories,
        13..16 => Measure::Total(currency(dice)),
        16..18 => Measure::Since,
        18 => Measure::SinceFirst,
        19..21 => Measure::DaysSince,
        21..23 => Measure::Average(numbers(dice)),
        23 => Measure::Minimum(numbers(dice)),
        24 => Measure::Maximum(numbers(dice)),
        25 => Measure::Basket(currency(dice)),
        _ => Measure::Sum(numbers(dice)),
    };
    let recency = matches!(measure, Measure::Since | Measure::SinceFirst | Measure::DaysSince);
    let when = if recency { When::Ever } else { when(dice) };
    if is_of_its_own(&measure) && dice.chance(60) {
        // Hardly anybody tells of it: so of whatever was done, whenever.
        return Figure { measure, of: Deeds::default(), when: When::Ever };
    }
    Figure { measure, of: deeds(dice), when }
}

/// Whether it is about a property of a category of its own.
fn is_of_its_own(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::Average(Numbers::Property(Some(_), _))
            | Measure::Minimum(Numbers::Property(Some(_), _))
            | Measure::Maximum(Numbers::Property(Some(_), _))
            | Measure::Sum(Numbers::Property(Some(_), _))
    )
}

fn numbers(dice: &mut Dice) -> Numbers {
    match dice.below(4) {
        0 => Numbers::Amount(currency(dice)),
        1 => Numbers::Quantity,
        _ => Numbers::Property(own(dice), (*dice.pick(&["note", "stars", "stars"])).into()),
    }
}

fn currency(dice: &mut Dice) -> String {
    if dice.chance(90) { "EUR".into() } else { "USD".into() }
}

fn own(dice: &mut Dice) -> Option<DataCategory> {
    dice.maybe(30, &[world::health(), DataCategory::Opinions])
}

fn rate(dice: &mut Dice) -> Ask {
    let mut part = || loop {
        let figure = figure(dice);
        let frequent = figure.measure == Measure::DaysSince && dice.chance(80);
        if !frequent && !matches!(figure.measure, Measure::Since | Measure::SinceFirst) {
            return figure;
        }
    };
    let (part, whole) = (part(), part());
    // Mostly the same of another time.
    let whole = match dice.chance(60) {
        true if part.measure != Measure::DaysSince => Figure { when: when(dice), ..part.clone() },
        _ => whole,
    };
    let times = [0, 333_333, 333_334, 500_000, 1_000_000, 1_500_000, 2_000_000, -500_000];
    let mut bound = bound(dice, |dice| *dice.pick(&times));
    if dice.chance(10) {
        bound = Bound::AtLeast(i64::from(i32::MIN));
    }
    Ask::Ratio(part, whole, bound)
}

fn pick(dice: &mut Dice) -> Pick {
    let which = *dice.pick(&[Which::First, Which::Last, Which::MostFrequent, Which::MostFrequent]);
    let names = |dice: &mut Dice, from: &[&str]| {
        let mut names = dice.some(40, from);
        names.extend(names.is_empty().then_some(from[0]));
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (what, is) = match dice.below(5) {
        0..2 => (What::Item, names(dice, &["i0", "i1", "i2"])),
        2 => (What::Channel, names(dice, &["web", "app", "store", "letter", "fax"])),
        _ => {
            let depth = 1 + dice.below(3);
            let from = [["food", "house"], ["sweet", "sweet"], ["dark", "nowhere"]][depth - 1];
            (What::Category(depth as u8), names(dice, &from))
        }
    };
    Pick { which, what, of: deeds(dice), when: when(dice), is }
}

fn chain(dice: &mut Dice) -> Chain {
    let steps = (0..1 + dice.below(4)).map(|place| {
        let absent: Vec<Deeds> = (0..1 + dice.below(2)).map(|_| deeds(dice)).collect();
        let without = if dice.chance(35) { absent } else { Vec::new() };
        let within = match place {
            0 => !without.is_empty(),
            _ => dice.chance(40),
        };
        Step { of: deeds(dice), within: within.then(|| span(dice)), without }
    });
    let steps = steps.collect();
    let quiet = dice.chance(40).then(|| {
        let of = if dice.chance(30) { Deeds::default() } else { deeds(dice) };
        (of, span(dice))
    });
    let when = if dice.chance(40) { When::Ever } else { when(dice) };
    Chain { steps, quiet, when }
}

/// With at most one of each filter, and of those alone that there are for a figure by itself.
pub fn plain_past(dice: &mut Dice) -> (Deeds, Option<i64>) {
    let deeds = deeds(dice);
    let of = Deeds {
        channels: deeds.channels.into_iter().take(1).collect(),
        items: deeds.items.into_iter().take(1).collect(),
        categories: deeds.categories.into_iter().take(1).collect(),
        ..Deeds::of(deeds.kinds)
    };
    (of, dice.chance(85).then(|| span(dice)))
}

fn deeds(dice: &mut Dice) -> Deeds {
    let kinds = match dice.below(8) {
        0 => Vec::new(),
        1 => vec![dice.pick(&world::kinds()).clone(), Kind::Purchased],
        2..4 => vec![dice.pick(&world::kinds()).clone()],
        _ => vec![Kind::Purchased],
    };
    let categories = [
        vec!["food"],
        vec!["food", "sweet"],
        vec!["food", "sweet", "dark"],
        vec!["house"],
        vec!["nowhere"],
    ];
    let category = |dice: &mut Dice| {
        dice.pick(&categories).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    let few = |dice: &mut Dice, percent| match dice.chance(percent) {
        true => 1 + dice.below(2),
        false => 0,
    };
    Deeds {
        kinds,
        channels: (0..few(dice, 12)).map(|_| dice.pick(&world::channels()).clone()).collect(),
        items: (0..few(dice, 12)).map(|_| (*dice.pick(&["i0", "i1", "i2"])).into()).collect(),
        categories: (0..few(dice, 15)).map(|_| category(dice)).collect(),
        amounts: priced(dice, |dice| dice.below(8) as i64 * 1_250_000),
        prices: priced(dice, |dice| {
            // Of a third of a piece, of three, of seven.
            *dice.pick(&[0, 416_666, 416_667, 625_000, 1_250_000, 2_500_000, 3_750_000, 7_507_507])
        }),
        properties: (0..few(dice, 14)).map(|_| property(dice)).collect(),
    }
}

/// None, mostly; or one or two ranges of one currency that have something in common.
fn priced(dice: &mut Dice, mut number: impl FnMut(&mut Dice) -> i64) -> Vec<(String, Bound)> {
    if !dice.chance(8) {
        return Vec::new();
    }
    let (currency, one, other) = (currency(dice), number(dice), number(dice));
    let (least, most) = (one.min(other), one.max(other));
    let bounds = match dice.below(4) {
        0 => vec![Bound::AtLeast(least)],
        1 => vec![Bound::AtMost(most)],
        2 => vec![Bound::AtMost(most), Bound::AtLeast(least)],
        _ => vec![Bound::Between(least, most)],
    };
    bounds.into_iter().map(|bound| (currency.clone(), bound)).collect()
}

fn property(dice: &mut Dice) -> Property {
    let name = *dice.pick(&world::PROPERTIES);
    Property { category: own(dice), name: name.to_owned(), be: super::values::of_thing(dice, name) }
}

fn when(dice: &mut Dice) -> When {
    let unit = *dice.pick(&UNITS);
    match dice.below(20) {
        0..5 => When::Ever,
        5..12 => When::Last(span(dice)),
        12..15 => {
            let one = span(dice);
            let other = if dice.chance(70) { span(dice) } else { 0 };
            let to = one.min(other);
            When::Ago(one.max(to + 6 * HOUR), to)
        }
        15..17 => When::This(unit),
        17..19 => When::Previous(1 + dice.below(3) as u32, unit),
        _ => {
            let from = NaiveDate::from_ymd_opt(2026, 2, 27).unwrap();
            let from = from + Days::new(dice.below(65) as u64);
            When::Days(from, from + Days::new(dice.below(20) as u64))
        }
    }
}

fn span(dice: &mut Dice) -> i64 {
    match dice.below(12) {
        0 => dice.below(60) as i64 * DAY + 6 * HOUR,
        _ => dice.pick(&[6, 12, 24, 48, 7 * 24, 30 * 24]) * HOUR,
    }
}
