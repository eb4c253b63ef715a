//! The truth of a compiled condition on filled slots.

use std::sync::Arc;

use super::compile::{Node, Op, Program, Rule};
use super::slot::{MISSING, UNKNOWN, set_of};
use crate::types::SegmentId;

/// True, false, or not to be known from what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    pub(super) fn as_slot(self) -> i64 {
        match self {
            Self::True => 1,
            Self::False => 0,
            Self::Unknown => UNKNOWN,
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(met: bool) -> Self {
        if met { Self::True } else { Self::False }
    }
}

impl Program {
    /// Whether a condition is met.
    pub(crate) fn truth(&self, rule: Rule, slots: &[i64]) -> Truth {
        self.walk(&mut (rule.root as usize), slots)
    }

    /// Evaluates the node at the cursor and moves the cursor behind it.
    fn walk(&self, at: &mut usize, slots: &[i64]) -> Truth {
        let Some(node) = self.nodes.get(*at) else {
            return Truth::Unknown;
        };
        *at += 1;
        match *node {
            Node::Test { slot, op, .. } => self.test(slot, op, slots),
            Node::Not => self.walk(at, slots).opposite(),
            Node::All { end } => self.group(at, end, slots, Truth::False),
            Node::Any { end } => self.group(at, end, slots, Truth::True),
        }
    }

    /// A group is settled by the first part that is `decisive`.
    fn group(&self, at: &mut usize, end: u32, slots: &[i64], decisive: Truth) -> Truth {
        let mut result = decisive.opposite();
        while *at < end as usize {
            // Most parts are tests: those need no step into the tree.
            let part = match self.nodes.get(*at) {
                Some(Node::Test { slot, op, .. }) => {
                    *at += 1;
                    self.test(*slot, *op, slots)
                }
                _ => self.walk(at, slots),
            };
            match part {
                part if part == decisive => {
                    *at = end as usize;
                    return decisive;
                }
                Truth::Unknown => result = Truth::Unknown,
                _ => {}
            }
        }
        result
    }

    #[inline]
    pub(super) fn test(&self, slot: u32, op: Op, slots: &[i64]) -> Truth {
        let value = slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        if value == UNKNOWN {
            return Truth::Unknown;
        }
        if let Op::TextOf { from, to } = op
            && let Some(set) = set_of(value, slots)
        {
            let operands = self.operands(from, to);
            return set.iter().any(|text| operands.contains(text)).into();
        }
        self.compare(value, op).into()
    }

    fn operands(&self, from: u32, to: u32) -> &[i64] {
        self.operands.get(from as usize..to as usize).unwrap_or_default()
    }

    #[inline]
    pub(super) fn compare(&self, value: i64, op: Op) -> bool {
        match op {
            // Missing is below every bound.
            Op::AtLeast(bound) => value >= bound && value != MISSING,
            Op::AtMost(bound) => value <= bound && value != MISSING,
            Op::OneOf { from, to } | Op::TextOf { from, to } => {
                self.operands(from, to).contains(&value)
            }
        }
    }

    /// The test that keeps a condition from being met, in words: the first one that
    /// settles it.
    pub(crate) fn obstacle(&self, rule: Rule, slots: &[i64]) -> Option<Arc<str>> {
        self.first_with(&mut (rule.root as usize), slots, Truth::False)
            .or_else(|| self.first_with(&mut (rule.root as usize), slots, Truth::Unknown))
    }

    /// The first test that makes the node at the cursor come out as `wanted`.
    fn first_with(&self, at: &mut usize, slots: &[i64], wanted: Truth) -> Option<Arc<str>> {
        let node = *self.nodes.get(*at)?;
        let here = *at;
        *at += 1;
        match node {
            Node::Test { slot, op, words } => (self.test(slot, op, slots) == wanted)
                .then(|| self.words.get(words as usize).cloned())
                .flatten(),
            Node::Not => self.first_with(at, slots, wanted.opposite()),
            Node::All { end } | Node::Any { end } => {
                let settled = self.walk(&mut here.clone(), slots) == wanted;
                let mut found = None;
                while *at < end as usize && found.is_none() && settled {
                    let part = *at;
                    found = self.first_with(at, slots, wanted);
                    *at = part;
                    self.walk(at, slots);
                }
                *at = end as usize;
                found
            }
        }
    }

    /// The segments that the customer is in, in the order of evaluation.
    pub(crate) fn members<'a>(&'a self, slots: &'a [i64]) -> impl Iterator<Item = &'a SegmentId> {
        self.segments
            .iter()
            .filter(|segment| slots.get(segment.slot as usize) == Some(&1))
            .map(|segment| &segment.id)
    }
}
