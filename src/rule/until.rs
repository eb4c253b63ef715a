//! Until when an answer holds, if nothing new happens: so that nobody has to look
//! again before it can be different.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use hashbrown::HashMap;

use super::evaluate::{Tally, Truth};
use super::fill::Slots;
use super::index::ByKind;
use super::lifecycle;
use super::metric::Measure;
use super::population::Population;
use super::program::{Node, Program};
use super::slot::{Aggregate, MISSING, Reading, Slot, UNKNOWN};
use crate::event::Value;
use crate::types::{CalendarUnit, SegmentId, Timestamp};
use crate::view::{NO_TEXT, View};

/// A truth, and the first instant at which it may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) truth: Truth,
    pub(crate) until: Timestamp,
}

impl Program {
    /// Every segment with whether the customer is in it, and until when that holds.
    pub(crate) fn memberships(
        &self,
        view: &View,
        population: &Population,
    ) -> Vec<(&SegmentId, Holding)> {
        let by_kind = ByKind::new(view);
        let slots = self.fill_from(&by_kind, population);
        let mut segments: HashMap<u32, Timestamp> = HashMap::new();
        self.segments
            .iter()
            .map(|segment| {
                let scope =
                    Scope { program: self, by_kind: &by_kind, slots: &slots, segments: &segments };
                let mut holding = scope.walk(&mut (segment.rule.root as usize));
                holding.truth = self.membership(segment.rule, &slots, view);
                segments.insert(segment.slot, holding.until);
                holding.until = holding.until.min(view.next());
                (&segment.id, holding)
            })
            .collect()
    }
}

struct Scope<'a> {
    program: &'a Program,
    by_kind: &'a ByKind<'a>,
    slots: &'a Slots,
    /// Until when the segments evaluated so far hold, by slot.
    segments: &'a HashMap<u32, Timestamp>,
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
            Some(Slot::Metric(aggregate)) => {
                let met = self.program.meets(test, value);
                let flips = |value: i64| self.program.meets(test, value) != met;
                aggregate.until(self.by_kind, value, test, flips)
            }
            Some(
                Slot::Attribute(_, Reading::Since | Reading::Held, _)
                | Slot::Session(_, Reading::Since | Reading::Held, _),
            ) => passes(self.by_kind.view.now(), value, test),
            Some(_) => self.moves(slot),
            None => Timestamp::MAX,
        }
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

impl Aggregate {
    /// The first instant after the view's at which, rows leaving the window one
    /// instant after the other, the measure `flips` its test.
    fn until(
        &self,
        by_kind: &ByKind<'_>,
        value: i64,
        test: &Node,
        flips: impl Fn(i64) -> bool,
    ) -> Timestamp {
        let super::window::Window::Last(window) = self.window else {
            return match self.measure {
                Measure::Since | Measure::SinceFirst => passes(by_kind.view.now(), value, test),
                _ => self.moves(by_kind, value),
            };
        };
        if !matches!(self.measure, Measure::Count | Measure::Orders | Measure::Total(_)) {
            return self.moves(by_kind, value);
        }
        let rows = by_kind.view.rows();
        let mut leaving = self.matches(by_kind).rows().peekable();
        let mut orders = self.orders(by_kind);
        let mut value = value;
        while let Some(row) = leaving.next() {
            value = match self.measure {
                Measure::Count => value - 1,
                Measure::Total(currency) if rows.currency[row] == currency.code() => {
                    value.saturating_sub(rows.amount[row])
                }
                Measure::Orders => match orders.get_mut(&rows.order[row]) {
                    Some(1) => {
                        orders.remove(&rows.order[row]);
                        value - 1
                    }
                    Some(lines) => {
                        *lines -= 1;
                        value
                    }
                    None => value,
                },
                _ => value,
            };
            let together = leaving.peek().is_some_and(|next| rows.at[*next] == rows.at[row]);
            if !together && flips(value) {
                return Timestamp::from_millis(rows.at[row].saturating_add(window));
            }
        }
        Timestamp::MAX
    }

    /// How many rows of the window each order has.
    fn orders(&self, by_kind: &ByKind<'_>) -> HashMap<u32, u32> {
        let rows = by_kind.view.rows();
        let mut lines = HashMap::new();
        if self.measure == Measure::Orders {
            for row in self.matches(by_kind).rows() {
                if rows.order[row] != NO_TEXT {
                    *lines.entry(rows.order[row]).or_insert(0) += 1;
                }
            }
        }
        lines
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
