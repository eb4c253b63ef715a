//! Until when an answer holds, if nothing new happens: so that nobody has to look
//! again before it can be different.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use hashbrown::HashMap;

use super::compile::{Node, Op, Program};
use super::condition::Measure;
use super::evaluate::Truth;
use super::fill::Slots;
use super::slot::{Aggregate, MISSING, Slot, UNKNOWN};
use crate::types::{SegmentId, Timestamp};
use crate::view::View;

/// A truth, and the first instant at which it may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) truth: Truth,
    pub(crate) until: Timestamp,
}

impl Program {
    /// Every segment with whether the customer is in it, and until when that holds.
    pub(crate) fn memberships(&self, view: &View) -> Vec<(&SegmentId, Holding)> {
        let slots = self.fill(view);
        let mut untils: HashMap<u32, Timestamp> = HashMap::new();
        self.segments
            .iter()
            .map(|segment| {
                let scope = Scope { program: self, view, slots: &slots, segments: &untils };
                let mut holding = scope.walk(&mut (segment.rule.root as usize));
                holding.truth = self.membership(segment.rule, &slots, view);
                untils.insert(segment.slot, holding.until);
                holding.until = holding.until.min(view.next());
                (&segment.id, holding)
            })
            .collect()
    }
}

struct Scope<'a> {
    program: &'a Program,
    view: &'a View,
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
            Node::Test { slot, op, .. } => {
                let truth = self.program.test(slot, op, self.slots);
                Holding { truth, until: self.test_until(slot, op) }
            }
            Node::Not => {
                let Holding { truth, until } = self.walk(at);
                let truth = match truth {
                    Truth::True => Truth::False,
                    Truth::False => Truth::True,
                    Truth::Unknown => Truth::Unknown,
                };
                Holding { truth, until }
            }
            Node::All { end } => self.group(at, end, Truth::False),
            Node::Any { end } => self.group(at, end, Truth::True),
        }
    }

    /// A group that a part settles holds as long as that part does; any other, as long
    /// as all its parts.
    fn group(&self, at: &mut usize, end: u32, decisive: Truth) -> Holding {
        let (mut until, mut unknown) = (Timestamp::MAX, false);
        while *at < end as usize {
            let part = self.walk(at);
            if part.truth == decisive {
                *at = end as usize;
                return part;
            }
            unknown |= part.truth == Truth::Unknown;
            until = until.min(part.until);
        }
        let open = if decisive == Truth::True { Truth::False } else { Truth::True };
        Holding { truth: if unknown { Truth::Unknown } else { open }, until }
    }

    fn test_until(&self, slot: u32, op: Op) -> Timestamp {
        let value = self.slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        match self.program.slots.get(slot as usize) {
            Some(Slot::Segment) => self.segments.get(&slot).copied().unwrap_or(Timestamp::MAX),
            Some(Slot::History(aggregate)) if value != UNKNOWN => {
                let met = self.program.compare(value, op);
                let flips = |value: i64| self.program.compare(value, op) != met;
                aggregate.until(self.view, value, op, flips)
            }
            _ => Timestamp::MAX,
        }
    }
}

impl Aggregate {
    /// The first instant after the view's at which, rows leaving the window one
    /// instant after the other, the measure `flips` its test.
    fn until(&self, view: &View, value: i64, op: Op, flips: impl Fn(i64) -> bool) -> Timestamp {
        if self.measure == Measure::Since {
            return since_until(view.now(), value, op);
        }
        let Some(window) = self.window else {
            return Timestamp::MAX;
        };
        let rows = view.rows();
        let mut leaving = self.rows(rows, view.now()).peekable();
        let mut orders = self.orders(view);
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
                Measure::Total(_) | Measure::Since => value,
            };
            let together = leaving.peek().is_some_and(|next| rows.at[*next] == rows.at[row]);
            if !together && flips(value) {
                return Timestamp::from_millis(rows.at[row].saturating_add(window));
            }
        }
        Timestamp::MAX
    }

    /// How many rows of the window each order has.
    fn orders(&self, view: &View) -> HashMap<u32, u32> {
        let rows = view.rows();
        let mut lines = HashMap::new();
        if self.measure == Measure::Orders {
            for row in self.rows(rows, view.now()) {
                if rows.order[row] != 0 {
                    *lines.entry(rows.order[row]).or_insert(0) += 1;
                }
            }
        }
        lines
    }
}

/// Time passes: how long ago grows until it passes the bound.
fn since_until(now: Timestamp, value: i64, op: Op) -> Timestamp {
    let bound = match op {
        Op::AtLeast(bound) => bound,
        Op::AtMost(bound) => bound.saturating_add(1),
        Op::OneOf { .. } | Op::TextOf { .. } => return Timestamp::MAX,
    };
    if value == MISSING || value >= bound {
        return Timestamp::MAX;
    }
    Timestamp::from_millis(now.as_millis().saturating_add(bound - value))
}
