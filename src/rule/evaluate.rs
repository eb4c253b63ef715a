//! The truth of a compiled condition on filled slots.

use std::sync::Arc;

use super::program::{Node, Program, Rule};
use super::slot::{UNKNOWN, set_of};
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

    /// Whether it is so, if that is known.
    pub(crate) fn known(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Unknown => None,
        }
    }

    pub(super) fn opposite(self) -> Self {
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

/// The fewest and the most points that there can be, some being unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    fewest: i64,
    most: i64,
}

impl Tally {
    pub(super) fn add(&mut self, weight: i32, truth: Truth) {
        let weight = i64::from(weight);
        match truth {
            Truth::True => (self.fewest, self.most) = (self.fewest + weight, self.most + weight),
            Truth::Unknown => {
                self.fewest += weight.min(0);
                self.most += weight.max(0);
            }
            Truth::False => {}
        }
    }

    /// Whether they are in a range, if that hangs on nothing unknown.
    pub(super) fn within(self, least: i64, most: i64) -> Truth {
        if self.fewest >= least && self.most <= most {
            Truth::True
        } else if self.most < least || self.fewest > most {
            Truth::False
        } else {
            Truth::Unknown
        }
    }
}

impl Program {
    /// Whether a condition is met.
    #[inline]
    pub(crate) fn truth(&self, rule: Rule, slots: &[i64]) -> Truth {
        match rule.flat {
            Some(tests) => self.all(rule.root as usize + 1, tests as usize, slots),
            None => self.walk(&mut (rule.root as usize), slots),
        }
    }

    /// Whether all of these tests are met.
    #[inline]
    fn all(&self, from: usize, tests: usize, slots: &[i64]) -> Truth {
        let mut result = Truth::True;
        for test in self.nodes.get(from..from + tests).unwrap_or_default() {
            match self.test(test, slots) {
                Truth::True => {}
                Truth::False => return Truth::False,
                Truth::Unknown => result = Truth::Unknown,
            }
        }
        result
    }

    /// Evaluates the node at the cursor and moves the cursor behind it.
    pub(super) fn walk(&self, at: &mut usize, slots: &[i64]) -> Truth {
        let Some(node) = self.nodes.get(*at) else {
            return Truth::Unknown;
        };
        *at += 1;
        match *node {
            Node::Not => self.walk(at, slots).opposite(),
            Node::All { below } => self.group(at, below, slots, Truth::False),
            Node::Any { below } => self.group(at, below, slots, Truth::True),
            Node::Points { below, least, most } => {
                self.points(at, below, slots).within(least, most)
            }
            ref test => self.test(test, slots),
        }
    }

    /// A group is settled by the first part that is `decisive`.
    #[inline]
    fn group(&self, at: &mut usize, below: u32, slots: &[i64], decisive: Truth) -> Truth {
        let (mut result, end) = (decisive.opposite(), *at + below as usize);
        while *at < end {
            // Most parts are tests: those need no step into the tree.
            let part = match self.nodes.get(*at) {
                Some(node) if node.is_test() => {
                    *at += 1;
                    self.test(node, slots)
                }
                _ => self.walk(at, slots),
            };
            if part == decisive {
                *at = end;
                return decisive;
            }
            if part == Truth::Unknown {
                result = Truth::Unknown;
            }
        }
        result
    }

    fn points(&self, at: &mut usize, below: u32, slots: &[i64]) -> Tally {
        let (mut tally, end) = (Tally::default(), *at + below as usize);
        while *at < end {
            let weight = match self.nodes.get(*at) {
                Some(Node::Weight(weight)) => *weight,
                _ => 0,
            };
            *at += 1;
            tally.add(weight, self.walk(at, slots));
        }
        tally
    }

    #[inline]
    pub(super) fn test(&self, node: &Node, slots: &[i64]) -> Truth {
        let value = node.slot().and_then(|slot| slots.get(slot as usize)).copied();
        let value = value.unwrap_or(UNKNOWN);
        if value == UNKNOWN {
            return Truth::Unknown;
        }
        if let Node::TextOf { from, to, .. } = *node
            && let Some(set) = set_of(value, slots)
        {
            let operands = self.operands(from, to);
            return set.iter().any(|text| operands.contains(text)).into();
        }
        self.meets(node, value).into()
    }

    pub(super) fn operands(&self, from: u32, to: u32) -> &[i64] {
        self.operands.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Whether a value that is known meets a test.
    #[inline]
    pub(super) fn meets(&self, node: &Node, value: i64) -> bool {
        match *node {
            Node::Range { start, span, .. } => value.wrapping_sub(start) as u64 <= span,
            Node::OneOf { from, to, .. } | Node::TextOf { from, to, .. } => {
                self.operands(from, to).contains(&value)
            }
            _ => false,
        }
    }

    /// The test that keeps a condition from being met, in words: of those that settle it,
    /// the first as it is written.
    pub(crate) fn obstacle(&self, rule: Rule, slots: &[i64]) -> Option<Arc<str>> {
        let mut root = rule.root as usize;
        let wanted = self.walk(&mut root.clone(), slots);
        (wanted != Truth::True).then_some(())?;
        let said = self.first_with(&mut root, slots, wanted)?;
        self.words.get(said as usize).cloned()
    }

    /// The first test, as it is written, of those that make the node at the cursor come out
    /// as `wanted`; the cursor moves behind the node.
    fn first_with(&self, at: &mut usize, slots: &[i64], wanted: Truth) -> Option<u32> {
        let (here, node) = (*at, self.nodes.get(*at)?);
        *at += 1;
        match *node {
            Node::Not => self.first_with(at, slots, wanted.opposite()),
            Node::All { below } | Node::Any { below } | Node::Points { below, .. } => {
                let is_points = matches!(node, Node::Points { .. });
                let end = *at + below as usize;
                let settled = self.walk(&mut here.clone(), slots) == wanted;
                let mut first: Option<u32> = None;
                while *at < end {
                    *at += usize::from(is_points);
                    // Of points every part may be what is missing, or is unknown.
                    let wanted = if is_points { self.walk(&mut at.clone(), slots) } else { wanted };
                    let of_part = self.first_with(at, slots, wanted).filter(|_| settled);
                    first = first.into_iter().chain(of_part).min();
                }
                first
            }
            ref test => {
                let said = self.said.get(here).copied();
                said.filter(|_| self.test(test, slots) == wanted)
            }
        }
    }

    /// The tests that make a condition come out as it does, in words, as they are written: of
    /// those of which one is enough, the first.
    pub(crate) fn because(&self, rule: Rule, slots: &[i64]) -> Vec<Arc<str>> {
        let mut said = Vec::new();
        self.grounds(&mut (rule.root as usize), slots, &mut said);
        said.sort_unstable();
        said.dedup();
        said.iter().filter_map(|said| self.words.get(*said as usize).cloned()).collect()
    }

    /// The tests that make the node at the cursor come out as it does; the cursor moves
    /// behind the node.
    fn grounds(&self, at: &mut usize, slots: &[i64], into: &mut Vec<u32>) {
        let (here, truth) = (*at, self.walk(&mut at.clone(), slots));
        let Some(node) = self.nodes.get(here) else { return };
        *at += 1;
        let (below, enough) = match *node {
            Node::Not => return self.grounds(at, slots, into),
            Node::All { below } => (below, truth != Truth::True),
            Node::Any { below } => (below, truth != Truth::False),
            Node::Points { below, .. } => (below, false),
            _ => return into.extend(self.said.get(here)),
        };
        let end = *at + below as usize;
        let mut first: Option<Vec<u32>> = None;
        while *at < end {
            let is_points = matches!(node, Node::Points { .. });
            *at += usize::from(is_points);
            let of_part = self.walk(&mut at.clone(), slots);
            let mut said = Vec::new();
            self.grounds(at, slots, &mut said);
            if is_points && of_part == Truth::True || !is_points && of_part == truth && !enough {
                into.extend(said);
            } else if enough && of_part == truth {
                first = first.into_iter().chain([said]).min();
            }
        }
        into.extend(first.into_iter().flatten());
    }

    /// The segments that the customer is in, in the order of evaluation.
    pub(crate) fn members<'a>(&'a self, slots: &'a [i64]) -> impl Iterator<Item = &'a SegmentId> {
        self.segments
            .iter()
            .filter(|segment| slots.get(segment.slot as usize) == Some(&1))
            .map(|segment| &segment.id)
    }
}

impl Node {
    #[inline]
    pub(super) fn is_test(&self) -> bool {
        matches!(self, Self::Range { .. } | Self::OneOf { .. } | Self::TextOf { .. })
    }

    /// The slot that a test looks at.
    #[inline]
    pub(super) fn slot(&self) -> Option<u32> {
        match self {
            Self::Range { slot, .. } | Self::OneOf { slot, .. } | Self::TextOf { slot, .. } => {
                Some(*slot)
            }
            _ => None,
        }
    }
}
