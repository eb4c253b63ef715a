//! Random changes, held against a plain map that does the same.

use std::collections::BTreeMap;

use super::super::{Batch, Commit, Durability, Expected, Key, Store, Stored, Write};
use super::Reopen;
use super::durable::again;
use super::hand::{Contents, Hand, Verdict, erase, expect, failed, put, same_contents, version};
use crate::numeric::Draws;

/// What a store should hold, and what it was asked.
struct Model {
    dice: Draws,
    contents: Contents,
    sent: Vec<Batch>,
}

impl Model {
    fn new(seed: u64) -> Self {
        let dice = Draws::new(seed, &[b"model"]);
        Self { dice, contents: Contents::new(), sent: Vec::new() }
    }

    /// The contract, in a few lines.
    fn commit(&mut self, batch: &Batch) -> Commit {
        let there = |write: &Write| self.contents.get(&write.key).map(|stored| stored.version);
        let met = |write: &Write| match write.expected {
            Expected::Absent => there(write).is_none(),
            Expected::Version(expected) => there(write) == Some(expected),
            Expected::Any => true,
        };
        if !batch.writes.iter().all(met) {
            let mut values = batch.writes.iter().filter(|w| w.value.is_some()).peekable();
            let again =
                values.peek().is_some() && values.all(|write| there(write) == Some(batch.version));
            return if again { Commit::Committed } else { Commit::Conflict };
        }
        for Write { key, value, .. } in &batch.writes {
            match value.clone() {
                Some(bytes) => {
                    self.contents.insert(key.clone(), Stored { version: batch.version, bytes })
                }
                None => self.contents.remove(key),
            };
        }
        Commit::Committed
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    fn key(&mut self) -> Key {
        const NAMES: [&[u8]; 5] = [b"a", b"a\0\0\0\x01", b"b", b"\0", b"\xff\xff"];
        let name = NAMES.get(self.dice.below(NAMES.len())).copied().unwrap_or_default();
        Key::new(name, self.dice.below(4) as u32)
    }

    /// A batch that was sent before, or a new one that mostly fits what is there.
    fn batch(&mut self) -> Batch {
        if self.chance(15)
            && let Some(batch) = self.sent.get(self.dice.below(self.sent.len()))
        {
            return batch.clone();
        }
        let partition = self.key();
        let mut writes: Vec<Write> = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let key = Key::new(partition.partition(), self.key().part());
            if writes.iter().all(|write| write.key != key) {
                writes.push(self.write(&key));
            }
        }
        let version = version(1 + self.sent.len() as u64);
        self.sent.push(Batch { version, writes: writes.clone() });
        Batch { version, writes }
    }

    fn write(&mut self, key: &Key) -> Write {
        let there = self.contents.get(key).map(|stored| stored.version);
        let expected = match self.dice.below(10) {
            0 => Expected::Absent,
            1 => Expected::Version(version(1 + self.dice.below(self.sent.len() + 1) as u64)),
            2 | 3 => Expected::Any,
            _ => there.map_or(Expected::Absent, Expected::Version),
        };
        if self.chance(30) {
            return erase(key, expected);
        }
        let value = vec![self.dice.below(256) as u8; self.dice.below(40)];
        put(key, expected, value)
    }

    /// Some of the keys, some of them twice or never written.
    fn keys(&mut self) -> Vec<Key> {
        (0..1 + self.dice.below(9)).map(|_| self.key()).collect()
    }
}

/// Commits of one to three batches, some sent again; reads and scans in between.
pub(super) fn a_map_would_do_the_same(store: &dyn Store) -> Verdict {
    let (hand, mut model) = (Hand(store), Model::new(1));
    for step in 0..800 {
        let when = format!("step {step} of a random run");
        let batches: Vec<Batch> = (0..1 + model.dice.below(3)).map(|_| model.batch()).collect();
        let expected: Vec<Commit> = batches.iter().map(|batch| model.commit(batch)).collect();
        let durable = if model.chance(3) { Durability::Durable } else { Durability::Buffered };
        expect(&when, expected, hand.commit_all(&when, &batches, durable)?)?;
        let keys = model.keys();
        let found = hand.read(&when, &keys)?;
        let wrong =
            keys.iter().zip(&found).find(|(key, found)| model.contents.get(key) != found.as_ref());
        if let Some((key, found)) = wrong {
            let only = |stored: Option<&Stored>| -> Contents {
                stored.map(|stored| (key.clone(), stored.clone())).into_iter().collect()
            };
            same_contents(&when, &only(model.contents.get(key)), &only(found.as_ref()))?;
        }
        if step % 20 == 0 {
            let limit = 1 + model.dice.below(12);
            let scanned = hand.scan(&when, limit)?.into_iter().collect();
            same_contents(&when, &model.contents, &scanned)?;
        }
    }
    same_contents("after a random run", &model.contents, &hand.contents("after a random run")?)
}

/// What one partition holds.
fn of_partition(contents: &Contents, partition: &[u8]) -> Contents {
    let own = contents.iter().filter(|(key, _)| key.partition() == partition);
    own.map(|(key, stored)| (key.clone(), stored.clone())).collect()
}

/// What a crash may leave of a partition: what was durable last, and every state since.
#[derive(Default)]
struct Tails(BTreeMap<Vec<u8>, Vec<Contents>>);

impl Tails {
    fn add(&mut self, partition: &[u8], now: &Contents, durable: bool) {
        let tail = self.0.entry(partition.to_vec()).or_insert_with(|| vec![Contents::new()]);
        if durable {
            tail.clear();
        }
        tail.push(of_partition(now, partition));
    }

    /// Everything that is there now is durable.
    fn settle(&mut self) {
        self.0.values_mut().for_each(|tail| _ = tail.drain(..tail.len().saturating_sub(1)));
    }
}

/// The same with crashes: of each partition the first so many commits are left, each of
/// them whole, and at least the durable ones.
pub(super) fn a_crash_takes_the_end(store: Box<dyn Store>, reopen: Reopen<'_>) -> Verdict {
    let (mut store, mut model, mut tails) = (store, Model::new(2), Tails::default());
    for crash in 0..25 {
        for _ in 0..1 + model.dice.below(12) {
            let when = format!("a random run, before crash {crash}");
            let batches: Vec<Batch> = (0..model.dice.below(4)).map(|_| model.batch()).collect();
            let durable = model.chance(15);
            let durability = if durable { Durability::Durable } else { Durability::Buffered };
            let mut expected = Vec::new();
            for batch in &batches {
                expected.push(model.commit(batch));
                let name = batch.writes.first().map(|write| write.key.partition());
                if let (Some(Commit::Committed), Some(name)) = (expected.last(), name) {
                    tails.add(name, &model.contents, durable);
                }
            }
            expect(&when, expected, Hand(&*store).commit_all(&when, &batches, durability)?)?;
            if durable && batches.is_empty() {
                tails.settle();
            }
        }
        store = again(store, reopen)?;
        let when = format!("a random run, after crash {crash}");
        model.contents = Hand(&*store).contents(&when)?;
        for (name, tail) in &tails.0 {
            if !tail.contains(&of_partition(&model.contents, name)) {
                let name = name.escape_ascii();
                return failed(format!(
                    "{when}: partition \"{name}\" is as it never was since its last durable commit"
                ));
            }
        }
        let known = |key: &Key| tails.0.contains_key(key.partition());
        expect(&when, true, model.contents.keys().all(known))?;
        // What a crash left, the next one leaves.
        for (name, tail) in &mut tails.0 {
            *tail = vec![of_partition(&model.contents, name)];
        }
    }
    Ok(())
}
