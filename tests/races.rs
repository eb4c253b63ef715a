//! Races: consent is given, taken back and asked for, and customers are erased, by threads
//! that step in between each other's calls of the store. Every interleaving of small
//! programs is run. What each call answered is what it would have answered had they all come
//! one after the other, in the order in which the store was written; nothing is decided on a
//! consent that was taken back, and nothing is left of whom was erased.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "race/every_order.rs"]
mod every_order;
mod race;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use confidant::*;
use every_order::{ANA, CAP, Over, Race, config, in_all_orders, let_others_go_first, nothing};
use race::stage::{Around, Stage};
use race::{Op, end, shop};
use shuttle::Runner;
use shuttle::scheduler::RandomScheduler;

use Op::{Advance, Buy, Erase, Give, Mail, MailAll, View, Web, Withdraw};

// ---------------------------------------------------------------- small programs

/// A customer who allowed everything, bought, and taught others.
const TAUGHT: &[Op] = &[Give(0), Buy(1), Advance(2)];
/// The same, whom nobody looked at yet.
const TOLD: &[Op] = &[Give(0), Buy(1)];
/// Somebody who bought and never said anything.
const BOUGHT: &[Op] = &[Buy(1)];
/// Somebody who took everything back.
const LEFT: &[Op] = &[Give(0), Buy(1), Advance(2), Withdraw(3)];
const STRANGER: &[Op] = &[];

/// What was there before, and the threads.
type Story = (&'static [Op], &'static [&'static [Op]]);

const TWO_THREADS: &[Story] = &[
    (STRANGER, &[&[Give(10)], &[Withdraw(20)]]),
    (BOUGHT, &[&[Give(10)], &[Withdraw(20)]]),
    (TAUGHT, &[&[Give(10)], &[Withdraw(20)]]),
    (LEFT, &[&[Give(10)], &[Withdraw(20)]]),
    (TAUGHT, &[&[Withdraw(5)], &[Withdraw(6)]]),
    (TAUGHT, &[&[Web(10)], &[Withdraw(5)]]),
    (TAUGHT, &[&[Mail(10)], &[Withdraw(5)]]),
    (TAUGHT, &[&[MailAll(10)], &[Withdraw(5)]]),
    (TAUGHT, &[&[View(10)], &[Withdraw(5)]]),
    (LEFT, &[&[Web(10)], &[Give(5)]]),
    (LEFT, &[&[MailAll(10)], &[Give(5)]]),
    (STRANGER, &[&[Mail(10)], &[Give(5)]]),
    (TAUGHT, &[&[Mail(10)], &[Mail(10)]]),
    (TAUGHT, &[&[Mail(10)], &[Mail(11)]]),
    (TAUGHT, &[&[Mail(10)], &[MailAll(11)]]),
    (TAUGHT, &[&[MailAll(10)], &[MailAll(11)]]),
    (TAUGHT, &[&[Web(10)], &[Erase]]),
    (TAUGHT, &[&[Mail(10)], &[Erase]]),
    (TAUGHT, &[&[MailAll(10)], &[Erase]]),
    (TAUGHT, &[&[View(10)], &[Erase]]),
    (TAUGHT, &[&[Buy(10)], &[Erase]]),
    (TAUGHT, &[&[Give(10)], &[Erase]]),
    (BOUGHT, &[&[Give(10)], &[Erase]]),
    (STRANGER, &[&[Give(10)], &[Erase]]),
    (TAUGHT, &[&[Withdraw(5)], &[Erase]]),
    (TAUGHT, &[&[Erase], &[Erase]]),
    (TOLD, &[&[Advance(6)], &[Withdraw(5)]]),
    (TOLD, &[&[Advance(6)], &[Erase]]),
    (TAUGHT, &[&[Buy(6), Advance(7)], &[Withdraw(5)]]),
    (TAUGHT, &[&[Withdraw(5), Web(10)], &[Mail(11)]]),
];

const MORE_THREADS: &[Story] = &[
    (TAUGHT, &[&[Mail(10)], &[Withdraw(5)], &[Give(6)]]),
    (LEFT, &[&[Web(30)], &[Withdraw(20)], &[Give(10)]]),
    (TAUGHT, &[&[Mail(10)], &[MailAll(11)], &[Withdraw(5)]]),
    (TAUGHT, &[&[Web(10)], &[View(11)], &[Withdraw(5)]]),
    (BOUGHT, &[&[Give(10)], &[Withdraw(20)], &[Advance(30)]]),
];

/// Where only the store is shared, longer programs have few enough interleavings.
const LONGER: &[Story] = &[
    (TAUGHT, &[&[Web(10)], &[Withdraw(5)], &[Erase]]),
    (TAUGHT, &[&[Mail(10)], &[MailAll(11)], &[Erase]]),
    (TAUGHT, &[&[Withdraw(5), Web(10)], &[Give(6), Mail(11)]]),
    (TAUGHT, &[&[Erase, Give(20)], &[Mail(10), Mail(30)]]),
    (TAUGHT, &[&[Withdraw(5), Erase], &[Mail(10), View(11)]]),
];

/// Only for the thorough run.
const LONGEST: &[Story] = &[
    (TAUGHT, &[&[Mail(10)], &[MailAll(11)], &[Withdraw(5)], &[Give(6)]]),
    (TAUGHT, &[&[Web(10)], &[Erase], &[Give(6)], &[Withdraw(5)]]),
];

/// How many interleavings of a program the thorough run may take: `CONFIDANT_RACES`. The
/// ordinary one takes all of programs that have fewer than a hundred thousand.
fn thorough() -> Option<usize> {
    std::env::var("CONFIDANT_RACES").ok().and_then(|n| n.parse().ok())
}

/// Runs every interleaving of a story; says how many there were, and what was wrong.
fn race((before, program): Story, over: Over) -> (usize, Vec<String>) {
    let race = Race::new(before, program, over);
    let runs = race.clone();
    let most = thorough().unwrap_or(100_000);
    let n = in_all_orders(most, move || runs.run());
    let (met, wrong) = (race.met.lock().unwrap(), race.wrong.lock().unwrap().clone());
    let (orders, conflicts) = (met.orders.len(), met.conflicts);
    println!("{over:?}, {before:?}, then {program:?}: {n} interleavings, {orders} orders of the");
    println!("  store, somebody came in between in {conflicts}, {} wrong", wrong.len());
    if n == most {
        println!("  and there are more");
    }
    assert!(thorough().is_some() || n < most, "there are more interleavings than {n}");
    // A race in which nobody ever meets says nothing.
    assert!(n > 2 && orders > 1, "{before:?}, then {program:?}");
    (n, wrong)
}

fn all_are_right(stories: &[Story], over: Over) -> usize {
    let one = |story: &Story| {
        let (n, wrong) = race(*story, over);
        assert!(wrong.is_empty(), "{} of {n} are wrong: {}", wrong.len(), wrong[0]);
        n
    };
    stories.iter().map(one).sum()
}

#[test]
fn engines_over_one_store_decide_nothing_on_a_consent_that_was_taken_back() {
    let mut n = all_are_right(TWO_THREADS, Over::OneStore);
    n += all_are_right(MORE_THREADS, Over::OneStore) + all_are_right(LONGER, Over::OneStore);
    if thorough().is_some() {
        n += all_are_right(LONGEST, Over::OneStore);
    }
    println!("{n} interleavings");
    assert!(n > 1_000, "{n}");
}

#[test]
fn threads_over_one_engine_decide_nothing_on_a_consent_that_was_taken_back() {
    let mut n = all_are_right(TWO_THREADS, Over::OneEngine);
    n += all_are_right(MORE_THREADS, Over::OneEngine);
    if thorough().is_some() {
        n += all_are_right(LONGER, Over::OneEngine);
    }
    println!("{n} interleavings");
    assert!(n > 1_000, "{n}");
}

/// A test that can only pass says nothing: over a store that breaks its contract, all of it
/// is found.
#[test]
fn a_store_that_commits_whatever_it_finds_is_found_out() {
    let (mut stale, mut found) = (0, 0);
    for story in TWO_THREADS.iter().chain(MORE_THREADS) {
        let race = Race::new(story.0, story.1, Over::ACarelessStore);
        let runs = race.clone();
        in_all_orders(100_000, move || runs.run());
        let wrong = race.wrong.lock().unwrap();
        found += usize::from(!wrong.is_empty());
        stale += wrong.iter().filter(|wrong| wrong.contains("stale")).count();
    }
    println!("{stale} stale decisions, something wrong with {found} programs");
    // Some lose nothing by it: who asks and is told of nothing, who says the same again.
    assert!(stale > 100 && found >= 30, "{stale}, {found}");
}

// ---------------------------------------------------------------- links

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, "4711")
}

/// What a customer's lines were told under.
fn told_under(engine: &Engine, who: &Identifier) -> Vec<Identifier> {
    let report = engine.customer_report(who, end()).unwrap();
    report.into_iter().flat_map(|report| report.history).map(|line| line.told_under).collect()
}

/// A link takes so many calls that its interleavings with an erasure cannot all be run:
/// some thousands are drawn, from a seed. Of whom was erased nothing comes back by the
/// link, whoever was faster; of the other one all is left, or all went with the customer.
#[test]
fn a_link_brings_nobody_back_who_is_erased() {
    let snapshot = shop(MemoryStore::new(), CAP).build().unwrap().snapshot();
    let kept = Arc::new(MemoryStore::new());
    let build = |store| Engine::builder().store(store).build_on(snapshot.clone()).unwrap();
    let before = build(kept.clone());
    for op in TAUGHT {
        op.act(&before, ANA);
        let bought = Event::purchased(card(), race::at(1)).item("tea");
        match op {
            Give(ms) => _ = before.record(race::at(*ms), race::give(card(), *ms)).unwrap(),
            Buy(ms) => _ = before.record(race::at(*ms), bought).unwrap(),
            _ => {}
        }
    }
    let alone = {
        let store = Arc::new(Stage::new(|| (), Around::Before).holding(&kept));
        let engine = Engine::builder().store(store).build_on(snapshot.clone()).unwrap();
        engine.erase(ANA).unwrap();
        engine.statistics().digest()
    };
    let n = thorough().unwrap_or(5_000);
    let ends: Arc<Mutex<BTreeMap<usize, usize>>> = Arc::default();
    let seen = ends.clone();
    Runner::new(RandomScheduler::new_from_seed(1, n), config()).run(move || {
        let stage = Arc::new(Stage::new(let_others_go_first, Around::Before).holding(&kept));
        let build = || {
            let engine = Engine::builder().store(stage.clone()).build_on(snapshot.clone()).unwrap();
            engine.permissions("nobody", end()).unwrap();
            engine
        };
        let (links, erases) = (build(), build());
        let link = shuttle::thread::spawn(move || {
            _ = links.record(race::at(10), Event::linked(card(), race::at(10), ANA)).unwrap();
        });
        let erase = shuttle::thread::spawn(move || assert!(erases.erase(ANA).unwrap()));
        link.join().unwrap();
        erase.join().unwrap();
        let engine = build();
        let lines = told_under(&engine, &card());
        assert!(lines.iter().all(|who| *who == card()) && lines.len() < 2, "{lines:?}");
        assert!(told_under(&engine, &ANA.into()).iter().all(|who| *who == card()));
        let learned = engine.statistics().digest();
        assert!(learned == if lines.is_empty() { nothing() } else { alone });
        *seen.lock().unwrap().entry(lines.len()).or_default() += 1;
        engine.erase(card()).unwrap();
        engine.erase(ANA).unwrap();
        assert!(stage.inner().is_empty(), "a trace is left");
    });
    let ends = ends.lock().unwrap();
    println!("{n} interleavings; lines that are left, and how often: {ends:?}");
    assert_eq!(ends.len(), 2, "{ends:?}");
}
