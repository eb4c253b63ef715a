//! Blocks of customers against [`Program::truth`], one customer after the other, on made
//! programs and made answers; and how long a million customers take.

use super::columns::{BLOCK, Columns};
use super::depends::Reads;
use super::evaluate::Truth;
use super::program::{Node, Program, Rule, Segmented};
use super::slot::{MISSING, Slot, UNKNOWN, set_at};
use crate::consent::Categories;
use crate::numeric::Draws;

/// The first slots hold texts, the others numbers.
const TEXTS: usize = 3;
const SLOTS: usize = 8;

fn question(n: usize) -> Slot {
    Slot::Bucket(format!("{n}").into())
}

struct Maker {
    draws: Draws,
    nodes: Vec<Node>,
    operands: Vec<i64>,
    /// The slots of the segments so far.
    segments: Vec<u32>,
}

impl Maker {
    fn value(&mut self) -> i64 {
        match self.draws.below(12) {
            0 => i64::MAX,
            1 => MISSING + 1,
            _ => self.draws.below(7) as i64 - 3,
        }
    }

    fn test(&mut self) {
        let number = (TEXTS + self.draws.below(SLOTS - TEXTS)) as u32;
        let asked = self.draws.below(3) == 0 && !self.segments.is_empty();
        let slot = match asked {
            true => self.segments[self.draws.below(self.segments.len())],
            false => number,
        };
        let from = self.operands.len() as u32;
        let node = match self.draws.below(4) {
            0 => {
                let texts = (0..self.draws.below(4)).map(|_| self.draws.below(5) as i64);
                self.operands.extend(texts.collect::<Vec<_>>());
                let to = self.operands.len() as u32;
                Node::TextOf { slot: self.draws.below(TEXTS) as u32, from, to }
            }
            1 => {
                for _ in 0..self.draws.below(4) {
                    let value = self.value();
                    self.operands.push(value);
                }
                Node::OneOf { slot, from, to: self.operands.len() as u32 }
            }
            _ => {
                let (start, end) = (self.value(), self.value());
                // Some run round over the ends of all numbers.
                Node::Range { slot, start, span: end.wrapping_sub(start) as u64 }
            }
        };
        self.nodes.push(node);
    }

    fn node(&mut self, depth: usize) {
        let kind = if depth == 0 { 0 } else { self.draws.below(6) };
        if kind < 2 {
            return self.test();
        }
        let at = self.nodes.len();
        self.nodes.push(Node::Not);
        if kind == 2 {
            return self.node(depth - 1);
        }
        for _ in 0..self.draws.below(5) {
            if kind == 5 {
                let weight = self.draws.below(9) as i32 - 4;
                self.nodes.push(Node::Weight(weight));
            }
            self.node(depth - 1);
        }
        let below = (self.nodes.len() - at - 1) as u32;
        self.nodes[at] = match kind {
            3 => Node::All { below },
            4 => Node::Any { below },
            _ => {
                let least = self.draws.below(7) as i64 - 3;
                Node::Points { below, least, most: [least + 2, i64::MAX][self.draws.below(2)] }
            }
        };
    }

    /// What a customer answers, sets behind.
    fn answers(&mut self, slots: usize) -> Vec<i64> {
        let (mut answers, mut sets) = (Vec::new(), Vec::new());
        for slot in 0..slots {
            let answer = match self.draws.below(10) {
                0 => UNKNOWN,
                1 => MISSING,
                2..6 if slot < TEXTS => {
                    let place = slots + sets.len();
                    let texts: Vec<i64> =
                        (0..self.draws.below(4)).map(|_| self.draws.below(5) as i64).collect();
                    sets.push(texts.len() as i64);
                    sets.extend(texts);
                    set_at(place)
                }
                _ if slot < TEXTS => self.draws.below(6) as i64 - 1,
                _ => self.value(),
            };
            answers.push(answer);
        }
        answers.extend(sets);
        answers
    }
}

fn program(maker: &mut Maker, segments: usize) -> Program {
    let mut program = Program::default();
    program.slots.extend((0..SLOTS).map(question));
    for n in 0..segments {
        let root = maker.nodes.len() as u32;
        maker.node(4);
        let needs = Categories::NONE;
        let (reads_session, asks_segment, asks_others, flat) = (false, false, false, None);
        let rule = Rule { root, needs, reads_session, asks_segment, asks_others, flat };
        let slot = program.slots.len() as u32;
        program.slots.push(Slot::Segment);
        program.segments.push(Segmented {
            id: format!("{n}").into(),
            rule,
            slot,
            reads: Reads::default(),
            hash: n as u32,
        });
        maker.segments.push(slot);
    }
    program.nodes.clone_from(&maker.nodes);
    program.operands.clone_from(&maker.operands);
    program
}

fn maker(seed: u64) -> Maker {
    let draws = Draws::new(seed, &[b"columns"]);
    Maker { draws, nodes: Vec::new(), operands: Vec::new(), segments: Vec::new() }
}

/// Every segment of one customer, one after the other.
fn one(program: &Program, answers: &[i64], open: bool) -> Vec<Truth> {
    let mut slots = answers.to_vec();
    let mut truths = Vec::new();
    for segment in &program.segments {
        let truth = if open { program.truth(segment.rule, &slots) } else { Truth::Unknown };
        slots[segment.slot as usize] = truth.as_slot();
        truths.push(truth);
    }
    truths
}

#[test]
fn a_block_is_its_customers() {
    let mut seen = [0u64; 3];
    for seed in 0..400 {
        let maker = &mut maker(seed);
        let program = program(maker, 4);
        let mut columns = Columns::new(&program);
        for rows in [[0, 1, 63, 64, 65, 200, BLOCK][seed as usize % 7], 7] {
            columns.clear();
            let customers: Vec<(Vec<i64>, bool)> = (0..rows)
                .map(|_| (maker.answers(program.slots.len()), maker.draws.below(8) > 0))
                .collect();
            for (answers, open) in &customers {
                columns.add(open.then_some(answers));
            }
            assert_eq!(columns.rows(), rows);
            let found = columns.evaluate();
            for (row, (answers, open)) in customers.iter().enumerate() {
                for (place, truth) in one(&program, answers, *open).into_iter().enumerate() {
                    let of = (found[place].met.has(row), found[place].unknown.has(row));
                    let expected = (truth == Truth::True, truth == Truth::Unknown);
                    assert_eq!(of, expected, "seed {seed}, row {row}, segment {place}");
                    seen[truth as usize] += 1;
                }
            }
            for truths in &found {
                assert!(truths.met.or(&truths.unknown).rows().all(|row| row < rows));
            }
        }
    }
    assert!(seen.iter().all(|seen| *seen > 10_000), "{seen:?}");
}

/// Nobody is added to a full block.
#[test]
fn a_full_block_stays_as_it_is() {
    let program = program(&mut maker(1), 1);
    let mut columns = Columns::new(&program);
    (0..=BLOCK).for_each(|_| columns.add(None));
    assert_eq!(columns.rows(), BLOCK);
    assert_eq!(columns.evaluate()[0].unknown.count(), BLOCK as u64);
}
