//! The whole condition language against its twin: questions of any form about made lives,
//! at the instants at which answers change and right beside them.
//!
//! `CONFIDANT_CASES=N` asks for so many worlds.
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
use std::time::Instant;

use common::ask::{self, Ask, Be, Measure, Numbers, When};
use common::dice::Dice;
use common::host;
use common::told::{Told, What};
use common::world::{self, DAY, HOUR, Size, World};
use confidant::{Condition, Engine, Purpose, Rules, Session, Timestamp, View, bucket};
use twin::decide::Host;
use twin::edges::edges;
use twin::person::{People, Person};
use twin::truth::{Seen, Visit};

const DRAWS: [&str; 2] = ["new menu", "price"];

/// How often each form of question was true, false, and unknown.
type Tally = BTreeMap<String, [u64; 3]>;

fn cases(usual: u64) -> u64 {
    std::env::var("CONFIDANT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// A made world, known to an engine and to the twin.
struct Story {
    seed: u64,
    world: World,
    engine: Engine,
    people: People,
    asks: Vec<Ask>,
    rules: Rules,
}

impl Story {
    fn new(seed: u64, dice: &mut Dice) -> Self {
        let mut world = World::new(seed, Size { items: 6, customers: 3, events: 40 });
        for who in world.customers.clone() {
            if dice.chance(70) {
                be_generous(&mut world, &who);
            }
        }
        let engine = host::builder(&world, &Host::default()).build().unwrap();
        let told = world.by_time();
        _ = engine.record_all(world.now(), told.iter().map(Told::event));
        let people = People::of(&told, &world.privacy);
        let mut asks: Vec<Ask> = (0..60).map(|n| ask::random(dice, n % 3, &[])).collect();
        for draw in DRAWS {
            let from = dice.below(6_000) as u16;
            let to = from + dice.below(4_000) as u16;
            asks.push(Ask::Bucket(draw.to_owned(), from, to));
            let rare = Ask::Bucket(draw.to_owned(), 9_000, 10_000);
            asks.push(Ask::All(vec![ask::random(dice, 1, &[]), rare]));
        }
        let conditions: Vec<Condition> = asks.iter().map(condition).collect();
        let rules = engine.rules(conditions).unwrap();
        Self { seed, world, engine, people, asks, rules }
    }

    fn view(&self, who: &str, purpose: &Purpose, now: i64, visit: Option<&Visit>) -> View {
        let visit = visit.map(|visit| {
            let set = |session: Session, (name, value): &(String, _)| {
                session.set(name.as_str(), confidant::Value::clone(value))
            };
            visit.iter().fold(Session::new(), set)
        });
        self.engine.view(who, purpose.clone(), instant(now), visit.as_ref()).unwrap()
    }

    /// Some of the instants at which an answer can change, and some right before them.
    fn instants(&self, dice: &mut Dice, person: &Person, n: usize) -> Vec<i64> {
        let (first, last) = (self.world.end - 65 * DAY, self.world.end + 60 * DAY);
        let known = edges(&self.world, &self.asks, person, first..=last);
        let known: Vec<i64> = known.into_iter().collect();
        (0..n)
            .map(|_| match known.is_empty() || dice.chance(10) {
                true => first + dice.below(500) as i64 * 6 * HOUR,
                false => dice.pick(&known) - dice.maybe(50, &[1]).unwrap_or(0),
            })
            .collect()
    }

    /// Compares every answer about a customer at an instant.
    fn compare(
        &self,
        who: &str,
        purpose: &Purpose,
        now: i64,
        visit: Option<&Visit>,
        lots: &Lots,
    ) -> Vec<Option<bool>> {
        let person = self.people.person(who);
        let mut seen = Seen::new(&self.world, &[], &person, purpose, now, visit);
        seen.lots = lots.clone();
        let answers = self.rules.ask(&self.view(who, purpose, now, visit));
        let each = self.asks.iter().enumerate().map(|(n, ask)| {
            let (ours, twins) = (self.rules.is_met(n, &answers), seen.truth(ask));
            assert_eq!(
                ours,
                twins,
                "seed {}, {who} at {}, {purpose:?}, {visit:?}: {ask:?}\n{}\nzone {:?}\nrows {:#?}\nfacts {:?}",
                self.seed,
                instant(now),
                ask.json(),
                seen.clock,
                seen.rows,
                person.facts,
            );
            twins
        });
        each.collect()
    }
}

/// Whoever allows everything and never takes it back is known well.
fn be_generous(world: &mut World, who: &str) {
    world.told.retain(|told| told.who != who || !matches!(told.what, What::Chose(_)));
    let (id, at) = (format!("{who}-everything"), world.end - 61 * DAY);
    let what = What::Chose(world::everything());
    world.told.push(Told { id, who: who.to_owned(), at, channel: None, what });
}

/// Read from JSON, made with words of the crate, where there are any, and read from its own
/// text it is the same.
fn condition(ask: &Ask) -> Condition {
    let read = ask.read();
    if let Some(built) = ask.built() {
        assert_eq!(built, read, "{ask:?}");
    }
    let text = read.to_string();
    match text.parse::<Condition>() {
        Ok(again) => assert_eq!(again, read, "{text}"),
        Err(error) => panic!("{text}\n{error}\n{ask:?}"),
    }
    read
}

type Lots = BTreeMap<String, u16>;

/// A customer's lots, found by asking in which half, which quarter and so on they are.
fn lots(engine: &Engine, who: &str) -> Lots {
    let view = engine.view(who, Purpose::Contextual, instant(0), None).unwrap();
    let lot = |draw: &str| {
        let (mut from, mut to) = (0, 10_000);
        while to - from > 1 {
            let middle = (from + to) / 2;
            let rules = engine.rules([bucket(draw, from, middle)]).unwrap();
            match rules.is_met(0, &rules.ask(&view)).unwrap() {
                true => to = middle,
                false => from = middle,
            }
        }
        from
    };
    DRAWS.map(|draw| (draw.to_owned(), lot(draw))).into()
}

#[test]
fn every_answer_is_the_twins() {
    let (mut tally, mut answers, begun) = (Tally::new(), 0, Instant::now());
    let worlds = cases(150);
    for seed in 0..worlds {
        let mut dice = Dice::new(seed ^ 0x77);
        let story = Story::new(seed, &mut dice);
        let forms: Vec<Vec<String>> = story.asks.iter().map(forms).collect();
        for who in story.world.customers.clone() {
            let person = story.people.person(&who);
            let lots = lots(&story.engine, &who);
            for now in story.instants(&mut dice, &person, 35) {
                let purpose = match dice.chance(93) {
                    true => Purpose::Personalisation,
                    false => world::research(),
                };
                let visit = dice.chance(70).then(|| {
                    let visit = world::VISIT
                        .map(|name| (name.to_owned(), world::value_of(&mut dice, name)));
                    visit.to_vec()
                });
                let found = story.compare(&who, &purpose, now, visit.as_ref(), &lots);
                for (truth, forms) in found.iter().zip(&forms) {
                    answers += 1;
                    let place = truth.map_or(2, |met| usize::from(!met));
                    forms
                        .iter()
                        .for_each(|form| tally.entry(form.clone()).or_default()[place] += 1);
                }
            }
        }
    }
    println!("{answers} answers in {:?}", begun.elapsed());
    for (form, [yes, no, unknown]) in &tally {
        println!("{form:32} true {yes:8} false {no:8} unknown {unknown:8}");
    }
    if worlds >= 150 {
        assert!(answers > 900_000, "{answers}");
        for (form, counts) in &tally {
            let always_known = form.starts_with("bucket") || form == "always";
            let known = if always_known { 1 } else { 3 };
            let enough = counts.iter().take(known).all(|n| *n >= 5);
            assert!(enough, "{form}: true, false, unknown {counts:?}");
        }
        assert!(tally.len() >= 86, "{} forms", tally.len());
    }
}

/// The names of what a question by itself asks for; none of one that is put together.
fn forms(ask: &Ask) -> Vec<String> {
    let mut forms = Vec::new();
    match ask {
        Ask::Attribute(_, be) => forms.push(format!("attribute {}", named(be))),
        Ask::Session(..) => forms.push("session".into()),
        Ask::Past(past) => {
            forms.push(measure(&past.figure.measure));
            forms.push(format!("{:?}", past.bound).split('(').next().unwrap().to_lowercase());
            of_deeds(&past.figure.of, &mut forms);
            forms.push(when(past.figure.when));
        }
        Ask::Ratio(..) => forms.push("ratio".into()),
        Ask::Pick(pick) => {
            forms.push(format!("pick {:?}", pick.which));
            forms.push(format!("pick {:?}", pick.what));
            forms.push(format!("pick {}", window(pick.when)));
        }
        Ask::Sequence(chain) => {
            forms.push(format!("sequence of {}", chain.steps.len()));
            forms.push(format!("sequence {}", window(chain.when)));
            forms.extend(chain.quiet.as_ref().map(|_| "sequence quiet".into()));
            let absent = chain.steps.iter().map(|step| !step.without.is_empty());
            for (place, _) in absent.enumerate().filter(|(_, absent)| *absent) {
                let place = if place == 0 { "first" } else { "later" };
                forms.push(format!("sequence without before {place}"));
            }
        }
        Ask::Points(..) => forms.push("points".into()),
        Ask::Stage(stages) => forms.extend(stages.iter().map(|stage| format!("stage {stage:?}"))),
        Ask::Bucket(..) => forms.push("bucket".into()),
        Ask::Not(_) => forms.push("not".into()),
        Ask::Any(_) => forms.push("any".into()),
        Ask::All(_) => forms.push("all".into()),
        Ask::Always => forms.push("always".into()),
        Ask::InSegment(_) => {}
    }
    forms
}

fn named(be: &Be) -> String {
    let text = format!("{be:?}");
    let mut words = text.split(['(', '{', ' ']);
    let first = words.next().unwrap();
    if first == "Ago" { format!("Ago {}", words.next().unwrap()) } else { first.to_owned() }
}

fn measure(measure: &Measure) -> String {
    match measure {
        Measure::Average(Numbers::Property(own, _))
        | Measure::Minimum(Numbers::Property(own, _))
        | Measure::Maximum(Numbers::Property(own, _))
        | Measure::Sum(Numbers::Property(own, _)) => {
            let name = format!("{measure:?}").split('(').next().unwrap().to_owned();
            format!("{name} of a property{}", if own.is_some() { " of its own" } else { "" })
        }
        other => format!("{other:?}").replace("\"EUR\"", "money").replace("\"USD\"", "money"),
    }
}

fn when(when: When) -> String {
    match when {
        When::Ever => "ever".into(),
        When::Last(_) => "last".into(),
        When::Ago(..) => "ago".into(),
        When::This(unit) => format!("this {unit:?}"),
        When::Previous(_, unit) => format!("previous {unit:?}"),
        When::Days(..) => "days".into(),
    }
}

fn window(when: When) -> String {
    let name = self::when(when);
    name.split(' ').next().unwrap().to_owned()
}

fn of_deeds(of: &ask::Deeds, forms: &mut Vec<String>) {
    let mut filter = |name: &str, is: bool| forms.extend(is.then(|| format!("filter {name}")));
    filter("any kind", of.kinds.is_empty());
    filter("two kinds", of.kinds.len() == 2);
    filter("channels", !of.channels.is_empty());
    filter("items", !of.items.is_empty());
    filter("categories", !of.categories.is_empty());
    filter("amounts", !of.amounts.is_empty());
    filter("prices", !of.prices.is_empty());
    for property in &of.properties {
        let own = if property.category.is_some() { " of its own" } else { "" };
        forms.push(format!("filter property{own}"));
    }
}
