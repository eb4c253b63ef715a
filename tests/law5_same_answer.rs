//! Law 5: same question, same answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::{BTreeMap, BTreeSet};

use common::dice::Dice;
use common::host;
use common::told::What;
use common::world::{self, Size, World};
use common::{everything, noon, taken};
use confidant::{
    Action, Channel, Considered, Engine, EngineBuilder, Event, Kind, Level, Obstacle, Purpose,
    Request, Scope, Segment, Session, Treatment, Verdict, count, days, hours,
};
use twin::decide::Host;

#[test]
fn deciding_twice_gives_the_same_bytes() {
    let engine = Engine::builder()
        .action(Action::new("mail").treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let request = Request::new("ana", Channel::Email, noon());
    let first = engine.decide(&request).unwrap();
    assert_eq!(engine.decide(&request).unwrap(), first);
    assert_eq!(engine.preview(&request).unwrap(), first);
}

#[test]
fn deciding_twice_takes_from_a_volume_once() {
    let engine = Engine::builder()
        .action(Action::new("mail").volume(1).treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap();
    let mail = Event::consent("ana", noon()).level(Level::Off).allow(Purpose::DirectMarketing);
    taken(engine.record(noon(), mail));
    let request = Request::new("ana", Channel::Email, noon());
    let first = engine.decide(&request).unwrap();
    assert!(first.action().is_some());
    assert_eq!(engine.decide(&request).unwrap(), first);
}

#[test]
fn the_order_of_segments_leaves_no_trace() {
    let decided = |backwards: bool| {
        let mut segments = vec![
            Segment::new("x", count(Kind::Purchased).at_least(1)),
            Segment::new("y", count(Kind::Viewed).at_least(1)),
        ];
        if backwards {
            segments.reverse();
        }
        let engine = Engine::builder().segments(segments).build().unwrap();
        engine.decide(&Request::new("ana", Channel::Web, noon())).unwrap()
    };
    assert_eq!(decided(true), decided(false));
}

/// A made host and world, and a story that is told to an engine.
struct Story {
    world: World,
    host: Host,
    questions: Vec<Request>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5a);
        let world = World::new(seed, Size { items: 8, customers: 5, events: 20 });
        let mut host = host::random(&mut dice, &world, 8);
        for offer in &mut host.offers {
            offer.volume = dice.chance(20).then(|| dice.below(5) as u64);
        }
        let questions = (0..30).map(|n| {
            let who = dice.pick(&world.customers).as_str();
            let channel = dice.pick(&world::channels()).clone();
            let at = world.now() + hours(dice.below(90) as u32);
            let request = Request::new(who, channel, at).seed(n);
            request.during(Session::new().viewing("i1").set("weather", "red"))
        });
        Self { questions: questions.collect(), world, host }
    }

    fn builder(&self) -> EngineBuilder {
        host::builder(&self.world, &self.host).exploration(0.3)
    }

    /// All that an engine ever says while the story is told to it.
    fn tell(&self, engine: &Engine) -> Vec<u8> {
        let (mut said, now) = (Vec::new(), self.world.now());
        for (n, told) in self.world.by_time().iter().enumerate() {
            _ = engine.record(now, told.event()).unwrap();
            if n % 25 == 0 {
                said.extend(serde_json::to_vec(&engine.advance(now).unwrap()).unwrap());
            }
        }
        said.extend(serde_json::to_vec(&engine.advance(now).unwrap()).unwrap());
        engine.fit(now).unwrap();
        let (batch, single) = self.questions.split_at(10);
        for request in single {
            said.extend(engine.decide(request).unwrap().to_bytes());
        }
        for decision in engine.decide_all(batch).unwrap() {
            said.extend(decision.unwrap().to_bytes());
        }
        for who in &self.world.customers {
            let names: BTreeSet<&String> =
                self.host.recommenders.iter().map(|(name, _)| name).collect();
            for name in names {
                let list = engine.recommend(who.as_str(), name, 9, Scope::All, now).unwrap();
                said.extend(serde_json::to_vec(&list).unwrap());
            }
            said.extend(
                serde_json::to_vec(&engine.customer_report(who.as_str(), now).unwrap()).unwrap(),
            );
        }
        said.extend(serde_json::to_vec(&engine.advance(now + days(90)).unwrap()).unwrap());
        engine.fit(now + days(90)).unwrap();
        said.extend(engine.statistics().digest().to_string().bytes());
        said
    }
}

/// Each engine has maps with other hash seeds, and is laid down in another order.
#[test]
fn a_fresh_engine_says_the_same_bytes() {
    for seed in 0..120 {
        let mut dice = Dice::new(seed);
        let mut story = Story::new(seed);
        let said = story.tell(&story.builder().build().unwrap());
        for _ in 0..3 {
            dice.shuffle(&mut story.host.offers);
            dice.shuffle(&mut story.host.segments);
            dice.shuffle(&mut story.host.recommenders);
            dice.shuffle(&mut story.host.caps);
            dice.shuffle(&mut story.world.wares);
            let again = story.tell(&story.builder().build().unwrap());
            assert!(said == again, "seed {seed}: other bytes");
        }
    }
}

/// Another seed may pick another action of those that are worth it, and changes nothing
/// else; the share of each pick is the probability that the receipt states.
#[test]
fn a_seed_moves_exploration_alone() {
    const SEEDS: u64 = 400;
    let mut explored = 0;
    for seed in 0..12 {
        let story = Story::new(seed);
        let engine = story.builder().build().unwrap();
        for told in story.world.by_time() {
            _ = engine.record(story.world.now(), told.event()).unwrap();
        }
        for who in &story.world.customers {
            let question = Request::new(who.as_str(), Channel::Web, story.world.now());
            let mut picks: BTreeMap<Option<String>, (u64, f64)> = BTreeMap::new();
            let mut looked_at: Option<Vec<_>> = None;
            for n in 0..SEEDS {
                let decision = engine.preview(&question.clone().seed(n)).unwrap();
                let again = engine.preview(&question.clone().seed(n)).unwrap();
                assert_eq!(decision.to_bytes(), again.to_bytes(), "seed {seed}, {n}");
                let receipt = decision.receipt();
                let findings: Vec<_> = receipt.considered().iter().map(found).collect();
                let first = looked_at.get_or_insert_with(|| findings.clone());
                assert_eq!(findings, *first, "seed {seed}, {n}: something else was found");
                let action = decision.action().map(ToString::to_string);
                let pick = picks.entry(action).or_insert((0, receipt.selection_probability()));
                assert_eq!(pick.1, receipt.selection_probability(), "seed {seed}, {n}");
                pick.0 += 1;
            }
            explored += usize::from(picks.len() > 1);
            for (action, (n, probability)) in picks {
                let share = n as f64 / SEEDS as f64;
                let spread = 5.0 * (probability * (1.0 - probability) / SEEDS as f64).sqrt();
                let why = format!("seed {seed}: {action:?} {share}, not {probability}");
                assert!((share - probability).abs() <= spread + 1e-9, "{why}");
            }
        }
    }
    assert!(explored > 20, "only {explored} questions left anything to chance");
}

/// What was found of an action, whether it was then picked or not.
fn found(considered: &Considered) -> String {
    let verdict = match &considered.verdict {
        Verdict::Chosen(score) => format!("worth it, {score:?}"),
        Verdict::Passed(score, Obstacle::Outranked) => format!("worth it, {score:?}"),
        other => format!("{other:?}"),
    };
    format!("{}: {verdict}", considered.action)
}

/// Threads that record and decide at the same time leave what one would have left.
#[test]
fn threads_end_where_one_does() {
    for seed in 0..50 {
        let story = Story::new(seed);
        let mut told = story.world.by_time();
        told.sort_by_key(|told| !matches!(told.what, What::Chose(_)));
        let choices = told.iter().filter(|told| matches!(told.what, What::Chose(_))).count();
        let state = |threads: usize| {
            let engine = host::builder(&story.world, &story.host).build().unwrap();
            let now = story.world.now();
            for told in &told[..choices] {
                _ = engine.record(now, told.event()).unwrap();
            }
            std::thread::scope(|scope| {
                for thread in 0..threads {
                    let (engine, told) = (&engine, &told);
                    scope.spawn(move || {
                        for told in told[choices..].iter().skip(thread).step_by(threads) {
                            _ = engine.record(now, told.event()).unwrap();
                            // Everybody tells some of it twice, and looks around.
                            _ = engine.record(now, told.event()).unwrap();
                            engine.advance(now).unwrap();
                            let request = Request::new(told.who.as_str(), Channel::Web, now);
                            _ = engine.preview(&request).unwrap();
                        }
                    });
                }
            });
            engine.advance(now).unwrap();
            engine.fit(now).unwrap();
            let mut state = engine.statistics().digest().to_string().into_bytes();
            for who in &story.world.customers {
                let report = engine.customer_report(who.as_str(), now).unwrap();
                state.extend(serde_json::to_vec(&report).unwrap());
                state.extend(format!("{:?}", engine.segments_of(who.as_str(), now)).bytes());
                let request = Request::new(who.as_str(), Channel::Email, now);
                state.extend(engine.preview(&request).unwrap().to_bytes());
            }
            state
        };
        let alone = state(1);
        for _ in 0..3 {
            assert!(state(4) == alone, "seed {seed}");
        }
    }
}
