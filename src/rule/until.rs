//! Until when an answer holds, if nothing new happens: so that nobody has to look
//! again before it can be different.

use std::cell::OnceCell;

use super::evaluate::{Tally, Truth};
use super::fall::Fall;
use super::fill::Slots;
use super::index::ByKind;
use super::lifecycle;
use super::metric::Measure;
use super::program::{Node, Program, Segmented};
use super::slot::{Aggregate, MISSING, Reading, Slot, UNKNOWN};
use crate::event::Value;
use crate::types::{CalendarUnit, Timestamp};
use crate::view::View;

/// A truth, and the first instant at which it may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) truth: Truth,
    pub(crate) until: Timestamp,
}

/// Where segments are looked at, one after the other.
pub(super) struct Scope<'a> {
    program: &'a Program,
    by_kind: &'a ByKind<'a>,
    pub(super) slots: Slots,
    /// Until when the segments evaluated so far hold, by slot.
    segments: Vec<Timestamp>,
    /// How figures fall, by slot, once somebody asked.
    falls: Vec<OnceCell<Vec<Fall>>>,
    /// When values may be others, by slot, once somebody asked.
    moves: Vec<OnceCell<Timestamp>>,
}

impl<'a> Scope<'a> {
    /// With the answers to what segments ask.
    pub(super) fn new(program: &'a Program, by_kind: &'a ByKind<'a>, slots: Slots) -> Self {
        let questions = program.watches.len();
        Self {
            program,
            by_kind,
            slots,
            segments: vec![Timestamp::MAX; questions],
            falls: vec![OnceCell::new(); questions],
            moves: vec![OnceCell::new(); questions],
        }
    }

    /// Whether the customer is in a segment, and until when that holds; later segments may
    /// ask for it.
    pub(super) fn look(&mut self, segment: &Segmented) -> Holding {
        let view = self.by_kind.view;
        let Holding { truth, until } = self.walk(&mut (segment.rule.root as usize));
        // To put people into groups is to profile them: who allows nothing for the purpose is
        // in none that anybody could know of.
        let truth = if view.allows_nothing() { Truth::Unknown } else { truth };
        let slot = segment.slot as usize;
        self.slots.get_mut(slot).into_iter().for_each(|slot| *slot = truth.as_slot());
        self.segments.get_mut(slot).into_iter().for_each(|known| *known = until);
        Holding { truth, until: until.min(view.next()) }
    }

    fn walk(&self, at: &mut usize) -> Holding {
        let Some(node) = self.program.nodes.get(*at) else {
            return Holding { truth: Truth::Unknown, until: Timestamp::MAX };
        };
        *at += 1;
        match *node {
            Node::Not => {
                let Holding { truth, until } = self.walk(at);
                Holding { truth: truth.opposite(), until }
            }
            Node::All { below } => self.group(at, below, Truth::False),
            Node::Any { below } => self.group(at, below, Truth::True),
            Node::Points { below, least, most } => {
                let (mut tally, mut until) = (Tally::default(), Timestamp::MAX);
                let end = *at + below as usize;
                while *at < end {
                    let weight = match self.program.nodes.get(*at) {
                        Some(Node::Weight(weight)) => *weight,
                        _ => 0,
                    };
                    *at += 1;
                    let part = self.walk(at);
                    tally.add(weight, part.truth);
                    until = until.min(part.until);
                }
                Holding { truth: tally.within(least, most), until }
            }
            ref test => self.test(test),
        }
    }

    fn test(&self, test: &Node) -> Holding {
        Holding { truth: self.program.test(test, &self.slots), until: self.test_until(test) }
    }

    /// A group that a part settles holds as long as that part does; any other, as long
    /// as all its parts.
    fn group(&self, at: &mut usize, below: u32, decisive: Truth) -> Holding {
        let (mut until, mut unknown) = (Timestamp::MAX, false);
        let end = *at + below as usize;
        while *at < end {
            // Most parts are tests: those need no step into the tree.
            let part = match self.program.nodes.get(*at) {
                Some(node) if node.is_test() => {
                    *at += 1;
                    self.test(node)
                }
                _ => self.walk(at),
            };
            if part.truth == decisive {
                *at = end;
                return part;
            }
            unknown |= part.truth == Truth::Unknown;
            until = until.min(part.until);
        }
        let truth = if unknown { Truth::Unknown } else { decisive.opposite() };
        Holding { truth, until }
    }

    fn test_until(&self, test: &Node) -> Timestamp {
        let slot = test.slot().unwrap_or(u32::MAX);
        let value = self.slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        if value == UNKNOWN {
            return self.segment_until(slot);
        }
        match self.program.slots.get(slot as usize) {
            Some(Slot::Metric(aggregate)) => match aggregate.measure {
                Measure::Since | Measure::SinceFirst => {
                    passes(self.by_kind.view.now(), value, test)
                }
                _ if aggregate.only_falls() => self.falls(slot, aggregate, value, test),
                _ => self.moves(slot),
            },
            Some(
                Slot::Attribute(_, Reading::Since | Reading::Held, _)
                | Slot::Session(_, Reading::Since | Reading::Held, _),
            ) => passes(self.by_kind.view.now(), value, test),
            Some(_) => self.moves(slot),
            None => Timestamp::MAX,
        }
    }

    /// The first instant at which a figure that can only fall, its behaviours leaving one
    /// instant after the other, changes the outcome of a test.
    fn falls(&self, slot: u32, aggregate: &Aggregate, value: i64, test: &Node) -> Timestamp {
        if let (Node::Range { .. }, true) = (test, aggregate.is_plain_count()) {
            let next = test.edges().into_iter().filter(|edge| *edge <= value).max();
            let at = next.and_then(|edge| aggregate.count_under(self.by_kind, value, edge));
            return at.map_or(Timestamp::MAX, Timestamp::from_millis);
        }
        let Some(falls) = self.falls.get(slot as usize) else { return Timestamp::MAX };
        let falls = falls.get_or_init(|| aggregate.falls(self.by_kind, value));
        let met = self.program.meets(test, value);
        // Values only fall, so the outcome changes at the first that is under a bound.
        let under = |bound: i64| falls.partition_point(|fall| fall.value >= bound);
        let first = match test {
            Node::Range { .. } => test.edges().map(under).into_iter().min().unwrap_or_default(),
            _ => 0,
        };
        let changed = falls.iter().skip(first).find(|f| self.program.meets(test, f.value) != met);
        changed.map_or(Timestamp::MAX, |fall| Timestamp::from_millis(fall.at))
    }

    /// Until when a segment holds that was looked at before.
    fn segment_until(&self, slot: u32) -> Timestamp {
        self.segments.get(slot as usize).copied().unwrap_or(Timestamp::MAX)
    }

    /// The first later instant at which the value of a slot may be another.
    pub(super) fn moves(&self, slot: u32) -> Timestamp {
        match self.moves.get(slot as usize) {
            Some(known) => *known.get_or_init(|| self.work_out_move(slot)),
            None => Timestamp::MAX,
        }
    }

    fn work_out_move(&self, slot: u32) -> Timestamp {
        let view = self.by_kind.view;
        let value = self.slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        let all = |slots: &[u32]| {
            slots.iter().map(|slot| self.moves(*slot)).min().unwrap_or(Timestamp::MAX)
        };
        match self.program.slots.get(slot as usize) {
            Some(Slot::Segment) => self.segment_until(slot),
            _ if value == UNKNOWN => Timestamp::MAX,
            Some(Slot::Metric(aggregate)) => aggregate.moves(self.by_kind, value),
            Some(Slot::Ratio(part, whole)) => all(&[*part, *whole]),
            Some(Slot::Pick(choosing)) => choosing.moves(self.by_kind),
            Some(Slot::Sequence(following)) => following.find(self.by_kind).until,
            Some(Slot::Stage(_)) => {
                let (orders, now) = (self.by_kind.orders(), view.now().as_millis());
                let stage = lifecycle::stage(&orders, now, &self.program.lifecycle);
                stage.map_or(Timestamp::MAX, |(_, until)| Timestamp::from_millis(until))
            }
            Some(Slot::Rank(placed)) => match placed.per {
                Some(super::slot::Group::Cluster(cluster)) => all(&[placed.figure, cluster]),
                _ => all(&[placed.figure]),
            },
            Some(Slot::Cluster(_, features)) => all(features),
            Some(Slot::Attribute(name, reading, _)) => {
                reading_moves(view, reading, view.attribute(name), value)
            }
            Some(Slot::Session(name, reading, _)) => {
                let value_now = view.session().and_then(|session| session.get(name));
                reading_moves(view, reading, value_now, value)
            }
            Some(Slot::Bucket(_)) | None => Timestamp::MAX,
        }
    }
}

/// When a reading of a free value may be another, the value being the same.
fn reading_moves(view: &View, reading: &Reading, read: Option<&Value>, value: i64) -> Timestamp {
    match (reading, read) {
        (Reading::Since | Reading::Held, _) if value != MISSING => view.now().later(1),
        (Reading::Anniversary, Some(_)) => view.zone().next_start(CalendarUnit::Day, view.now()),
        (Reading::Meets(matcher), Some(value)) => matcher.until(value, view.now()),
        _ => Timestamp::MAX,
    }
}

/// Time passes: a value that grows with it comes to the next edge of a range.
fn passes(now: Timestamp, value: i64, test: &Node) -> Timestamp {
    if !matches!(test, Node::Range { .. }) {
        return now.later(1);
    }
    let next = test.edges().into_iter().filter(|edge| *edge > value && value != MISSING).min();
    match next {
        Some(edge) => now.later(edge.saturating_sub(value)),
        None => Timestamp::MAX,
    }
}

impl Node {
    /// The values at which the outcome of a range is another than just below.
    pub(super) fn edges(&self) -> [i64; 2] {
        match *self {
            Self::Range { start, span, .. } => {
                [start, start.wrapping_add(span as i64).wrapping_add(1)]
            }
            _ => [i64::MIN; 2],
        }
    }
}
