//! Law 1: consent decides what exists. Two worlds that differ only in data that their
//! customers do not allow for a purpose give the same answers for it, bit for bit:
//! decisions with their receipts, batches, recommendations, segments, changes, learned
//! statistics, views. And where allowed data differ, answers do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

use confidant::*;

use world::pairs::{Differs, Honest, OUTPUTS, Output, Pair, System, pairs};
use world::{builder, turn};

fn honest(seed: u64) -> Box<dyn System> {
    Box::new(Honest(builder(seed).build().unwrap()))
}

/// Tells so many pairs; says for how many each output had to be equal.
fn tell(differs: Differs, seeds: std::ops::Range<u64>) -> BTreeMap<Output, u64> {
    let mut held: BTreeMap<Output, u64> = BTreeMap::new();
    for seed in seeds {
        let comparison = Pair::new(seed, differs).compare(|| honest(seed));
        if let Some(leak) = comparison.leak {
            panic!("{differs:?}: {leak}");
        }
        for (output, compared) in comparison.outputs {
            *held.entry(output).or_default() += u64::from(compared.held);
        }
    }
    held
}

#[test]
fn what_nobody_may_see_changes_nothing() {
    let n = pairs(1000);
    let held = tell(Differs::Secret, 0..n);
    for output in OUTPUTS {
        assert_eq!(held[&output], n, "{output:?}: {held:?}");
    }
    println!("{n} pairs, held: {held:?}");
}

#[test]
fn what_others_may_not_learn_from_changes_nothing_for_others() {
    let n = pairs(300);
    let held = tell(Differs::NotForOthers, 10_000_000..10_000_000 + n);
    println!("{n} pairs, held: {held:?}");
    assert!(held[&Output::Statistics] == n, "{held:?}");
}

#[test]
fn what_only_others_may_learn_from_does_not_show_in_ones_own_view() {
    let n = pairs(200);
    let held = tell(Differs::NotForMe, 20_000_000..20_000_000 + n);
    println!("{n} pairs, held: {held:?}");
    assert!(held[&Output::Segments] == n, "{held:?}");
}

/// A test that can only pass says nothing: allowed data must show.
#[test]
fn what_is_allowed_shows() {
    let n = 150;
    let mut differ: BTreeMap<Output, u64> = BTreeMap::new();
    for seed in 30_000_000..30_000_000 + n {
        let comparison = Pair::new(seed, Differs::Allowed).compare(|| honest(seed));
        assert!(comparison.leak.is_none(), "{}", comparison.leak.unwrap());
        for (output, compared) in comparison.outputs {
            *differ.entry(output).or_default() += u64::from(compared.differs);
        }
    }
    println!("of {n} pairs differ: {differ:?}");
    for output in OUTPUTS {
        assert!(differ[&output] * 100 >= n * 25, "{output:?} of {n}: {differ:?}");
    }
}

// ---------------------------------------------------------------- found once, and mended

fn told(engine: &Engine, now: Timestamp, event: impl Into<Event>) {
    assert_eq!(engine.record(now, event).unwrap(), Recorded::Accepted);
}

/// A purchase that may not be looked at reached the host in between; the instant at which
/// the late view was reported told of it.
#[test]
fn when_a_change_is_reported_tells_nothing_of_what_may_not_be_seen() {
    let run = |bought: bool| {
        let viewed = count(Kind::Viewed).at_least(1);
        let engine = Engine::builder().segment(Segment::new("viewer", viewed)).build().unwrap();
        let choice = Event::consent("ana", turn())
            .level(Level::OwnHistory)
            .allow_only(Purpose::Personalisation, [DataCategory::Browsing]);
        told(&engine, turn(), choice);
        engine.advance(turn()).unwrap();
        let (second, third) = (turn() + days(2), turn() + days(3));
        if bought {
            told(&engine, second, Event::purchased("ana", second));
        }
        told(&engine, third, Event::viewed("ana", turn() + days(1)));
        engine.advance(turn() + days(5)).unwrap()
    };
    assert_eq!(run(false), run(true));
    assert_eq!(run(false).len(), 1);
}

fn teaches(at: Timestamp) -> ConsentChange {
    Event::consent("ana", at).level(Level::Collaborative).allow(Purpose::CollaborativeLearning)
}

fn learns(store: impl Store) -> Engine {
    let catalog = Catalog::new([Item::new("espresso")]).unwrap();
    Engine::builder().catalog(catalog).store(store).build().unwrap()
}

fn knows_nothing(engine: &Engine) -> bool {
    engine.statistics().digest() == Statistics::default().digest()
}

/// Two threads took the time before they came to the engine, and came the other way round;
/// or a host's clock lags behind another's.
#[test]
fn what_a_lagging_clock_tells_brings_nothing_back_that_was_withdrawn() {
    let at = |second| turn() + std::time::Duration::from_secs(second);
    let engine = learns(MemoryStore::new());
    told(&engine, turn(), teaches(turn()));
    told(&engine, turn(), Event::purchased("ana", turn()).item("espresso"));
    engine.advance(turn()).unwrap();
    assert!(!knows_nothing(&engine));
    let no = Event::consent("ana", at(20)).withdraw(Purpose::CollaborativeLearning);
    told(&engine, at(20), no);
    assert!(knows_nothing(&engine));
    told(&engine, at(10), teaches(at(10)));
    assert!(knows_nothing(&engine), "a consent of before");
    told(&engine, at(11), Event::purchased("ana", at(11)).item("espresso"));
    engine.advance(at(12)).unwrap();
    assert!(knows_nothing(&engine), "a look of before");
    engine.advance(at(30)).unwrap();
    assert!(knows_nothing(&engine));
}

/// What was learned is forgotten before the withdrawal is acknowledged.
#[test]
fn a_withdrawal_takes_effect_before_it_returns() {
    let engine = learns(MemoryStore::new());
    told(&engine, turn(), teaches(turn()));
    told(&engine, turn(), Event::purchased("ana", turn()).item("espresso"));
    engine.advance(turn()).unwrap();
    assert!(!knows_nothing(&engine));
    let no = Event::consent("ana", turn() + minutes(1));
    told(&engine, turn() + minutes(1), no.withdraw(Purpose::CollaborativeLearning));
    assert!(knows_nothing(&engine));
}

/// A withdrawal dated a little ahead takes effect when its time comes, at the next look.
#[test]
fn a_withdrawal_dated_ahead_is_learned_in_time() {
    let engine = learns(MemoryStore::new());
    told(&engine, turn(), teaches(turn()));
    told(&engine, turn(), Event::purchased("ana", turn()).item("espresso"));
    engine.advance(turn()).unwrap();
    assert!(!knows_nothing(&engine));
    let ahead = Event::consent("ana", turn() + minutes(3));
    told(&engine, turn(), ahead.withdraw(Purpose::CollaborativeLearning));
    engine.advance(turn() + minutes(1)).unwrap();
    assert!(!knows_nothing(&engine));
    engine.advance(turn() + minutes(3)).unwrap();
    assert!(knows_nothing(&engine));
}

/// A store that holds its answer to the next commit back until it is let go.
#[derive(Debug)]
struct Slow {
    inner: MemoryStore,
    gate: Arc<(Mutex<Held>, Condvar)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Held {
    No,
    TheNext,
    Now,
    LetGo,
}

impl Store for Slow {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.inner.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let done = self.inner.commit(batches, durability);
        let (held, changed) = &*self.gate;
        let mut held = held.lock().unwrap();
        if *held == Held::TheNext {
            *held = Held::Now;
            changed.notify_all();
            let _gone = changed.wait_while(held, |held| *held != Held::LetGo).unwrap();
        }
        done
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(after, limit)
    }
}

/// A consent and its withdrawal overtake each other on the way back from the store; what
/// is left in the statistics is what the customer allows: nothing.
#[test]
fn a_withdrawal_that_overtakes_a_consent_leaves_nothing_learned() {
    let gate = Arc::new((Mutex::new(Held::No), Condvar::new()));
    let engine = learns(Slow { inner: MemoryStore::new(), gate: gate.clone() });
    told(&engine, turn(), Event::purchased("ana", turn()).item("espresso"));
    let (engine, (held, changed)) = (&engine, &*gate);
    *held.lock().unwrap() = Held::TheNext;
    std::thread::scope(|scope| {
        scope.spawn(|| told(engine, turn(), teaches(turn())));
        drop(changed.wait_while(held.lock().unwrap(), |held| *held != Held::Now).unwrap());
        let no = Event::consent("ana", turn() + hours(1));
        told(engine, turn() + days(1), no.withdraw(Purpose::CollaborativeLearning));
        // Whoever asks what was learned before the consent is back waits for it, and never
        // finds what would be left if it had never come.
        let (tell, asked) = std::sync::mpsc::channel();
        scope.spawn(move || tell.send(knows_nothing(engine)).unwrap());
        let early = asked.recv_timeout(std::time::Duration::from_millis(200));
        *held.lock().unwrap() = Held::LetGo;
        changed.notify_all();
        assert!(early.or_else(|_| asked.recv()).unwrap());
    });
    assert!(knows_nothing(engine));
    engine.advance(turn() + days(2)).unwrap();
    assert!(knows_nothing(engine));
}
