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
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use confidant::*;

use world::asked::{Honest, OUTPUTS, Output, System};
use world::pairs::{Comparison, Differs, Pair, pairs};
use world::{purposes, research, turn};

fn honest(pair: &Pair) -> Box<dyn System> {
    Box::new(Honest(pair.builder().build().unwrap()))
}

/// What came of many pairs.
#[derive(Default)]
struct Told {
    /// In how many pairs each output had to be equal, and in how many it differed.
    held: BTreeMap<(Output, Purpose), u64>,
    differed: BTreeMap<(Output, Purpose), u64>,
    why: BTreeMap<&'static str, u64>,
    /// The first leak, by its seed.
    leak: Option<(u64, String)>,
}

impl Told {
    fn add(&mut self, pair: &Pair, comparison: Comparison) {
        for (key, compared) in comparison.outputs {
            *self.held.entry(key.clone()).or_default() += u64::from(compared.held);
            *self.differed.entry(key).or_default() += u64::from(compared.differs);
        }
        for why in pair.why_not() {
            *self.why.entry(why).or_default() += 1;
        }
        let leak = comparison.leak.map(|leak| (pair.seed, leak));
        self.leak = self.leak.take().into_iter().chain(leak).min();
    }

    fn join(&mut self, other: Self) {
        for (into, from) in [(&mut self.held, other.held), (&mut self.differed, other.differed)] {
            from.into_iter().for_each(|(key, n)| *into.entry(key).or_default() += n);
        }
        other.why.into_iter().for_each(|(why, n)| *self.why.entry(why).or_default() += n);
        self.leak = self.leak.take().into_iter().chain(other.leak).min();
    }

    /// In how many pairs an output had to be equal, for whichever purpose.
    fn held(&self, output: Output) -> u64 {
        let of = self.held.iter().filter(|((of, _), _)| *of == output);
        of.map(|(_, n)| *n).max().unwrap_or_default()
    }

    /// In how many pairs an output differed, for a purpose.
    fn differed(&self, output: Output, purpose: &Purpose) -> u64 {
        self.differed.get(&(output, purpose.clone())).copied().unwrap_or_default()
    }
}

/// Tells pairs on as many threads as there are; the outcome is the same for any number.
fn tell(seeds: Range<u64>, pair: impl Fn(u64) -> Pair + Sync) -> Told {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let (all, done) = (seeds.end - seeds.start, AtomicU64::new(0));
    let one = |thread: u64| {
        let mut told = Told::default();
        for seed in seeds.clone().skip(thread as usize).step_by(threads as usize) {
            let pair = pair(seed);
            told.add(&pair, pair.compare(honest));
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            if all >= 20_000 && n.is_multiple_of(all / 20) {
                eprintln!("{n} of {all} pairs");
            }
        }
        told
    };
    let mut told = Told::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|n| scope.spawn(move || one(n))).collect();
        workers.into_iter().for_each(|worker| told.join(worker.join().unwrap()));
    });
    if let Some((_, leak)) = &told.leak {
        panic!("{leak}");
    }
    told
}

/// Whatever keeps data from being used: it happens to some of them.
const WHYS: [&str; 9] = [
    "level",
    "not allowed",
    "special",
    "not allowed on the device",
    "restricted",
    "ended by itself",
    "kept long enough",
    "not kept",
    "taken back",
];

#[test]
fn what_nobody_may_see_changes_nothing() {
    let n = pairs(1000);
    let told = tell(0..n, |seed| Pair::new(seed, Differs::Secret));
    println!("{n} pairs, held: {:?}; data that may not be used: {:?}", told.held, told.why);
    for output in OUTPUTS {
        // Not everybody lives with somebody.
        let least = match output {
            Output::Household => n / 3,
            // A device that went its own way counts as somebody.
            Output::Census | Output::Lookalikes | Output::Portrait | Output::Alike => n / 2,
            _ => n,
        };
        assert!(told.held(output) >= least, "{output:?}: {:?}", told.held);
    }
    for why in WHYS {
        assert!(told.why.get(why).is_some_and(|seen| seen * 100 >= n), "{why}: {:?}", told.why);
    }
}

#[test]
fn what_others_may_not_learn_from_changes_nothing_for_others() {
    let n = pairs(1000) * 3 / 10;
    let told = tell(10_000_000..10_000_000 + n, |seed| Pair::new(seed, Differs::NotForOthers));
    println!("{n} pairs, held: {:?}", told.held);
    for output in [Output::Statistics, Output::OthersReport, Output::OthersExport] {
        assert_eq!(told.held(output), n, "{output:?}: {:?}", told.held);
    }
}

#[test]
fn what_only_others_may_learn_from_does_not_show_in_ones_own_view() {
    let n = pairs(1000) / 5;
    let told = tell(20_000_000..20_000_000 + n, |seed| Pair::new(seed, Differs::NotForMe));
    println!("{n} pairs, held: {:?}", told.held);
    for output in [Output::Segments, Output::Changes, Output::View, Output::Recognise] {
        assert_eq!(told.held(output), n, "{output:?}: {:?}", told.held);
    }
}

/// Nobody tells the system that time has passed: what ran out, or is kept no longer, shows no
/// more all the same.
#[test]
fn what_ended_by_itself_shows_no_more() {
    let n = pairs(1000) / 5;
    let told = tell(25_000_000..25_000_000 + n, |seed| Pair::new(seed, Differs::Fleeting));
    println!("{n} pairs, held: {:?}; why in the end: {:?}", told.held, told.why);
    for output in [Output::Segments, Output::View, Output::Recognise] {
        assert_eq!(told.held(output), n, "{output:?}: {:?}", told.held);
    }
    for why in ["ended by itself", "kept long enough"] {
        assert!(told.why.get(why).is_some_and(|seen| seen * 20 >= n), "{why}: {:?}", told.why);
    }
}

// ---------------------------------------------------------------- what is allowed shows

/// A test that can only pass says nothing: what is allowed must show, in three pairs of ten
/// at least, in every kind of answer.
#[track_caller]
fn shows(n: u64, told: &Told, purpose: &Purpose, outputs: &[Output]) {
    let rate = |output: &Output| (*output, told.differed(*output, purpose) * 100 / n);
    let rates: Vec<(Output, u64)> = outputs.iter().map(rate).collect();
    println!("{purpose}: of {n} pairs differ, in percent: {rates:?}");
    for (output, rate) in &rates {
        assert!(*rate >= 30, "{output:?} shows {purpose} in {rate} of 100 pairs");
    }
}

const SHOWN: u64 = 200;

/// Data that are allowed for everything show in every answer. (What the household comes to is
/// asked of some pairs alone; what others are told of themselves has nothing of anybody's, but
/// what models learned.)
#[test]
fn what_is_allowed_shows() {
    let told = tell(30_000_000..30_000_000 + SHOWN, |seed| Pair::loose(seed, Differs::Allowed));
    let shown: Vec<Output> = OUTPUTS
        .into_iter()
        .filter(|output| {
            // Few of five customers are in the same segments.
            !matches!(output, Output::Permissions | Output::OthersExport | Output::Alike)
        })
        .collect();
    shows(SHOWN, &told, &Purpose::Personalisation, &shown);
    for purpose in purposes() {
        // Research may use purchases and visits alone.
        if purpose != research() {
            shows(SHOWN, &told, &purpose, &[Output::View]);
        }
    }
}

/// Data that are allowed for the customer's own sake alone show in what the customer gets.
#[test]
fn what_personalisation_may_use_shows() {
    let told =
        tell(31_000_000..31_000_000 + SHOWN, |seed| Pair::loose(seed, Differs::NotForOthers));
    let own = [
        Output::Decide,
        Output::Preview,
        Output::DecideAll,
        Output::Explain,
        Output::Recommend,
        Output::Segments,
        Output::Changes,
        Output::View,
        Output::Recognise,
        Output::Predict,
    ];
    shows(SHOWN, &told, &Purpose::Personalisation, &own);
}

/// Data that are allowed for others alone show in what is learned and what others get.
#[test]
fn what_collaborative_learning_may_use_shows() {
    let told = tell(32_000_000..32_000_000 + SHOWN, |seed| Pair::loose(seed, Differs::NotForMe));
    let others = [
        Output::Statistics,
        Output::Recommend,
        Output::Decide,
        Output::Preview,
        Output::DecideAll,
        Output::Explain,
        Output::Predict,
    ];
    // What is learned stands with no purpose of its own in the list of answers.
    shows(SHOWN, &told, &Purpose::Personalisation, &others);
    shows(SHOWN, &told, &Purpose::CollaborativeLearning, &[Output::View]);
}

/// Data that are allowed for a purpose of the host's own show in its view.
#[test]
fn what_a_purpose_of_the_hosts_own_may_use_shows() {
    let told = tell(33_000_000..33_000_000 + SHOWN, |seed| Pair::loose(seed, Differs::ForResearch));
    shows(SHOWN, &told, &research(), &[Output::View]);
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
