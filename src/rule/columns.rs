//! Many customers at once: what a block of them answers stands column by column, one for
//! each question, and a condition is evaluated for all of them by one walk, with a bit for
//! each customer. The outcome is that of [`Program::truth`], customer by customer.
#![allow(
    clippy::indexing_slicing,
    reason = "all columns are of one length, and every row number comes from a block"
)]

use super::evaluate::{Tally, Truth};
use super::index::ByKind;
pub(crate) use super::mask::BLOCK;
use super::mask::{Mask, WORDS};
use super::population::Population;
use super::program::{Node, Program};
use super::slot::{Slot, UNKNOWN, set_of};
use crate::types::SegmentId;
use crate::view::View;

/// From one column to the next. A block and a line of cache more, so that what one customer
/// answers does not all fall to the same place of a cache.
const STRIDE: usize = BLOCK + 8;

/// What a block of customers answers to the questions of a program.
pub(crate) struct Columns<'a> {
    program: &'a Program,
    /// The slots that ask something; of segments the columns stay empty.
    questions: Vec<u32>,
    /// How many customers there are.
    rows: usize,
    /// One column after the other.
    cells: Vec<i64>,
    /// For each column, of whom it may not be known.
    unknown: Vec<Mask>,
    /// Those who allow anything at all.
    open: Mask,
    /// The sets of texts, one customer's after the other's, and where each one's begin.
    sets: Vec<i64>,
    sets_from: Vec<usize>,
}

/// Who of a block meets a condition, and of whom that cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truths {
    pub(crate) met: Mask,
    pub(crate) unknown: Mask,
}

impl Program {
    /// Its segments, in the order of evaluation.
    pub(crate) fn segment_ids(&self) -> impl ExactSizeIterator<Item = &SegmentId> {
        self.segments.iter().map(|segment| &segment.id)
    }
}

impl<'a> Columns<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        let columns = program.slots.len();
        let asks = |slot: &(u32, &Slot)| !matches!(slot.1, Slot::Segment);
        Self {
            program,
            questions: (0..).zip(&program.slots).filter(asks).map(|(slot, _)| slot).collect(),
            rows: 0,
            cells: vec![UNKNOWN; columns * STRIDE],
            unknown: vec![Mask::NONE; columns],
            open: Mask::NONE,
            sets: Vec::new(),
            sets_from: Vec::with_capacity(BLOCK),
        }
    }

    /// How many customers there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Asks one more customer. A block that is full takes nobody any more.
    pub(crate) fn push(&mut self, view: &View, population: &Population) {
        // To put people into groups is to profile them: who allows nothing is not asked.
        match view.allows_nothing() {
            true => self.add(None),
            false => {
                let questions = self.program.slots.len();
                let by_kind = ByKind::new(view);
                self.add(Some(&self.program.answers(&by_kind, population, questions)));
            }
        }
    }

    /// Adds what one customer answers, who may allow nothing.
    pub(super) fn add(&mut self, answers: Option<&[i64]>) {
        let row = self.rows;
        if row >= BLOCK {
            return;
        }
        self.rows += 1;
        self.sets_from.push(self.sets.len());
        let Some(answers) = answers else { return };
        self.open.set(row);
        let (answers, sets) = answers.split_at(self.program.slots.len().min(answers.len()));
        for column in self.questions.iter().map(|column| *column as usize) {
            let answer = answers.get(column).copied().unwrap_or(UNKNOWN);
            self.cells[column * STRIDE + row] = answer;
            if answer == UNKNOWN {
                self.unknown[column].set(row);
            }
        }
        self.sets.extend_from_slice(sets);
    }

    /// Forgets everybody.
    pub(crate) fn clear(&mut self) {
        (self.rows, self.open) = (0, Mask::NONE);
        self.unknown.fill(Mask::NONE);
        self.sets.clear();
        self.sets_from.clear();
    }

    /// Evaluates every segment, in the order of evaluation.
    pub(crate) fn evaluate(&self) -> Vec<Truths> {
        let mut segments: Vec<Truths> = Vec::with_capacity(self.program.segments.len());
        let closed = Mask::first(self.rows).without(&self.open);
        for segment in &self.program.segments {
            let walk = Walk { columns: self, program: self.program, segments: &segments };
            let truths = walk.node(&mut (segment.rule.root as usize), &self.open);
            segments.push(Truths {
                met: truths.met.and(&self.open),
                unknown: truths.unknown.and(&self.open).or(&closed),
            });
        }
        segments
    }

    fn column(&self, slot: usize) -> &[i64] {
        &self.cells[slot * STRIDE..slot * STRIDE + BLOCK]
    }

    /// The set that the value of a customer leads to, if it leads to one.
    fn set(&self, row: usize, value: i64) -> Option<&[i64]> {
        // Behind the slots of one customer is at the beginning of that one's sets.
        let value = value.saturating_add(self.program.slots.len() as i64);
        set_of(value, self.sets.get(*self.sets_from.get(row)?..)?)
    }
}

/// A walk over the nodes of a condition. What a node comes to holds for those alone who are
/// still of interest when it is reached.
struct Walk<'a> {
    columns: &'a Columns<'a>,
    program: &'a Program,
    /// The segments evaluated so far.
    segments: &'a [Truths],
}

impl Walk<'_> {
    /// Evaluates the node at the cursor and moves the cursor behind it.
    fn node(&self, at: &mut usize, of: &Mask) -> Truths {
        let Some(node) = self.program.nodes.get(*at) else { return Truths::UNKNOWN };
        *at += 1;
        match *node {
            Node::Not => self.node(at, of).opposite(),
            Node::All { below } => self.group(at, below, of, Truth::False),
            Node::Any { below } => self.group(at, below, of, Truth::True),
            Node::Points { below, least, most } => {
                let tallies = self.points(at, below, of);
                Truths::of(of, |row| tallies[row].within(least, most))
            }
            ref test => self.test(test, of),
        }
    }

    /// A group is settled, for each customer, by the first part that is `decisive`.
    fn group(&self, at: &mut usize, below: u32, of: &Mask, decisive: Truth) -> Truths {
        let end = *at + below as usize;
        let (mut unsettled, mut unknown) = (*of, Mask::NONE);
        while *at < end && !unsettled.is_empty() {
            let part = self.node(at, &unsettled);
            unsettled = match decisive {
                Truth::True => unsettled.without(&part.met),
                _ => unsettled.and(&part.met.or(&part.unknown)),
            };
            unknown = unknown.or(&part.unknown).and(&unsettled);
        }
        *at = end;
        match decisive {
            Truth::True => Truths { met: of.without(&unsettled), unknown },
            _ => Truths { met: unsettled.without(&unknown), unknown },
        }
    }

    fn points(&self, at: &mut usize, below: u32, of: &Mask) -> Vec<Tally> {
        let end = *at + below as usize;
        let mut tallies = vec![Tally::default(); BLOCK];
        while *at < end {
            let weight = match self.program.nodes.get(*at) {
                Some(Node::Weight(weight)) => *weight,
                _ => 0,
            };
            *at += 1;
            let part = self.node(at, of);
            for row in part.met.and(of).rows() {
                tallies[row].add(weight, Truth::True);
            }
            for row in part.unknown.and(of).rows() {
                tallies[row].add(weight, Truth::Unknown);
            }
        }
        tallies
    }

    fn test(&self, test: &Node, of: &Mask) -> Truths {
        let slot = match test.slot() {
            Some(slot) if (slot as usize) < self.program.slots.len() => slot,
            _ => return Truths::UNKNOWN,
        };
        let asked = matches!(self.program.slots[slot as usize], Slot::Segment);
        if let Some(truths) = asked.then(|| self.segment(slot)).flatten() {
            return self.of_segment(test, truths);
        }
        let (columns, column) = (self.columns, self.columns.column(slot as usize));
        let met = match *test {
            Node::Range { start, span, .. } => words(of, column, |_, cells| {
                cells.iter().rev().fold(0, |bits, value| {
                    bits << 1 | u64::from(value.wrapping_sub(start) as u64 <= span)
                })
            }),
            Node::TextOf { from, to, .. } => words(of, column, |first, cells| {
                let operands = self.program.operands(from, to);
                bits(cells, |at, value| match columns.set(first + at, value) {
                    Some(set) => set.iter().any(|text| operands.contains(text)),
                    None => operands.contains(&value),
                })
            }),
            _ => words(of, column, |_, cells| {
                bits(cells, |_, value| self.program.meets(test, value))
            }),
        };
        let unknown = columns.unknown[slot as usize];
        Truths { met: met.without(&unknown), unknown }
    }

    /// What was found of the segment of a slot.
    fn segment(&self, slot: u32) -> Option<&Truths> {
        // Later segments have later slots.
        let place = self.program.segments.binary_search_by_key(&slot, |segment| segment.slot);
        self.segments.get(place.ok()?)
    }

    fn of_segment(&self, test: &Node, truths: &Truths) -> Truths {
        let if_met = |met: bool| match self.program.meets(test, i64::from(met)) {
            true => Mask::ALL,
            false => Mask::NONE,
        };
        let Truths { met, unknown } = truths;
        let outside = Mask::ALL.without(&met.or(unknown));
        let met = met.and(&if_met(true)).or(&outside.and(&if_met(false)));
        Truths { met, unknown: *unknown }
    }
}

/// A mask of a column, word by word; a word in which nobody is of interest stays empty.
#[inline]
fn words(of: &Mask, column: &[i64], word: impl Fn(usize, &[i64]) -> u64) -> Mask {
    let mut mask = [0; WORDS];
    for (at, (bits, cells)) in mask.iter_mut().zip(column.chunks_exact(64)).enumerate() {
        if of.0[at] != 0 {
            *bits = word(at * 64, cells);
        }
    }
    Mask(mask)
}

/// One bit for each cell.
#[inline]
fn bits(cells: &[i64], met: impl Fn(usize, i64) -> bool) -> u64 {
    let bit = |(at, value): (usize, &i64)| u64::from(met(at, *value)) << at;
    cells.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
}

impl Truths {
    /// Nothing can be known of anybody.
    const UNKNOWN: Self = Self { met: Mask::NONE, unknown: Mask::ALL };

    fn of(of: &Mask, truth: impl Fn(usize) -> Truth) -> Self {
        let mut truths = Self { met: Mask::NONE, unknown: Mask::NONE };
        for row in of.rows() {
            match truth(row) {
                Truth::True => truths.met.set(row),
                Truth::Unknown => truths.unknown.set(row),
                Truth::False => {}
            }
        }
        truths
    }

    fn opposite(self) -> Self {
        let met = Mask::ALL.without(&self.met.or(&self.unknown));
        Self { met, unknown: self.unknown }
    }
}
