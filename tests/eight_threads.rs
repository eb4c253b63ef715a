//! Eight threads give, withdraw, ask, tell and erase, over a few customers, as fast as they
//! can. Every answer is held to the plain truth, in the order in which the store was
//! written; and whoever asks after a withdrawal came back, with no consent under way, never
//! gets an answer from what was withdrawn. `CONFIDANT_OPS` says how many calls are made.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;
mod race;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicI64, AtomicU64};

use confidant::*;
use dice::Dice;
use race::stage::{Around, Stage, Trace, traced};
use race::truth::Truth;
use race::{Heard, Op, end, shop};

const THREADS: usize = 8;
const CUSTOMERS: usize = 16;
/// How many mails may be written to each.
const CAP: usize = 3;

fn name(n: usize) -> String {
    format!("customer {}", char::from(b'a' + n as u8))
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Often enough that threads meet in the middle of what they do.
fn now_and_then() {
    let calls = CALLS.get().wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
    CALLS.set(calls);
    if calls >> 30 == 0 {
        std::thread::yield_now();
    }
}

/// What is surely known of a customer's word by now.
#[derive(Debug, Default)]
struct Word {
    /// Consents that were begun, and that came back.
    begun: AtomicU64,
    back: AtomicU64,
    /// One more than how many were begun when everything was taken back; as long as no
    /// other is, nothing is allowed.
    denied: AtomicU64,
}

struct Busy {
    engines: Vec<Arc<Engine>>,
    words: Vec<Word>,
    clock: AtomicI64,
}

/// Decisions that surely came after everything was taken back: how many, and those that
/// used something all the same.
type Sure = (u64, Vec<String>);

/// One call: of whom, what, with which answer, and what it met.
type Call = (usize, Op, Heard, Trace);

impl Busy {
    fn thread(&self, n: usize, calls: usize, seed: u64) -> (Vec<Call>, Sure) {
        CALLS.set((seed as u32).wrapping_mul(97).wrapping_add(n as u32));
        let mut dice = Dice::new(seed * 100 + n as u64);
        let engine = &self.engines[n % self.engines.len()];
        let (mut done, mut sure) = (Vec::with_capacity(calls), (0, Vec::new()));
        for _ in 0..calls {
            let who = dice.below(CUSTOMERS);
            let what = dice.below(1000);
            let (op, (heard, trace), surely) = self.call(engine, who, what);
            if surely {
                sure.0 += 1;
                sure.1.extend(uses(&heard).then(|| format!("{op:?} came to {heard:?}")));
            }
            // Looking on is nobody's in particular.
            if !matches!(op, Op::Advance(_)) {
                done.push((who, op, heard, trace));
            }
        }
        (done, sure)
    }

    /// Makes a call; says, too, whether it surely came after everything was taken back.
    fn call(&self, engine: &Engine, who: usize, what: usize) -> (Op, (Heard, Trace), bool) {
        let (word, ms) = (&self.words[who], || self.clock.fetch_add(1, SeqCst));
        let act = |op: Op| traced(|| op.act(engine, &name(who)).heard());
        match what {
            0..150 => {
                word.begun.fetch_add(1, SeqCst);
                let op = Op::Give(ms());
                let done = act(op);
                word.back.fetch_add(1, SeqCst);
                (op, done, false)
            }
            150..350 => {
                let begun = word.begun.load(SeqCst);
                let quiet = word.back.load(SeqCst) == begun;
                let op = if what < 310 { Op::Withdraw(ms()) } else { Op::Erase };
                let done = act(op);
                if quiet {
                    word.denied.fetch_max(begun + 1, SeqCst);
                }
                (op, done, false)
            }
            350..800 => {
                let denied = word.denied.load(SeqCst);
                let op = match what {
                    350..600 => Op::Web(ms()),
                    600..750 => Op::Mail(ms()),
                    _ => Op::MailAll(ms()),
                };
                let done = act(op);
                let surely = word.begun.load(SeqCst) + 1 == denied;
                (op, done, surely)
            }
            800..900 => {
                let op = Op::Buy(ms());
                (op, act(op), false)
            }
            900..998 => {
                let op = Op::View(ms());
                (op, act(op), false)
            }
            _ => {
                let op = Op::Advance(ms());
                (op, act(op), false)
            }
        }
    }
}

/// Whether an answer is out of the customer's data, or a contact.
fn uses(heard: &Heard) -> bool {
    let Heard::Decided { used, action, .. } = heard else { return false };
    *used || action.as_ref().is_some_and(|action| action.as_str() != "anybody")
}

/// What was met in all.
#[derive(Debug, Default)]
struct Met {
    decided: usize,
    /// Decisions with somebody's commit between their first read and their own.
    overlapped: usize,
    /// Those where it changed what is allowed.
    overlapped_a_change: usize,
    stale: Vec<String>,
}

/// Holds the calls of one customer to the truth, in the order of the store.
fn follow(mut calls: Vec<(Op, Heard, Trace)>, met: &mut Met) -> Truth {
    let point = |trace: &Trace| trace.wrote.unwrap_or(trace.read);
    // A commit comes before who read it, and who read it before the next.
    calls.sort_by_key(|(.., trace)| (point(trace), trace.wrote.is_none()));
    let changes: Vec<u64> = calls
        .iter()
        .filter(|(op, ..)| matches!(op, Op::Give(_) | Op::Withdraw(_) | Op::Erase))
        .filter_map(|(.., trace)| trace.wrote)
        .collect();
    let mut truth = Truth::default();
    for (op, heard, trace) in &calls {
        if let Heard::Decided { .. } = heard {
            met.decided += 1;
            // Its own commit is none of somebody else.
            let last = point(trace) - u64::from(trace.wrote.is_some());
            let first = trace.first.unwrap_or(last);
            met.overlapped += usize::from(first < last);
            let after = changes.partition_point(|turn| *turn <= first);
            let came = changes.get(after).is_some_and(|turn| *turn <= last);
            met.overlapped_a_change += usize::from(came);
        }
        if let Err(wrong) = truth.follow(*op, heard, CAP) {
            met.stale.push(wrong);
        }
    }
    truth
}

fn busy(engines: usize, seed: u64, careless: bool) -> Met {
    let ops = std::env::var("CONFIDANT_OPS").ok().and_then(|n| n.parse().ok()).unwrap_or(50_000);
    let stage = Stage::new(now_and_then, Around::Both);
    let stage = Arc::new(if careless { stage.careless() } else { stage });
    let engine = |_| Arc::new(shop(stage.clone(), CAP).build().unwrap());
    let busy = Busy {
        engines: (0..engines).map(engine).collect(),
        words: (0..CUSTOMERS).map(|_| Word::default()).collect(),
        clock: AtomicI64::new(0),
    };
    let mut calls: Vec<Vec<(Op, Heard, Trace)>> = vec![Vec::new(); CUSTOMERS];
    let (mut sure, mut met) = (0, Met::default());
    std::thread::scope(|scope| {
        let busy = &busy;
        let threads: Vec<_> = (0..THREADS)
            .map(|n| scope.spawn(move || busy.thread(n, ops / THREADS, seed)))
            .collect();
        for thread in threads {
            let (done, surely) = thread.join().unwrap();
            sure += surely.0;
            met.stale.extend(surely.1);
            done.into_iter().for_each(|(who, op, heard, trace)| {
                calls[who].push((op, heard, trace));
            });
        }
    });
    let truths: Vec<Truth> = calls.into_iter().map(|calls| follow(calls, &mut met)).collect();
    if !careless {
        nothing_else_is_left(&busy, &stage, &truths);
    }
    println!(
        "{ops} calls over {engines} engines: {} decisions, {} overlapped somebody's commit, {} a \
         change of what is allowed; {sure} surely came after everything was taken back; {} stale",
        met.decided,
        met.overlapped,
        met.overlapped_a_change,
        met.stale.len()
    );
    met
}

/// What is kept is what is true, and once everybody is erased nothing is.
fn nothing_else_is_left(busy: &Busy, stage: &Arc<Stage>, truths: &[Truth]) {
    let anew = shop(stage.clone(), CAP).build().unwrap();
    let engine = &busy.engines[0];
    if busy.engines.len() > 1 {
        engine.recount().unwrap();
    }
    assert!(engine.statistics().digest() == anew.statistics().digest(), "what is learned is kept");
    for (n, truth) in truths.iter().enumerate() {
        let report = anew.customer_report(name(n), end()).unwrap();
        assert_eq!(report.is_some(), truth.is_known(), "{}", name(n));
        let lines = report.map_or(0, |report| report.history.len());
        assert_eq!(lines, truth.lines(), "{}", name(n));
        assert_eq!(engine.erase(name(n).as_str()).unwrap(), truth.is_known(), "{}", name(n));
    }
    assert!(engine.statistics().digest() == Statistics::default().digest(), "all is forgotten");
    assert!(stage.inner().is_empty(), "a trace is left");
}

#[test]
fn eight_threads_over_one_engine_meet_no_stale_commit() {
    let met = busy(1, 1, false);
    assert!(met.stale.is_empty(), "{}", met.stale[0]);
    assert!(met.overlapped_a_change > 0, "{met:?}");
}

#[test]
fn eight_threads_over_two_engines_meet_no_stale_commit() {
    let met = busy(2, 2, false);
    assert!(met.stale.is_empty(), "{}", met.stale[0]);
    assert!(met.overlapped_a_change > 0, "{met:?}");
}

/// A test that can only pass says nothing.
#[test]
fn a_store_that_commits_whatever_it_finds_is_found_out() {
    let met = busy(2, 3, true);
    assert!(!met.stale.is_empty());
}
