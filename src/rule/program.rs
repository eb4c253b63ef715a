//! Many conditions as one program: slots for what is asked, and a row of nodes that is
//! walked without looking anything up.

use std::sync::Arc;

use hashbrown::HashMap;

use super::depends::Reads;
use super::lifecycle::Lifecycle;
use super::slot::Slot;
use super::watch::Watch;
use crate::consent::Categories;
use crate::types::SegmentId;

/// Many conditions, compiled together.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(super) slots: Vec<Slot>,
    pub(super) nodes: Vec<Node>,
    /// For each node the place of its words, if it is a test.
    pub(super) said: Vec<u32>,
    /// The operands of all `OneOf`.
    pub(super) operands: Vec<i64>,
    /// The texts that rules ask for.
    pub(super) texts: HashMap<Arc<str>, i64>,
    /// Each test in words, for reasons, in the order in which they are written.
    pub(super) words: Vec<Arc<str>>,
    /// The segments, each after those that it asks for.
    pub(super) segments: Vec<Segmented>,
    pub(super) names: HashMap<SegmentId, usize>,
    /// Of each slot that segments read; they come first.
    pub(super) watches: Vec<Watch>,
    /// The names of categories at the depths that are asked for.
    pub(super) levels: Vec<Level>,
    pub(super) lifecycle: Lifecycle,
}

/// The names of categories at one depth.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) depth: u8,
    /// Ascending.
    pub(super) names: Vec<Arc<str>>,
    /// Of each place in the walk of the catalogue's tree, the number of its name.
    pub(super) of_place: HashMap<u32, u32>,
}

/// A segment within a program.
#[derive(Debug)]
pub(super) struct Segmented {
    pub(super) id: SegmentId,
    pub(super) rule: Rule,
    pub(super) slot: u32,
    pub(super) reads: Reads,
    /// Of its id.
    pub(super) hash: u32,
}

/// One compiled condition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(super) root: u32,
    /// What it reads, the segments that it asks for included.
    pub(crate) needs: Categories,
    pub(crate) reads_session: bool,
    pub(crate) asks_segment: bool,
    /// Whether it asks for a place among others or a cluster, by itself or through segments.
    pub(crate) asks_others: bool,
    /// If it is nothing but tests that must all be met, how many.
    pub(super) flat: Option<u32>,
}

/// A node. The nodes below a group follow it: so many.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    All {
        below: u32,
    },
    Any {
        below: u32,
    },
    Not,
    /// The value is one of so many from the start on, counted in a circle of all numbers, so
    /// that the opposite of a range is a range too.
    Range {
        slot: u32,
        start: i64,
        span: u64,
    },
    /// The value is among these operands.
    OneOf {
        slot: u32,
        from: u32,
        to: u32,
    },
    /// The same of texts, of which a value may have several.
    TextOf {
        slot: u32,
        from: u32,
        to: u32,
    },
    /// The points of what is below, each part behind its weight, are from the first to the
    /// last.
    Points {
        below: u32,
        least: i64,
        most: i64,
    },
    Weight(i32),
}
