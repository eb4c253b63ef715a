//! Crashes: a process is killed at any moment, and the power fails at any moment. After
//! each one all that was acknowledged is there, whole; limits hold, withdrawals stand,
//! and who was erased stays erased.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod redb;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ::redb::Database;
use confidant::{Batch, Commit, Durability, Engine, Key, RedbStore, Result, Store, Stored};

use crate::redb::Directory;
use crate::redb::dice::Dice;
use crate::redb::power::{Done, Left, Powered, Recorded};
use crate::redb::work::{Acknowledged, Step, WORKERS, engine};

/// How often a process is killed, over one file and then a new one.
const SERIES: u64 = 4;
const KILLS: u64 = 25;

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let mut told = 0;
    for seed in 0..SERIES {
        let directory = Directory::new();
        let mut acknowledged = Acknowledged::default();
        let mut dice = Dice::new(seed);
        for kill in 0..KILLS {
            let before: usize = acknowledged.done.iter().sum();
            let mut child = work_on(&directory, seed, &acknowledged.done);
            listen_and_kill(&mut child, &mut dice, seed, &mut acknowledged);
            told += acknowledged.done.iter().sum::<usize>() - before;
            // Looked at in a copy: the next one mends the file by itself.
            let copy = directory.path().join("copy");
            if fs::copy(directory.file(), &copy).is_ok() {
                let store = RedbStore::open(&copy).unwrap();
                let whole = acknowledged.check(seed, store);
                whole.unwrap_or_else(|what| panic!("series {seed}, kill {kill}: {what}"));
                fs::remove_file(copy).unwrap();
            }
        }
        assert_eq!(acknowledged.kinds(), 8, "something was never done");
    }
    assert!(told > 2000, "only {told} steps were taken");
}

/// A process that goes on with the work over a file.
fn work_on(directory: &Directory, seed: u64, done: &[usize; WORKERS]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "work_until_killed", "--nocapture"])
        .env("CONFIDANT_CHILD", directory.file())
        .env("CONFIDANT_WORK", format!("{seed} {} {} {}", done[0], done[1], done[2]))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the process some time after it began, or after it told so much.
fn listen_and_kill(child: &mut Child, dice: &mut Dice, seed: u64, acknowledged: &mut Acknowledged) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut hear = |line: std::io::Result<String>| {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        if let ["told", worker, n, word] = words[..] {
            let step = Step::of(seed, worker.parse().unwrap(), n.parse().unwrap());
            acknowledged.tell(step, word);
            return true;
        }
        false
    };
    let wait = if dice.chance(30) { 0 } else { dice.below(120) };
    let delay =
        Duration::from_micros(if wait == 0 { dice.below(40_000) } else { dice.below(3000) } as u64);
    let (mut heard, mut lines) = (0, lines);
    while heard < wait {
        let Some(line) = lines.next() else { break };
        heard += usize::from(hear(line));
    }
    std::thread::sleep(delay);
    child.kill().unwrap();
    lines.for_each(|line| _ = hear(line));
    child.wait().unwrap();
}

/// Nothing by itself: the process that is killed.
#[test]
fn work_until_killed() {
    let Some(file) = std::env::var_os("CONFIDANT_CHILD") else { return };
    let work = std::env::var("CONFIDANT_WORK").unwrap();
    let numbers: Vec<usize> = work.split(' ').map(|word| word.parse().unwrap()).collect();
    let engine = engine(RedbStore::open(Path::new(&file)).unwrap()).unwrap();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let engine = &engine;
            let (seed, from) = (numbers[0] as u64, numbers[1 + worker]);
            scope.spawn(move || {
                for n in from.. {
                    let word = Step::of(seed, worker, n).take(engine).unwrap();
                    let line = format!("told {worker} {n} {word}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

/// What one worker after the other did over a file in memory, and what was told of it.
struct Trace {
    seed: u64,
    first: Vec<u8>,
    done: Vec<Done>,
    told: Vec<(Step, &'static str)>,
}

fn trace(seed: u64, steps: usize, store: impl Fn(RedbStore) -> Arc<dyn Store>) -> Trace {
    let file = Recorded::default();
    let database = Database::builder().create_with_backend(file.clone()).unwrap();
    let opened = RedbStore::new(database).unwrap();
    let (first, _) = file.take();
    let engine: Engine = engine(store(opened)).unwrap();
    let mut told = Vec::new();
    let mut next = [0; WORKERS];
    let mut dice = Dice::new(seed);
    for n in 0..steps {
        let worker = dice.below(WORKERS);
        let step = Step::of(seed, worker, next[worker]);
        next[worker] += 1;
        let word = step.take(&engine).unwrap();
        file.tell(n);
        told.push((step, word));
    }
    Trace { seed, first, done: file.take().1, told }
}

impl Trace {
    /// Everything that was acknowledged in the end.
    fn acknowledged(&self) -> Acknowledged {
        let mut acknowledged = Acknowledged::default();
        self.told.iter().for_each(|(step, word)| acknowledged.tell(*step, word));
        acknowledged
    }

    /// Cuts the power at so many moments, and looks at what each leaves.
    fn cut(&self, cuts: usize) -> std::result::Result<usize, String> {
        let mut dice = Dice::new(self.seed + 1);
        let moments: Vec<usize> = (0..cuts).map(|_| dice.below(self.done.len() + 1)).collect();
        let mut at: BTreeSet<(usize, usize)> = moments.into_iter().zip(0..).collect();
        let mut file = Powered::new(self.first.clone());
        let mut acknowledged = Acknowledged::default();
        let mut looked = 0;
        for (n, done) in self.done.iter().map(Some).chain([None]).enumerate() {
            while at.first().is_some_and(|(moment, _)| *moment == n) {
                at.pop_first();
                looked += 1;
                let left = file.cut(&mut dice);
                self.look(left, acknowledged.clone())
                    .map_err(|what| format!("seed {}, after {n} acts: {what}", self.seed))?;
            }
            let Some(done) = done else { break };
            file.follow(done);
            if let Done::Told(n) = done {
                let (step, word) = self.told[*n];
                acknowledged.tell(step, word);
            }
        }
        Ok(looked)
    }

    fn look(
        &self,
        left: Vec<u8>,
        mut acknowledged: Acknowledged,
    ) -> std::result::Result<(), String> {
        let database = Database::builder()
            .set_check_integrity_on_open(true)
            .create_with_backend(Left::new(left))
            .map_err(|error| format!("it does not open: {error}"))?;
        let store = RedbStore::new(database).map_err(|error| error.to_string())?;
        acknowledged.check(self.seed, store)
    }
}

fn cuts() -> usize {
    std::env::var("CONFIDANT_CUTS").map_or(300, |cuts| cuts.parse().unwrap())
}

#[test]
fn a_power_cut_takes_nothing_that_was_acknowledged() {
    let traces = 5;
    let mut looked = 0;
    for seed in 0..traces {
        let trace = trace(seed, 400, |store| Arc::new(store));
        assert_eq!(trace.acknowledged().kinds(), 8, "something was never done");
        looked += trace.cut(cuts().div_ceil(traces as usize)).unwrap();
    }
    assert!(looked >= cuts());
}

/// A disk that does not do what it says, and a store that takes its word lightly, are found
/// out.
#[test]
fn the_check_finds_what_is_lost() {
    let mut lying = trace(1, 400, |store| Arc::new(store));
    lying.done.retain(|done| !matches!(done, Done::Sync));
    let found = lying.cut(50).unwrap_err();
    assert!(
        found.contains("person") || found.contains("open") || found.contains("gifts"),
        "{found}"
    );
    let careless = trace(1, 400, |store| Arc::new(Careless(store)));
    let found = careless.cut(50).unwrap_err();
    assert!(found.contains("person") || found.contains("gifts"), "{found}");
}

/// Takes all commits for buffered ones.
#[derive(Debug)]
struct Careless(RedbStore);

impl Store for Careless {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], _: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, Durability::Buffered)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}
