//! Every order in which threads can go, around the calls of the store; and what each run of
//! a small program is held to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use confidant::*;
use shuttle::scheduler::{DfsScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, Runner};

use crate::race::stage::{self, Around, Stage, Trace};
use crate::race::truth::Truth;
use crate::race::{Answer, Op, end, shop};

/// All orders in which threads can go, or the first so many, but for the one that only starts them and waits: it
/// goes first whenever it can.
#[derive(Debug)]
struct All {
    of_the_others: DfsScheduler,
    most: usize,
    begun: usize,
}

impl Scheduler for All {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.begun += 1;
        if self.begun > self.most { None } else { self.of_the_others.new_execution() }
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
pub(crate) fn let_others_go_first() {
    if shuttle::current::me() != TaskId::from(0) {
        shuttle::thread::yield_now();
    }
}

pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 19;
    config.failure_persistence = FailurePersistence::None;
    config
}

/// Runs it in every interleaving, or in the first so many; says in how many.
pub(crate) fn in_all_orders(most: usize, run: impl Fn() + Send + Sync + 'static) -> usize {
    let of_the_others = DfsScheduler::new(None, false);
    Runner::new(All { of_the_others, most, begun: 0 }, config()).run(run)
}

/// Threads, each doing one thing after the other.
type Program = Vec<Vec<Op>>;

/// How the threads meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Each has an engine of its own over one store, as processes have.
    OneStore,
    /// They share an engine.
    OneEngine,
    /// Each has an engine of its own over a store that commits whatever it finds.
    ACarelessStore,
}

/// What a run came to: who did what with which answer, in the order of the store.
type Course = Vec<(usize, Op, Answer)>;

/// The same without the answers.
type Order = Vec<(usize, Op)>;

pub(crate) struct Race {
    before: Vec<Op>,
    program: Program,
    over: Over,
    snapshot: Snapshot,
    kept: MemoryStore,
    /// What came of each order, one thing after the other.
    in_turn: Mutex<BTreeMap<Order, Arc<InTurn>>>,
    /// What was wrong, with the order that it came about in.
    pub(crate) wrong: Mutex<Vec<String>>,
    pub(crate) met: Mutex<Met>,
}

/// What the interleavings were like.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Orders of the store that came about.
    pub(crate) orders: BTreeSet<Order>,
    /// Runs in which somebody came in between and an answer was found anew.
    pub(crate) conflicts: usize,
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

pub(crate) const ANA: &str = "ana";

/// How many mails may be written.
pub(crate) const CAP: usize = 1;

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

pub(crate) fn nothing() -> Digest {
    Statistics::default().digest()
}

impl Race {
    pub(crate) fn new(before: &[Op], program: &[&[Op]], over: Over) -> Arc<Self> {
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
    pub(crate) fn run(self: &Arc<Self>) {
        let around = match self.over {
            Over::OneEngine if self.program.len() == 2 => Around::Both,
            Over::OneEngine => Around::After,
            _ => Around::Before,
        };
        let stage = Stage::new(let_others_go_first, around).holding(&self.kept);
        let careless = self.over == Over::ACarelessStore;
        let stage = Arc::new(if careless { stage.careless() } else { stage });
        let engines: Vec<Arc<Engine>> = match self.over {
            Over::OneEngine => {
                let one = Arc::new(self.engine(stage.clone()));
                vec![one; self.program.len()]
            }
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
        let order: Order = course.iter().map(|(n, op, _)| (*n, *op)).collect();
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
            let alone = matches!(op, Op::Withdraw(_) | Op::Erase) && self.teaching() == 1;
            if alone && self.over == Over::OneEngine && engine.statistics().digest() != nothing() {
                let wrong = format!("{op:?} returned, and something was learned still");
                self.wrong.lock().unwrap().push(wrong);
            }
        }
        done
    }

    /// How many calls can change what was learned.
    fn teaching(&self) -> usize {
        let teaches =
            |op: &&Op| matches!(op, Op::Give(_) | Op::Withdraw(_) | Op::Erase | Op::Advance(_));
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
        if course.iter().zip(&in_turn.answers).any(|((.., raced), calm)| !raced.is_as(calm)) {
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
