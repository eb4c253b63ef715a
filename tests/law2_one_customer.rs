//! Law 2: one set of events, one customer, in whatever order they come.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::ask::Ask;
use common::dice::Dice;
use common::host;
use common::told::{Told, What};
use common::world::{self, DAY, Privacy, Size, World};
use common::{everything, noon, taken};
use confidant::{
    Channel, Condition, Engine, Event, Identifier, IdentifierKind, Level, Purpose, Recorded,
    Refusal, Request, Scope, Timestamp, hours,
};
use twin::decide::Host;
use twin::person::{Became, People};

#[test]
fn facts_are_reported_in_one_order_whatever_came_first() {
    let report = |late: bool| {
        let engine = Engine::builder().build().unwrap();
        let now = noon() + hours(2);
        taken(engine.record(now, everything("ana", noon())));
        let first = Event::declared("ana", noon()).attribute("b", 1).id("1");
        let second =
            Event::declared("ana", noon() + hours(1)).attribute("a", 1).attribute("b", 2).id("2");
        let (one, other) = if late { (second, first) } else { (first, second) };
        taken(engine.record(now, one));
        taken(engine.record(now, other));
        engine.customer_report("ana", now).unwrap().unwrap()
    };
    assert_eq!(report(true).facts, report(false).facts);
}

/// "The same id twice is the same event."
#[test]
fn the_same_id_is_the_same_event_at_any_time() {
    let engine = Engine::builder().build().unwrap();
    let later = noon() + hours(1);
    taken(engine.record(noon(), everything("ana", noon())));
    let said = |at| Event::declared("ana", at).attribute("a", 1).id("said");
    taken(engine.record(noon(), said(noon())));
    let again = engine.record(later, said(later)).unwrap();
    assert_eq!(again, Recorded::Duplicate);
}

#[test]
fn the_same_id_is_the_same_event_of_any_kind() {
    let engine = Engine::builder().build().unwrap();
    taken(engine.record(noon(), everything("ana", noon()).id("x")));
    let again = engine.record(noon(), Event::purchased("ana", noon()).id("x"));
    assert_eq!(again.unwrap(), Recorded::Duplicate);
}

/// Whether somebody else is known must not be learned by a link that is refused.
#[test]
fn a_link_that_is_not_allowed_is_not_looked_into() {
    let engine = Engine::builder().build().unwrap();
    taken(engine.record(noon(), Event::purchased("bob", noon())));
    let link = engine.record(noon(), Event::linked("ana", noon(), "bob"));
    assert!(matches!(link, Ok(Recorded::NotAllowed(_))), "{link:?}");
}

#[test]
fn identifiers_of_different_kinds_never_meet() {
    let engine = Engine::builder().build().unwrap();
    let one = Identifier::new(IdentifierKind::Custom("a".into()), "b/c");
    let other = Identifier::new(IdentifierKind::Custom("a/b".into()), "c");
    assert_ne!(engine.key(&one), engine.key(&other));
    taken(engine.record(noon(), Event::purchased(one, noon())));
    assert!(engine.customer_report(other, noon()).unwrap().is_none());
}

/// All that can be asked about everybody, as text and bytes.
fn everything_known(world: &World, host: &Host, engine: &Engine) -> Vec<String> {
    let end = world.end;
    engine.advance(world.now()).unwrap();
    engine.fit(world.now()).unwrap();
    let asks = host.segments.iter().map(|(_, ask)| ask).filter(|ask| !asks_segment(ask));
    let conditions: Vec<Condition> = asks.map(Ask::condition).collect();
    let n = conditions.len();
    let rules = engine.rules(conditions).unwrap();
    let mut known = vec![engine.statistics().digest().to_string()];
    for who in &world.customers {
        for at in [end, end - 3 * DAY, end - 20 * DAY, end - 20 * DAY + 1, end - 45 * DAY] {
            let now = Timestamp::from_millis(at);
            let report = engine.customer_report(who.as_str(), now).unwrap();
            known.push(serde_json::to_string(&report).unwrap());
            known.push(format!("{:?}", engine.segments_of(who.as_str(), now).unwrap()));
            for purpose in [Purpose::Personalisation, Purpose::CollaborativeLearning] {
                let view = engine.view(who.as_str(), purpose, now, None).unwrap();
                let answers = rules.ask(&view);
                let met: Vec<Option<bool>> = (0..n).map(|n| rules.is_met(n, &answers)).collect();
                let facts = world::ATTRIBUTES.map(|name| view.attribute(name).cloned());
                known.push(format!("{} {met:?} {facts:?}", view.len()));
            }
            for (name, _) in &host.recommenders {
                let list = engine.recommend(who.as_str(), name, 5, Scope::New, now).unwrap();
                known.push(serde_json::to_string(&list).unwrap());
            }
            for channel in [Channel::Web, Channel::Email] {
                let request = Request::new(who.as_str(), channel, now).seed(7);
                let decision = engine.preview(&request).unwrap();
                known.push(format!("{:?}", decision.to_bytes()));
            }
        }
    }
    known
}

fn asks_segment(ask: &Ask) -> bool {
    match ask {
        Ask::All(parts) | Ask::Any(parts) => parts.iter().any(asks_segment),
        Ask::Not(part) => asks_segment(part),
        Ask::Points(parts, _) => parts.iter().any(|(part, _)| asks_segment(part)),
        Ask::InSegment(_) => true,
        _ => false,
    }
}

/// Records one by one or in batches, some twice, at instants of any kind, and lets time
/// pass in between.
fn record(dice: &mut Dice, world: &World, engine: &Engine, told: &[Told]) {
    let mut told = told.to_vec();
    let mut rest = told.as_mut_slice();
    let mut before: Vec<Told> = Vec::new();
    while !rest.is_empty() {
        let (batch, others) = rest.split_at_mut((1 + dice.below(9)).min(rest.len()));
        let mut batch = batch.to_vec();
        batch.extend(dice.some(10, &before));
        let latest = batch.iter().map(|told| told.at).max().unwrap();
        let now = if dice.chance(50) { world.end } else { latest };
        let now = Timestamp::from_millis(now);
        if dice.chance(50) {
            let report = engine.record_all(now, batch.iter().map(Told::event));
            let wrong = |(_, refusal): &&(usize, Refusal)| matches!(refusal, Refusal::Error(_));
            assert_eq!(report.refused.iter().filter(wrong).count(), 0);
        } else {
            for told in &batch {
                _ = engine.record(now, told.event()).unwrap();
            }
        }
        if dice.chance(20) {
            engine.advance(now).unwrap();
        }
        before.append(&mut batch);
        rest = others;
    }
}

/// Gives customers a cookie, under which some of what is told of them is told.
fn hand_out_cookies(dice: &mut Dice, world: &mut World) {
    let people = People::of(&world.by_time(), &world.privacy);
    for who in world.customers.clone() {
        let (privacy, person) = (&world.privacy, people.person(&who));
        let at = world.told.iter().filter(|told| told.who == who).map(|told| told.at).max();
        let Some(at) = at.filter(|_| dice.chance(60)) else { continue };
        if !person.choices.allows(privacy, &Purpose::IdentityLinking, at) {
            continue;
        }
        let mine = |told: &&mut Told| told.who == who && !matches!(told.what, What::Chose(_));
        world
            .told
            .iter_mut()
            .filter(mine)
            .filter(|_| dice.chance(40))
            .for_each(|told| told.who = format!("cookie:{who}"));
        // One that is used, and one that never is.
        for cookie in [format!("cookie:{who}"), format!("cookie:unused {who}")] {
            world.told.push(Told {
                id: format!("{cookie} linked"),
                who: who.clone(),
                at,
                channel: None,
                what: What::Linked(cookie),
            });
        }
    }
}

/// Whatever the order, the doubles and the batches, the customers are the same. What is
/// allowed must come in time, and so must the names that somebody is known by.
fn one_set_of_events(seeds: u64, privacy: impl Fn() -> Privacy, choices_first: bool) {
    let mut linked = 0;
    for seed in 0..seeds {
        let mut dice = Dice::new(seed ^ 0x1a2);
        let mut world = World::new(seed, Size { items: 8, customers: 5, events: 25 });
        world.privacy = privacy();
        let host = host::random(&mut dice, &world, 6);
        hand_out_cookies(&mut dice, &mut world);
        let unused = |told: &Told| told.id.contains("unused");
        let rank = |told: &Told| match &told.what {
            What::Chose(_) => 0,
            What::Linked(_) if !unused(told) => 1,
            What::Linked(_) => 2,
            _ if choices_first || told.who.starts_with("cookie:") => 2,
            _ => 0,
        };
        let mut told = world.by_time();
        told.sort_by_key(rank);
        let reference = host::builder(&world, &host).build().unwrap();
        for told in &told {
            _ = reference.record(world.now(), told.event()).unwrap();
        }
        let expected = everything_known(&world, &host, &reference);
        for who in &world.customers {
            let report = reference.customer_report(who.as_str(), world.now()).unwrap();
            linked += report.map_or(0, |report| report.identifiers.len());
        }
        for run in 0..4 {
            dice.shuffle(&mut told);
            told.sort_by_key(rank);
            let engine = host::builder(&world, &host).build().unwrap();
            record(&mut dice, &world, &engine, &told);
            let known = everything_known(&world, &host, &engine);
            for (ours, expected) in known.iter().zip(&expected) {
                assert_eq!(ours, expected, "seed {seed}, run {run}");
            }
        }
    }
    assert!(linked > 30, "only {linked} links");
}

#[test]
fn no_order_leaves_a_trace_where_nothing_needs_consent() {
    one_set_of_events(120, Privacy::all_by_contract, false);
}

#[test]
fn no_order_leaves_a_trace_where_choices_come_in_time() {
    one_set_of_events(120, Privacy::usual, true);
}

/// Each stands for itself, under whichever name it comes.
#[test]
fn a_batch_takes_what_one_by_one_would_take() {
    let report = |at_once: bool| {
        let engine = Engine::builder().build().unwrap();
        taken(engine.record(noon(), everything("ana", noon() - hours(9))));
        let cookie = Identifier::new(IdentifierKind::Cookie, "c");
        taken(engine.record(noon(), Event::linked("ana", noon(), cookie.clone())));
        taken(engine.record(noon(), Event::consent("ana", noon()).level(Level::Off)));
        let later = noon() + hours(1);
        let again = Event::consent(cookie, later).level(Level::Collaborative);
        let events: [Event; 3] = [
            Event::viewed("ana", later).id("before").into(),
            again.into(),
            Event::viewed("ana", later).id("after").into(),
        ];
        if at_once {
            _ = engine.record_all(later, events);
        } else {
            for event in events {
                _ = engine.record(later, event).unwrap();
            }
        }
        engine.customer_report("ana", later).unwrap().unwrap().history.len()
    };
    assert_eq!(report(true), report(false));
}

/// What was turned away was never an event: it may be sent again, and is then taken.
#[test]
fn what_was_refused_may_be_sent_again() {
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let world = World::new(seed, Size { items: 6, customers: 3, events: 25 });
        let engine = host::builder(&world, &Host::default()).build().unwrap();
        let mut told = world.told.clone();
        dice.shuffle(&mut told);
        let mut people = People::default();
        // A third time finds all that can be taken taken.
        for round in 0..3 {
            for told in &told {
                let before = engine.customer_report(told.who.as_str(), world.now()).unwrap();
                let recorded = engine.record(world.now(), told.event()).unwrap();
                let expected = people.hear(told, &world.privacy);
                let became = match recorded {
                    Recorded::Accepted
                    | Recorded::Reduced(_)
                    | Recorded::Apart(_)
                    | Recorded::Demoted(_) => Became::Accepted,
                    Recorded::Duplicate => Became::Duplicate,
                    Recorded::NotAllowed(_) => Became::NotAllowed,
                };
                assert_eq!(became, expected, "seed {seed}, round {round}: {told:?}");
                assert!(round < 2 || became != Became::Accepted, "seed {seed}: {told:?}");
                if became != Became::Accepted {
                    let after = engine.customer_report(told.who.as_str(), world.now()).unwrap();
                    assert!(before == after, "seed {seed}: something of {told:?} was kept");
                }
            }
        }
    }
}

#[test]
fn a_link_sent_twice_is_a_duplicate() {
    let engine = Engine::builder().build().unwrap();
    let cookie = Identifier::new(IdentifierKind::Cookie, "c");
    let link = Event::linked("ana", noon(), cookie);
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), link.clone()));
    assert_eq!(engine.record(noon(), link).unwrap(), Recorded::Duplicate);
}

/// What was taken is not refused when a later word would have refused it.
#[test]
fn facts_that_are_known_are_a_duplicate_whatever_is_allowed_by_now() {
    let engine = Engine::builder().build().unwrap();
    let said = Event::declared("ana", noon()).attribute("a", 1).id("said");
    taken(engine.record(noon(), everything("ana", noon() - hours(2))));
    taken(engine.record(noon(), said.clone()));
    taken(engine.record(noon(), Event::consent("ana", noon() - hours(1)).level(Level::Off)));
    assert_eq!(engine.record(noon(), said).unwrap(), Recorded::Duplicate);
}
