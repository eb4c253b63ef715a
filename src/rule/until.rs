//! Until when an answer holds, if nothing new happens: so that nobody has to look
//! again before it can be different.

use std::cell::OnceCell;
use std::sync::Arc;

use hashbrown::HashMap;

use super::evaluate::{Tally, Truth};
use super::fall::Fall;
use super::fill::Slots;
use super::index::ByKind;
use super::lifecycle;
use super::metric::Measure;
use super::population::Population;
use super::program::{Node, Program, Segmented};
use super::slot::{Aggregate, MISSING, Reading, Slot, UNKNOWN};
use crate::event::Value;
use crate::types::{CalendarUnit, SegmentId, Timestamp};
use crate::view::View;

/// A truth, and the first instant at which it may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) truth: Truth,
    pub(crate) until: Timestamp,
}

impl Program {
    /// Every segment with whether the customer is in it, and until when that holds.
    /// If nothing but behaviours of some kinds came since all were looked at, and no time
    /// passed that matters, only those that these can change.
    pub(crate) fn memberships(
        &self,
        view: &View,
        population: &Population,
        touched: Option<u32>,
    ) -> Memberships<'_> {
        let by_kind = ByKind::new(view);
        let wanted = touched.map(|kinds| self.touched_slots(kinds));
        let slots = self.fill_from(&by_kind, population, wanted.as_deref());
        let mut segments: HashMap<u32, Timestamp> = HashMap::new();
        let falls: Vec<OnceCell<Vec<Fall>>> = vec![OnceCell::new(); self.slots.len()];
        let look = |segment: &Segmented| {
            let slot = segment.slot as usize;
            if wanted.as_ref().is_some_and(|wanted| wanted.get(slot) != Some(&true)) {
                return None;
            }
            let scope = Scope {
                program: self,
                by_kind: &by_kind,
                slots: &slots,
                segments: &segments,
                falls: &falls,
            };
            let mut holding = scope.walk(&mut (segment.rule.root as usize));
            holding.truth = self.membership(segment.rule, &slots, view);
            segments.insert(segment.slot, holding.until);
            holding.until = holding.until.min(view.next());
            Some(holding)
        };
        let holdings = self.segments.iter().map(look).collect();
        Memberships { program: self, slots, holdings, nothing: view.allows_nothing() }
    }
}

/// What was found about the segments of one customer.
#[derive(Debug)]
pub(crate) struct Memberships<'a> {
    program: &'a Program,
    slots: Slots,
    /// In the order of evaluation; nothing of what was not looked at.
    holdings: Vec<Option<Holding>>,
    /// Whether nothing may be known.
    nothing: bool,
}

impl<'a> Memberships<'a> {
    /// Each segment that was looked at, with what was found.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a SegmentId, Holding)> + '_ {
        let ids = self.program.segments.iter().map(|segment| &segment.id);
        ids.zip(&self.holdings).filter_map(|(id, holding)| Some((id, (*holding)?)))
    }

    /// The tests that make it so, in words; none where nothing may be known.
    pub(crate) fn because(&self, id: &SegmentId) -> Vec<Arc<str>> {
        let segment = self.program.names.get(id).and_then(|at| self.program.segments.get(*at));
        let segment = segment.filter(|_| !self.nothing);
        segment.map_or_else(Vec::new, |segment| self.program.because(segment.rule, &self.slots))
    }
}

struct Scope<'a> {
    program: &'a Program,
    by_kind: &'a ByKind<'a>,
    slots: &'a Slots,
    /// Until when the segments evaluated so far hold, by slot.
    segments: &'a HashMap<u32, Timestamp>,
    /// How figures fall, by slot, once somebody asked.
    falls: &'a [OnceCell<Vec<Fall>>],
}

impl Scope<'_> {
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
            ref test => {
                let truth = self.program.test(test, self.slots);
                Holding { truth, until: self.test_until(test) }
            }
        }
    }

    /// A group that a part settles holds as long as that part does; any other, as long
    /// as all its parts.
    fn group(&self, at: &mut usize, below: u32, decisive: Truth) -> Holding {
        let (mut until, mut unknown) = (Timestamp::MAX, false);
        let end = *at + below as usize;
        while *at < end {
            let part = self.walk(at);
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
            return self.segments.get(&slot).copied().unwrap_or(Timestamp::MAX);
        }
        match self.program.slots.get(slot as usize) {
            Some(Slot::Metric(aggregate)) => match aggregate.measure {
                Measure::Since | Measure::SinceFirst => {
                    passes(self.by_kind.view.now(), value, test)
                }
                _ if !aggregate.only_falls() => aggregate.moves(self.by_kind, value),
                _ => self.falls(slot, aggregate, value, test),
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
        let Some(falls) = self.falls.get(slot as usize) else { return Timestamp::MAX };
        let falls = falls.get_or_init(|| aggregate.falls(self.by_kind, value));
        let met = self.program.meets(test, value);
        // Values only fall, so the outcome changes at the first that is under a bound.
        let under = |bound: i64| falls.partition_point(|fall| fall.value >= bound);
        let first = match *test {
            Node::Range { start, span, .. } => {
                let behind = start.wrapping_add(span as i64).wrapping_add(1);
                under(start).min(under(behind))
            }
            _ => 0,
        };
        let changed = falls.iter().skip(first).find(|f| self.program.meets(test, f.value) != met);
        changed.map_or(Timestamp::MAX, |fall| Timestamp::from_millis(fall.at))
    }

    /// The first later instant at which the value of a slot may be another.
    fn moves(&self, slot: u32) -> Timestamp {
        let view = self.by_kind.view;
        let value = self.slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        let all = |slots: &[u32]| {
            slots.iter().map(|slot| self.moves(*slot)).min().unwrap_or(Timestamp::MAX)
        };
        match self.program.slots.get(slot as usize) {
            Some(Slot::Segment) => self.segments.get(&slot).copied().unwrap_or(Timestamp::MAX),
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
    let Node::Range { start, span, .. } = *test else {
        return now.later(1);
    };
    let edges = [start, start.wrapping_add(span as i64).wrapping_add(1)];
    let next = edges.into_iter().filter(|edge| *edge > value && value != MISSING).min();
    match next {
        Some(edge) => now.later(edge.saturating_sub(value)),
        None => Timestamp::MAX,
    }
}
