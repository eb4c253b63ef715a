//! Rolling aggregates: at every instant exactly what counting by hand gives, and until
//! when.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::BTreeSet;
use std::time::Duration;

use common::ask::{Deeds, plain_past};
use common::dice::Dice;
use common::host;
use common::world::{DAY, HOUR, Size, World};
use common::{everything, items, noon, taken};
use confidant::{
    Aggregate, Aggregated, Channel, Engine, Event, Figure, Kind, Kinds, Money, Purpose, Timestamp,
    days, hours,
};
use twin::decide::Host;
use twin::figure::needed;
use twin::person::{People, Row};
use twin::truth::Seen;

/// What is measured of the behaviours that pass the filters of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    Count,
    Orders,
    Items,
    Sum,
    Average,
    Minimum,
    Maximum,
    First,
    Last,
}

const MEASURES: [Measure; 9] = [
    Measure::Count,
    Measure::Orders,
    Measure::Items,
    Measure::Sum,
    Measure::Average,
    Measure::Minimum,
    Measure::Maximum,
    Measure::First,
    Measure::Last,
];

#[derive(Debug, Clone)]
struct Query {
    measure: Measure,
    of: Deeds,
    /// In milliseconds.
    within: Option<i64>,
}

impl Query {
    fn random(dice: &mut Dice) -> Self {
        let measure = *dice.pick(&MEASURES);
        let (of, within) = plain_past(dice);
        Self { measure, of, within }
    }

    fn aggregate(&self) -> Aggregate {
        let kinds = match self.of.kinds.as_slice() {
            [] => Kinds::any(),
            [one] => Kinds::from(one.clone()),
            [one, other] => Kinds::from([one.clone(), other.clone()]),
            _ => panic!("at most two kinds"),
        };
        let euro = "EUR".parse().unwrap();
        let mut aggregate = match self.measure {
            Measure::Count => Aggregate::count(kinds),
            Measure::Orders => Aggregate::orders(kinds),
            Measure::Items => Aggregate::items(kinds),
            Measure::Sum => Aggregate::sum(kinds, euro),
            Measure::Average => Aggregate::average(kinds, euro),
            Measure::Minimum => Aggregate::minimum(kinds, euro),
            Measure::Maximum => Aggregate::maximum(kinds, euro),
            Measure::First => Aggregate::first(kinds),
            Measure::Last => Aggregate::last(kinds),
        };
        if let Some(channel) = self.of.channels.first() {
            aggregate = aggregate.on(channel.clone());
        }
        if let Some(item) = self.of.items.first() {
            aggregate = aggregate.item(item.as_str());
        }
        if let Some(category) = self.of.categories.first() {
            aggregate = aggregate.in_category(category.iter().map(String::as_str));
        }
        match self.within {
            Some(ms) => aggregate.within(Duration::from_millis(ms as u64)),
            None => aggregate,
        }
    }

    /// By hand.
    fn figure(&self, seen: &Seen<'_>) -> Figure {
        if !needed(&self.of, &seen.world.privacy).is_subset(&seen.allowed) {
            return Figure::Unknown;
        }
        let inside = |row: &&&Row| self.within.is_none_or(|w| row.at > seen.now - w);
        let rows: Vec<&&Row> =
            seen.rows.iter().filter(|row| seen.fits(row, &self.of)).filter(inside).collect();
        let amounts = rows.iter().filter_map(|row| row.did.amount.as_ref());
        let euros = amounts.filter(|(_, currency)| currency == "EUR");
        let euros: Vec<i64> = euros.map(|(micros, _)| *micros).collect();
        let money = |micros| Figure::Amount(Money::micros(micros, "EUR".parse().unwrap()));
        let some = |micros: Option<i64>| micros.map_or(Figure::Nothing, money);
        let at = |at: Option<i64>| at.map_or(Figure::Nothing, |at| Figure::At(instant(at)));
        let distinct = |of: fn(&Row) -> &Option<String>| {
            let texts: BTreeSet<&String> = rows.iter().filter_map(|r| of(r).as_ref()).collect();
            Figure::Count(texts.len() as u64)
        };
        let (n, sum) = (euros.len() as i64, euros.iter().sum::<i64>());
        match self.measure {
            Measure::Count => Figure::Count(rows.len() as u64),
            Measure::Orders => distinct(|row| &row.did.order),
            Measure::Items => distinct(|row| &row.did.item),
            Measure::Sum => money(sum),
            Measure::Average => some((n > 0).then(|| (2 * sum + n) / (2 * n.max(1)))),
            Measure::Minimum => some(euros.iter().min().copied()),
            Measure::Maximum => some(euros.iter().max().copied()),
            Measure::First => at(rows.iter().map(|row| row.at).min()),
            Measure::Last => at(rows.iter().map(|row| row.at).max()),
        }
    }
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// A made world, told to an engine and to the twin.
struct Told {
    world: World,
    engine: Engine,
    people: People,
}

impl Told {
    fn new(seed: u64) -> Self {
        let world = World::new(seed, Size { items: 6, customers: 2, events: 40 });
        let engine = host::builder(&world, &Host::default()).build().unwrap();
        let told = world.by_time();
        told.iter().for_each(|told| _ = engine.record(world.now(), told.event()).unwrap());
        let people = People::of(&told, &world.privacy);
        Self { world, engine, people }
    }

    fn by_hand(&self, who: &str, query: &Query, now: i64) -> Figure {
        let (person, purpose) = (self.people.person(who), Purpose::Personalisation);
        query.figure(&Seen::new(&self.world, &[], &person, &purpose, now, None))
    }

    fn asked(&self, who: &str, queries: &[Query], now: i64) -> Vec<Aggregated> {
        let aggregates = queries.iter().map(Query::aggregate);
        let aggregates = self.engine.aggregates(aggregates).unwrap();
        let view = self.engine.view(who, Purpose::Personalisation, instant(now), None).unwrap();
        view.aggregates(&aggregates)
    }

    /// Every instant at which an answer can change.
    fn edges(&self, who: &str, query: &Query) -> BTreeSet<i64> {
        let person = self.people.person(who);
        let spans = [0].into_iter().chain(query.within);
        let rows = person.rows.iter().flat_map(|row| spans.clone().map(|span| row.at + span));
        rows.chain(person.choices.0.iter().map(|(at, _)| *at)).collect()
    }
}

#[test]
fn aggregates_are_what_counting_by_hand_gives_and_hold_as_long_as_they_say() {
    let (mut compared, mut known, mut changed, mut ended) = (0, 0, 0, 0);
    for seed in 0..60 {
        let (told, mut dice) = (Told::new(seed), Dice::new(seed ^ 0xA66));
        let queries: Vec<Query> = (0..16).map(|_| Query::random(&mut dice)).collect();
        for who in &told.world.customers {
            for _ in 0..4 {
                let now =
                    noon().as_millis() + dice.below(400) as i64 * 6 * HOUR - dice.below(2) as i64;
                for (query, answer) in queries.iter().zip(told.asked(who, &queries, now)) {
                    let why = || format!("seed {seed}: {who} at {}: {query:?}", instant(now));
                    let figure = told.by_hand(who, query, now);
                    assert_eq!(answer.figure, figure, "{}", why());
                    assert!(answer.until > instant(now), "{}", why());
                    compared += 1;
                    known += u32::from(figure != Figure::Unknown);
                    let until = answer.until.as_millis();
                    for edge in told.edges(who, query).range(now + 1..) {
                        let same = told.by_hand(who, query, *edge) == figure;
                        assert!(same || *edge >= until, "{}: not until {until}", why());
                    }
                    ended += u32::from(until != i64::MAX);
                    let then = until != i64::MAX && told.by_hand(who, query, until) != figure;
                    changed += u32::from(then);
                }
            }
        }
    }
    println!("{compared} compared, {known} known, {ended} end, {changed} change then");
    assert!(known * 3 > compared && changed * 6 > ended, "{known} of {compared}, {changed}");
}

/// Nothing more is coming, so an answer ends exactly when the first figure by hand is
/// another; a mean may stay what it was.
#[test]
fn an_answer_ends_when_it_changes_and_not_before() {
    let mut ended = 0;
    for seed in 0..100 {
        let (told, mut dice) = (Told::new(seed), Dice::new(seed ^ 0xE4D));
        let queries: Vec<Query> = (0..24).map(|_| Query::random(&mut dice)).collect();
        for who in &told.world.customers {
            let person = told.people.person(who);
            let rows = person.rows.iter().map(|row| row.at);
            let last = rows.chain(person.choices.0.iter().map(|(at, _)| *at)).max();
            let now = last.unwrap_or_default().max(told.world.end - 20 * DAY);
            let later = person.facts.iter().map(|(_, at, _)| *at);
            let later = later.chain(person.touches.iter().map(|touch| touch.at));
            let now = later.fold(now, i64::max);
            // When a consent ends an answer does, whether or not it hangs on it.
            let privacy = &told.world.privacy;
            let ends = |(at, _): &(i64, _)| {
                let mut ends = privacy.purposes.keys().flat_map(|of| privacy.ends(of, *at));
                ends.any(|end| end > now)
            };
            if person.choices.0.iter().any(ends) {
                continue;
            }
            for (query, answer) in queries.iter().zip(told.asked(who, &queries, now)) {
                if query.measure == Measure::Average {
                    continue;
                }
                let edges = told.edges(who, query);
                let change = edges
                    .range(now + 1..)
                    .find(|edge| told.by_hand(who, query, **edge) != answer.figure);
                let until = change.map_or(Timestamp::MAX, |edge| instant(*edge));
                assert_eq!(answer.until, until, "seed {seed}: {who} at {now}: {query:?}");
                ended += u32::from(change.is_some());
            }
        }
    }
    assert!(ended > 200, "{ended}");
}

#[test]
fn an_aggregate_that_cannot_be_asked_is_refused_in_words() {
    let engine = Engine::builder().catalog(items(1)).build().unwrap();
    let unknown = Aggregate::count(Kind::Viewed).item("i9");
    let said = engine.aggregates([unknown]).unwrap_err().to_string();
    assert_eq!(said, "item `i9` is not in the catalogue");
    for empty in [Duration::ZERO, Duration::from_micros(999)] {
        let empty = Aggregate::count(Kind::Viewed).within(empty);
        let said = engine.aggregates([empty]).unwrap_err().to_string();
        assert_eq!(said, "a window is empty: expected at least a millisecond");
    }
}

/// The catalogue is another one after years; what was bought then was still several things.
#[test]
fn items_that_the_catalogue_forgot_are_told_apart() {
    let engine = Engine::builder().catalog(items(3)).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    for item in ["i0", "i1", "i2", "i2"] {
        let bought = Event::purchased("ana", noon()).item(item);
        _ = engine.record(noon(), bought).unwrap();
    }
    engine.swap(Engine::builder().catalog(items(1)).build().unwrap().snapshot());
    let asked = engine.aggregates([Aggregate::items(Kind::Purchased)]).unwrap();
    let view = engine.view("ana", Purpose::Personalisation, noon(), None).unwrap();
    assert_eq!(view.aggregates(&asked)[0].figure, Figure::Count(3));
}

/// Many more aggregates than there are kinds, and amounts beyond what one number holds.
#[test]
fn many_aggregates_and_large_amounts_are_answered_alike() {
    let engine = Engine::builder().build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    for n in 0..3 {
        let amount = Money::micros(i64::MAX, "EUR".parse().unwrap());
        let bought = Event::purchased("ana", noon()).amount(amount).id(format!("{n}"));
        taken(engine.record(noon(), bought.on(Channel::Store)));
    }
    let euro = "EUR".parse().unwrap();
    let counts = (1..=100).map(|n| Aggregate::count(Kind::Purchased).within(days(n)));
    let more = [Aggregate::sum(Kind::Purchased, euro), Aggregate::average(Kind::Purchased, euro)];
    let asked = engine.aggregates(counts.chain(more)).unwrap();
    let now = noon() + hours(36);
    let view = engine.view("ana", Purpose::Personalisation, now, None).unwrap();
    let answers = view.aggregates(&asked);
    let counts = answers[..100].iter().map(|answer| answer.figure == Figure::Count(3));
    assert_eq!(counts.filter(|three| *three).count(), 99, "all but the window of one day");
    let most = Figure::Amount(Money::micros(i64::MAX, euro));
    assert_eq!((answers[100].figure, answers[101].figure), (most, most));
}
