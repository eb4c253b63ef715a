//! Law 4: forgetting is exact.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::dice::Dice;
use common::host;
use common::told::{Told, What};
use common::world::{Size, World};
use common::{everything, items, noon, taken};
use confidant::{
    Action, Channel, Digest, Engine, Event, Kind, Level, Purpose, Reply, Request, Scope, Segment,
    Statistics, Treatment, count, hours, minutes,
};
use twin::decide::Host;
use twin::learn::Counts;
use twin::person::People;
use twin::recommend::{By, Fitted};
use twin::truth::Seen;

/// A withdrawal from a clock that is a little ahead, within the stated skew.
#[test]
fn a_withdrawal_that_takes_effect_later_is_followed_then() {
    let engine = Engine::builder().catalog(items(6)).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("i1")));
    let now = noon() + hours(1);
    let lower = Event::consent("ana", now + minutes(3)).level(Level::OwnHistory);
    taken(engine.record(now, lower));
    engine.advance(now).unwrap();
    engine.advance(now + minutes(10)).unwrap();
    let nothing = Statistics::default().digest();
    assert_eq!(engine.statistics().digest(), nothing);
}

#[test]
fn what_is_learned_does_not_hang_on_how_often_time_passed() {
    let learned = |between: bool| {
        let engine = Engine::builder()
            .catalog(items(6))
            .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
            .build()
            .unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        let now = noon() + hours(1);
        let ahead = Event::purchased("ana", now + minutes(3)).item("i1");
        taken(engine.record(now, ahead));
        if between {
            engine.advance(now).unwrap();
        }
        engine.advance(now + minutes(10)).unwrap();
        engine.statistics().digest()
    };
    assert_eq!(learned(true), learned(false));
}

/// What several threads learn and forget of one customer adds up to what one does.
#[test]
fn statistics_do_not_drift_when_threads_meet() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 100;
    let bought = |thread: usize, round: usize| {
        Event::purchased("ana", noon())
            .item(format!("i{}", round % 6))
            .id(format!("{thread}-{round}"))
    };
    let together = || -> Digest {
        let engine = Engine::builder().catalog(items(6)).build().unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let engine = &engine;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        taken(engine.record(noon(), bought(thread, round)));
                        let again = everything("ana", noon()).id(format!("c{thread}-{round}"));
                        taken(engine.record(noon(), again));
                    }
                });
            }
        });
        engine.advance(noon()).unwrap();
        engine.statistics().digest()
    };
    let alone = Engine::builder().catalog(items(6)).build().unwrap();
    taken(alone.record(noon(), everything("ana", noon())));
    for thread in 0..THREADS {
        for round in 0..ROUNDS {
            taken(alone.record(noon(), bought(thread, round)));
        }
    }
    alone.advance(noon()).unwrap();
    for run in 0..20 {
        assert_eq!(together(), alone.statistics().digest(), "run {run}");
    }
}

/// An outcome from a clock that is a little ahead, within the stated skew.
#[test]
fn an_outcome_that_takes_effect_later_is_learned_then() {
    let learned = |between: bool| {
        let mail = Action::new("mail").treatment(Treatment::on(Channel::Email));
        let engine = Engine::builder().action(mail).build().unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        let request = Request::new("ana", Channel::Email, noon());
        assert!(engine.decide(&request).unwrap().action().is_some());
        let ahead = noon() + minutes(3);
        taken(engine.record(noon(), Event::outcome("ana", ahead, "mail", Reply::NotSent)));
        if between {
            engine.advance(noon()).unwrap();
        }
        engine.advance(noon() + minutes(10)).unwrap();
        engine.statistics().digest()
    };
    assert_eq!(learned(true), learned(false));
}

const SIZE: Size = Size { items: 10, customers: 8, events: 30 };

fn recommenders() -> Vec<(String, By)> {
    vec![("popular".into(), By::Popularity(7)), ("together".into(), By::Together(5, 1))]
}

fn engine(world: &World, told: &[Told]) -> Engine {
    let host = Host { recommenders: recommenders(), ..Host::default() };
    let engine = host::builder(world, &host).build().unwrap();
    for told in told {
        _ = engine.record(world.now(), told.event()).unwrap();
    }
    engine.advance(world.now()).unwrap();
    engine
}

/// What was learned from the events of the others alone.
fn without(world: &World, gone: &[String]) -> Digest {
    let told: Vec<Told> =
        world.by_time().into_iter().filter(|told| !gone.contains(&told.who)).collect();
    engine(world, &told).statistics().digest()
}

/// After each erasure, in any order, and without time passing, what is left is what the
/// others told.
#[test]
fn whoever_is_erased_was_never_there() {
    let mut taught = 0;
    for seed in 0..100 {
        let mut dice = Dice::new(seed);
        let world = World::new(seed, SIZE);
        let engine = engine(&world, &world.by_time());
        let mut who = world.customers.clone();
        dice.shuffle(&mut who);
        let mut before = engine.statistics().digest();
        for n in 0..who.len() {
            _ = engine.erase(who[n].as_str()).unwrap();
            if dice.chance(30) {
                engine.advance(world.now()).unwrap();
            }
            let after = engine.statistics().digest();
            assert_eq!(after, without(&world, &who[..=n]), "seed {seed}: {} gone", who[n]);
            assert!(engine.customer_report(who[n].as_str(), world.now()).unwrap().is_none());
            taught += usize::from(before != after);
            before = after;
        }
        assert_eq!(before, Statistics::default().digest(), "seed {seed}");
    }
    assert!(taught > 100, "only {taught} customers had taught anything");
}

/// A withdrawal, and a level that is lowered, forget at once; allowed again, exactly what
/// was forgotten is learned again.
#[test]
fn whoever_withdraws_was_never_there() {
    for seed in 0..100 {
        let mut dice = Dice::new(seed);
        let world = World::new(seed, SIZE);
        let engine = engine(&world, &world.by_time());
        let (all, who) = (engine.statistics().digest(), dice.pick(&world.customers).clone());
        let now = world.now() + minutes(1);
        let choose = Event::consent(who.as_str(), now);
        let lower = dice.chance(50);
        let choose = match lower {
            true => choose.level(Level::OwnHistory),
            false => choose.withdraw(Purpose::CollaborativeLearning),
        };
        let people = People::of(&world.by_time(), &world.privacy);
        let choices = people.person(&who).choices;
        let granted = choices.granted(&world.privacy, &Purpose::CollaborativeLearning, world.end);
        taken(engine.record(now, choose));
        let left = engine.statistics().digest();
        assert_eq!(left, without(&world, std::slice::from_ref(&who)), "seed {seed}: {who}");
        let later = now + minutes(1);
        let again = Event::consent(who.as_str(), later).level(Level::Collaborative);
        // Word for word what was allowed; nothing, if nothing was.
        let again = again.allow_only(Purpose::CollaborativeLearning, granted);
        taken(engine.record(later, again));
        assert_eq!(engine.statistics().digest(), all, "seed {seed}: {who}, lowered: {lower}");
    }
}

/// Shards of customers, in any order, add up to one pass over all.
#[test]
fn shards_merge_into_one_pass() {
    for seed in 0..100 {
        let mut dice = Dice::new(seed);
        let world = World::new(seed, SIZE);
        let all = engine(&world, &world.by_time()).statistics().digest();
        let mut shards: Vec<Vec<Told>> = vec![Vec::new(); 3];
        let shard_of = world.customers.iter().map(|who| (who.clone(), dice.below(3)));
        for (who, shard) in shard_of.collect::<Vec<_>>() {
            shards[shard].extend(world.by_time().into_iter().filter(|told| told.who == who));
        }
        let mut shards: Vec<Statistics> =
            shards.iter().map(|told| engine(&world, told).statistics()).collect();
        for _ in 0..2 {
            dice.shuffle(&mut shards);
            let mut merged = Statistics::default();
            shards.iter().for_each(|shard| merged.merge(shard));
            assert_eq!(merged.digest(), all, "seed {seed}");
        }
    }
}

/// Choices of any kind, one after the other: what models say follows what is allowed at
/// that instant, counted from scratch.
#[test]
fn models_say_what_is_allowed_by_now() {
    for seed in 0..100 {
        let mut dice = Dice::new(seed ^ 0x4a);
        let world = World::new(seed, SIZE);
        let told = world.by_time();
        let engine = engine(&world, &told);
        let mut people = People::of(&told, &world.privacy);
        for n in 0..12 {
            let now = world.now() + minutes(n + 1);
            let who = dice.pick(&world.customers).clone();
            let chosen = Told {
                id: format!("again {n}"),
                who,
                at: now.as_millis(),
                channel: None,
                what: What::Chose(common::world::choice(&mut dice)),
            };
            taken(engine.record(now, chosen.event()));
            people.hear(&chosen, &world.privacy);
            engine.fit(now).unwrap();
            let counts = Counts::of(&world, &people, now.as_millis());
            let fitted = Fitted { world: &world, counts, at: now.as_millis() };
            for who in world.customers.iter().chain([&"a stranger".to_owned()]) {
                let person = people.person(who);
                let purpose = Purpose::Personalisation;
                let seen = Seen::new(&world, &[], &person, &purpose, now.as_millis(), None);
                for (name, by) in recommenders() {
                    let ours = engine.recommend(who.as_str(), &name, 10, Scope::All, now).unwrap();
                    let ours: Vec<(String, u64)> =
                        ours.iter().map(|i| (i.item.to_string(), i.score.to_bits())).collect();
                    let twins = fitted.recommend(by, &seen, &[], 10, Scope::All);
                    let twins: Vec<(String, u64)> =
                        twins.iter().map(|i| (i.item.clone(), i.score.to_bits())).collect();
                    assert_eq!(ours, twins, "seed {seed}, choice {n}: {name} for {who}");
                }
            }
        }
    }
}

/// A clock that lags lets no customer fall out of what is due.
#[test]
fn nobody_is_lost_when_time_passes_out_of_order() {
    let learned = |lagging: bool| {
        let engine = Engine::builder().catalog(items(6)).build().unwrap();
        let at = |minute| noon() + minutes(minute);
        let bought = |minute, item: &str| {
            taken(engine.record(at(minute), Event::purchased("ana", at(minute)).item(item)))
        };
        let consent = Event::consent("ana", noon()).level(Level::Collaborative);
        taken(engine.record(noon(), consent.allow(Purpose::CollaborativeLearning)));
        engine.advance(noon()).unwrap();
        bought(1, "i1");
        let choice = Event::consent("ana", at(3)).allow(Purpose::DirectMarketing);
        taken(engine.record(at(3), choice));
        if lagging {
            engine.advance(at(2)).unwrap();
        }
        bought(4, "i2");
        engine.advance(at(9)).unwrap();
        engine.statistics().digest()
    };
    assert_eq!(learned(true), learned(false));
}

/// A clock that lags behind the one that told of the consent, and nobody looked since.
#[test]
fn what_a_late_clock_records_is_learned() {
    let learned = |late: bool| {
        let engine = Engine::builder().catalog(items(6)).build().unwrap();
        let later = noon() + minutes(2);
        taken(engine.record(later, everything("ana", later)));
        let bought = Event::purchased("ana", noon()).item("i1");
        taken(engine.record(if late { noon() } else { later }, bought));
        engine.advance(later + minutes(1)).unwrap();
        engine.statistics().digest()
    };
    assert_eq!(learned(true), learned(false));
}
