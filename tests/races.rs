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

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use confidant::*;
use race::stage::{self, Around, Stage, Trace};
use race::truth::Truth;
use race::{Answer, CAP, Op, end, shop};
use shuttle::scheduler::{DfsScheduler, Schedule, Scheduler, Task, TaskId};
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

/// Runs it in every interleaving, of which there may be so many; says how many there were.
fn in_all_orders(most: usize, run: impl Fn() + Send + Sync + 'static) -> usize {
    let mut config = Config::new();
    config.stack_size = 1 << 19;
    config.failure_persistence = FailurePersistence::None;
    let of_the_others = DfsScheduler::new(None, false);
    Runner::new(All { of_the_others, most, begun: 0 }, config).run(run)
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
    orders: HashSet<Vec<(usize, Op)>>,
    /// Runs in which somebody came in between and an answer was found anew.
    conflicts: usize,
}

impl Ord for Op {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        format!("{self:?}").cmp(&format!("{other:?}"))
    }
}

impl PartialOrd for Op {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
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
        let around = if self.over == Over::OneEngine { Around::Both } else { Around::Before };
        // Only threads let others go first.
        let others = || {
            if shuttle::current::me() != TaskId::from(0) {
                shuttle::thread::yield_now();
            }
        };
        let stage = Stage::new(others, around).holding(&self.kept);
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
            // What nobody else can teach again is forgotten before the call returns.
            let last = matches!(op, Withdraw(_) | Erase) && self.nothing_is_taught_after(*op);
            if last && self.over == Over::OneEngine && engine.statistics().digest() != nothing() {
                let wrong = format!("{op:?} returned, and something was learned still");
                self.wrong.lock().unwrap().push(wrong);
            }
        }
        done
    }

    /// Whether nothing in the program can allow again what this took back.
    fn nothing_is_taught_after(&self, op: Op) -> bool {
        let mut given = self.program.iter().flatten().filter_map(|other| match other {
            Give(ms) => Some(*ms),
            _ => None,
        });
        match op {
            Withdraw(at) => given.all(|ms| ms < at),
            _ => given.next().is_none(),
        }
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
            truth.follow(*op, &op.act(&quiet, ANA), CAP)?;
        }
        for (_, op, answer) in &course {
            truth.follow(*op, answer, CAP)?;
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

/// A customer who allowed everything, bought, and taught others.
const TAUGHT: [Op; 3] = [Give(0), Buy(1), Advance(2)];

#[test]
fn probe() {
    for over in [Over::OneStore, Over::OneEngine] {
        for program in [
            vec![vec![Give(10)], vec![Withdraw(20)]],
            vec![vec![Web(10)], vec![Withdraw(5)]],
            vec![vec![Mail(10)], vec![Withdraw(5)]],
            vec![vec![Mail(10)], vec![Erase]],
            vec![vec![Give(10)], vec![Erase]],
            vec![vec![Give(10)], vec![Withdraw(20)], vec![Mail(30)]],
            vec![vec![Mail(10)], vec![Mail(11)], vec![Withdraw(5)]],
            vec![vec![MailAll(10)], vec![Mail(11)], vec![View(11)]],
            vec![vec![Erase], vec![Erase]],
            vec![vec![Withdraw(5)], vec![Buy(3), Advance(6)]],
        ] {
            let threads: Vec<&[Op]> = program.iter().map(|ops| ops.as_slice()).collect();
            let race = Race::new(&TAUGHT, &threads, over);
            let runs = race.clone();
            let n = in_all_orders(2_000_000, move || runs.run());
            let met = race.met.lock().unwrap();
            let wrong = race.wrong.lock().unwrap();
            println!("{over:?} {program:?}: {n} interleavings, {} orders, {} conflicts, {} wrong: {:?}", met.orders.len(), met.conflicts, wrong.len(), wrong.first());
        }
    }
}
