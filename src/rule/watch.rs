//! How the answer to a question bears on segments: which behaviours can change it, and at
//! which values some test comes out otherwise. So that after one more behaviour nothing is
//! looked at whose answer stays on the same side of every edge.

use super::depends::Reads;
use super::fill::Slots;
use super::metric::Measure;
use super::program::{Node, Program, Segmented};
use super::slot::{MISSING, Reading, Slot, UNKNOWN};
use super::window::Window;
use crate::types::SegmentId;

/// What is watched of one slot.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The kinds of behaviour that can change it, by their bits.
    pub(super) kinds: u32,
    /// The values at which some test comes out otherwise than just below, ascending.
    edges: Vec<i64>,
    /// Whether some test asks for single values.
    exact: bool,
    /// The segments with a test of it, by their places, ascending.
    pub(super) readers: Vec<u32>,
}

impl Watch {
    /// Whether a test of it may come out otherwise than before.
    pub(super) fn is_crossed(&self, before: i64, after: i64) -> bool {
        let side = |value: i64| self.edges.partition_point(|edge| *edge <= value);
        before != after && (self.exact || side(before) != side(after))
    }

    fn edge(&mut self, edge: i64) {
        if let Err(place) = self.edges.binary_search(&edge) {
            self.edges.insert(place, edge);
        }
    }

    /// The next edge above a value.
    pub(super) fn next_edge(&self, value: i64) -> Option<i64> {
        self.edges.get(self.edges.partition_point(|edge| *edge <= value)).copied()
    }
}

impl Program {
    /// Watches what a segment asks, which was compiled just now.
    pub(super) fn watch(&mut self, place: usize, from: usize) {
        let slots = self.slots.len();
        while self.watches.len() < slots {
            let mut reads = Reads::default();
            self.reach(self.watches.len() as u32, &mut reads);
            // What nothing is known of, and what is not there, is a side of its own.
            let edges = vec![UNKNOWN + 1, MISSING + 1];
            self.watches.push(Watch { kinds: reads.kinds, edges, ..Watch::default() });
        }
        for node in self.nodes.get(from..).unwrap_or_default() {
            let slot = node.slot().unwrap_or(u32::MAX);
            let Some(watch) = self.watches.get_mut(slot as usize) else { continue };
            match node {
                Node::Range { .. } => node.edges().into_iter().for_each(|edge| watch.edge(edge)),
                _ => watch.exact = true,
            }
            if watch.readers.last() != Some(&(place as u32)) {
                watch.readers.push(place as u32);
            }
        }
    }

    /// The segment of which this is the hash.
    pub(crate) fn segment_named(&self, hash: u32) -> Option<&SegmentId> {
        let named = |segment: &&Segmented| segment.hash == hash;
        self.segments.iter().find(named).map(|segment| &segment.id)
    }

    /// Of which kinds of behaviour any can change a segment.
    pub(crate) fn segment_kinds(&self) -> u32 {
        self.segments.iter().fold(0, |kinds, segment: &Segmented| kinds | segment.reads.kinds)
    }
}

impl Slot {
    /// Whether neither behaviours nor time alone change it, but for what a view says comes
    /// or goes.
    pub(super) fn stands_still(&self) -> bool {
        match self {
            Self::Attribute(_, reading, _) | Self::Session(_, reading, _) => !matches!(
                reading,
                Reading::Since | Reading::Held | Reading::Anniversary | Reading::Meets(_)
            ),
            Self::Bucket(_) | Self::Segment => true,
            _ => false,
        }
    }

    /// Whether one more behaviour only puts off when time alone brings it to another side of
    /// an edge, as long as it is on the same side with that behaviour as without.
    pub(super) fn is_put_off(&self) -> bool {
        let Self::Metric(aggregate) = self else { return false };
        let ever = aggregate.window == Window::Ever;
        aggregate.only_falls() || ever && aggregate.measure != Measure::SinceFirst
    }

    /// Whether it grows as time passes.
    pub(super) fn grows(&self) -> bool {
        let Self::Metric(aggregate) = self else { return false };
        matches!(aggregate.measure, Measure::Since | Measure::SinceFirst)
    }
}

/// What stands for answers: others give others, but for a chance of one in 2^64.
pub(crate) fn digest(slots: &Slots) -> u64 {
    let mixed = |(place, value): (u64, &i64)| {
        let mut x = (*value as u64).wrapping_add((place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    (0..).zip(slots).fold(0, |all, of| all ^ mixed(of))
}
