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

mod race;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use confidant::*;
use race::stage::{self, Around, Stage, Trace};
use race::truth::Truth;
use race::{Answer, Op, end, shop};
use shuttle::scheduler::{DfsScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, Runner};

use Op::{Advance, Buy, Erase, Give, Mail, MailAll, View, Web, Withdraw};

// ---------------------------------------------------------------- every interleaving

/// All orders in which threads can go, but for the one that only starts them and waits: it
/// goes first whenever it can.
#[derive(Debug)]
struct All {
    of_the_others: DfsScheduler,
    most: usize,
    begun: usize,
}

impl Scheduler for All {
    fn new_execution(&mut self) -> Option<Schedule> {
        let next = self.of_the_others.new_execution();
        self.begun += usize::from(next.is_some());
        assert!(self.begun <= self.most, "more than {} interleavings", self.most);
        next
    }

    fn next_task(&mut self, all: &[&Task], now: Option<TaskId>, yields: bool) -> Option<TaskId> {
        let main = TaskId::from(0);
        match all {
            [only] => Some(only.id()),
            _ if all.iter().any(|task| task.id() == main) => Some(main),
            _ => self.of_the_others.next_task(all, now, yields),
        }
    }

    fn next_u64(&mut self) -> u64 {
        self.of_the_others.next_u64()
    }
}

/// Only threads do, not who starts them.
fn let_others_go_first() {
    if shuttle::current::me() != TaskId::from(0) {
        shuttle::thread::yield_now();
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 19;
    config.failure_persistence = FailurePersistence::None;
    config
}

/// Runs it in every interleaving, of which there may be so many; says how many there were.
fn in_all_orders(most: usize, run: impl Fn() + Send + Sync + 'static) -> usize {
    let of_the_others = DfsScheduler::new(None, false);
    Runner::new(All { of_the_others, most, begun: 0 }, config()).run(run)
}

/// Threads, each doing one thing after the other.
type Program = Vec<Vec<Op>>;

/// How the threads meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// Each has an engine of its own over one store, as processes have.
    OneStore,
    /// They share an engine.
    OneEngine,
    /// Each has an engine of its own over a store that commits whatever it finds.
    ACarelessStore,
}

/// What a run came to: who did what with which answer, in the order of the store.
type Course = Vec<(usize, Op, Answer)>;

struct Race {
    before: Vec<Op>,
    program: Program,
    over: Over,
    snapshot: Snapshot,
    kept: MemoryStore,
    /// What came of each order, one thing after the other.
    in_turn: Mutex<BTreeMap<Vec<(usize, Op)>, Arc<InTurn>>>,
    wrong: Mutex<Vec<String>>,
    met: Mutex<Met>,
}

/// What the interleavings were like.
#[derive(Debug, Default)]
struct Met {
    /// Orders of the store that came about.
    orders: BTreeSet<Vec<(usize, Op)>>,
    /// Runs in which somebody came in between and an answer was found anew.
    conflicts: usize,
}

/// What an order comes to without a race.
#[derive(Debug, PartialEq)]
struct InTurn {
    answers: Vec<Answer>,
    left: Left,
}

/// What is left behind.
#[derive(Debug, PartialEq)]
struct Left {
    report: Option<String>,
    switches: String,
    learned: Digest,
    keys: usize,
}

const ANA: &str = "ana";

/// How many mails may be written.
const CAP: usize = 1;

/// What an engine that begins anew finds in the store.
fn left(store: impl Store, keys: usize, snapshot: &Snapshot) -> Left {
    let engine = Engine::builder().store(store).build_on(snapshot.clone()).unwrap();
    engine.advance(end()).unwrap();
    let report = engine.customer_report(ANA, end()).unwrap();
    Left {
        report: report.map(|report| serde_json::to_string(&report).unwrap()),
        switches: serde_json::to_string(&engine.permissions(ANA, end()).unwrap()).unwrap(),
        learned: engine.statistics().digest(),
        keys,
    }
}

fn nothing() -> Digest {
    Statistics::default().digest()
}

impl Race {
    fn new(before: &[Op], program: &[&[Op]], over: Over) -> Arc<Self> {
        let snapshot = shop(MemoryStore::new(), CAP).build().unwrap().snapshot();
        let kept = Arc::new(MemoryStore::new());
        let engine = Engine::builder().store(kept.clone()).build_on(snapshot.clone()).unwrap();
        before.iter().for_each(|op| _ = op.act(&engine, ANA));
        drop(engine);
        Arc::new(Self {
            before: before.to_vec(),
            program: program.iter().map(|ops| ops.to_vec()).collect(),
            over,
            snapshot,
            kept: Arc::into_inner(kept).unwrap(),
            in_turn: Mutex::default(),
            wrong: Mutex::default(),
            met: Mutex::default(),
        })
    }

    fn engine(&self, store: impl Store) -> Engine {
        let engine = Engine::builder().store(store).build_on(self.snapshot.clone()).unwrap();
        // Once, so that nothing is unsure any more and no thread waits for another in it.
        engine.permissions("nobody", end()).unwrap();
        engine
    }

    /// One interleaving: which, is up to the scheduler.
    fn run(self: &Arc<Self>) {
        let around = match self.over {
            Over::OneEngine if self.program.len() == 2 => Around::Both,
            Over::OneEngine => Around::After,
            _ => Around::Before,
        };
        let stage = Stage::new(let_others_go_first, around).holding(&self.kept);
        let careless = self.over == Over::ACarelessStore;
        let stage = Arc::new(if careless { stage.careless() } else { stage });
        let engines: Vec<Arc<Engine>> = match self.over {
            Over::OneEngine => vec![Arc::new(self.engine(stage.clone())); self.program.len()],
            _ => self.program.iter().map(|_| Arc::new(self.engine(stage.clone()))).collect(),
        };
        let threads: Vec<_> = (0..self.program.len())
            .map(|thread| {
                let (race, engine) = (self.clone(), engines[thread].clone());
                shuttle::thread::spawn(move || race.one_thread(thread, &engine))
            })
            .collect();
        let mut done: Vec<(usize, Op, Answer, Trace)> = Vec::new();
        threads.into_iter().for_each(|thread| done.extend(thread.join().unwrap()));
        // A commit comes before who read it, and who read it before the next.
        done.sort_by_key(|(.., trace)| match trace.wrote {
            Some(turn) => (turn, false),
            None => (trace.read, true),
        });
        let conflicts = done.iter().any(|(.., trace)| trace.conflicts > 0);
        let course: Course = done.into_iter().map(|(n, op, answer, _)| (n, op, answer)).collect();
        let order: Vec<(usize, Op)> = course.iter().map(|(n, op, _)| (*n, *op)).collect();
        if let Err(wrong) = self.check(&stage, &engines, course, &order) {
            self.wrong.lock().unwrap().push(format!("{wrong}\n  in the order {order:?}"));
        }
        let mut met = self.met.lock().unwrap();
        met.conflicts += usize::from(conflicts);
        met.orders.insert(order);
    }

    fn one_thread(&self, n: usize, engine: &Engine) -> Vec<(usize, Op, Answer, Trace)> {
        stage::begin();
        let mut done = Vec::new();
        for op in &self.program[n] {
            let (answer, trace) = stage::traced(|| op.act(engine, ANA));
            done.push((n, *op, answer, trace));
            // Nobody else teaches meanwhile: it is forgotten before the call returns.
            let alone = matches!(op, Withdraw(_) | Erase) && self.teaching() == 1;
            if alone && self.over == Over::OneEngine && engine.statistics().digest() != nothing() {
                let wrong = format!("{op:?} returned, and something was learned still");
                self.wrong.lock().unwrap().push(wrong);
            }
        }
        done
    }

    /// How many calls can change what was learned.
    fn teaching(&self) -> usize {
        let teaches = |op: &&Op| matches!(op, Give(_) | Withdraw(_) | Erase | Advance(_));
        self.program.iter().flatten().filter(teaches).count()
    }

    fn check(
        &self,
        stage: &Arc<Stage>,
        engines: &[Arc<Engine>],
        course: Course,
        order: &[(usize, Op)],
    ) -> Result<(), String> {
        let mut truth = Truth::default();
        let quiet = Engine::builder().build_on(self.snapshot.clone()).unwrap();
        for op in &self.before {
            truth.follow(*op, &op.act(&quiet, ANA).heard(), CAP)?;
        }
        for (_, op, answer) in &course {
            truth.follow(*op, &answer.heard(), CAP)?;
        }
        let kept = stage.inner();
        let copy = Stage::new(|| (), Around::Before).holding(kept);
        let left = left(copy, kept.len(), &self.snapshot);
        if truth.is_known() != left.report.is_some() || truth.is_known() == kept.is_empty() {
            return Err(format!("{} keys are left with {truth:?}", kept.len()));
        }
        for engine in engines {
            if self.over != Over::OneEngine {
                engine.recount().unwrap();
            }
            engine.advance(end()).unwrap();
            if engine.statistics().digest() != left.learned {
                return Err("an engine learned something else than is kept".into());
            }
        }
        let in_turn = self.in_turn(order);
        if course.iter().zip(&in_turn.answers).any(|((.., raced), calm)| raced != calm) {
            return Err(format!("{course:?}\n  but one after the other {:?}", in_turn.answers));
        }
        match left == in_turn.left {
            true => Ok(()),
            false => Err(format!("{left:?} is left, not {:?}", in_turn.left)),
        }
    }

    /// The same by one thread, one thing after the other, in this order.
    fn in_turn(&self, order: &[(usize, Op)]) -> Arc<InTurn> {
        let mut known = self.in_turn.lock().unwrap();
        let found = known.entry(order.to_vec()).or_insert_with(|| {
            let store = Arc::new(Stage::new(|| (), Around::Before).holding(&self.kept));
            let engine = self.engine(store.clone());
            let answers = order.iter().map(|(_, op)| op.act(&engine, ANA)).collect();
            let keys = store.inner().len();
            Arc::new(InTurn { answers, left: left(store, keys, &self.snapshot) })
        });
        found.clone()
    }
}

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

/// With these, the thorough run takes minutes.
const LONGEST: &[Story] = &[
    (TAUGHT, &[&[Mail(10)], &[MailAll(11)], &[Withdraw(5)], &[Give(6)]]),
    (TAUGHT, &[&[Web(10)], &[Erase], &[Give(6)], &[Withdraw(5)]]),
];

/// Whether the thorough run is asked for.
fn thorough() -> bool {
    std::env::var_os("CONFIDANT_RACES").is_some()
}

/// Runs every interleaving of a story; says how many there were, and what was wrong.
fn race((before, program): Story, over: Over) -> (usize, Vec<String>) {
    let race = Race::new(before, program, over);
    let runs = race.clone();
    let most = if thorough() { usize::MAX } else { 100_000 };
    let n = in_all_orders(most, move || runs.run());
    let (met, wrong) = (race.met.lock().unwrap(), race.wrong.lock().unwrap().clone());
    let (orders, conflicts) = (met.orders.len(), met.conflicts);
    println!("{over:?}, {before:?}, then {program:?}: {n} interleavings, {orders} orders of the");
    println!("  store, somebody came in between in {conflicts}, {} wrong", wrong.len());
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
    if thorough() {
        n += all_are_right(LONGEST, Over::OneStore);
    }
    println!("{n} interleavings");
    assert!(n > 1_000, "{n}");
}

#[test]
fn threads_over_one_engine_decide_nothing_on_a_consent_that_was_taken_back() {
    let mut n = all_are_right(TWO_THREADS, Over::OneEngine);
    n += all_are_right(MORE_THREADS, Over::OneEngine);
    if thorough() {
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
    let n = if thorough() { 200_000 } else { 5_000 };
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
