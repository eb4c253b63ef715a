//! On what a segment depends: which slots it reads, through others too, and which kinds of
//! behaviour can change it.

use super::program::{Program, Segmented};
use super::slot::{Following, Group, Slot};
use crate::event::Kind;

/// What a segment reads.
#[derive(Debug, Default, Clone)]
pub(super) struct Reads {
    /// Ascending, those through others included.
    pub(super) slots: Vec<u32>,
    /// The kinds of behaviour, by their bits.
    pub(super) kinds: u32,
}

impl Program {
    /// What the nodes from a place on read.
    pub(super) fn reads(&self, from: usize) -> Reads {
        let mut reads = Reads::default();
        let nodes = self.nodes.get(from..).unwrap_or_default();
        nodes.iter().filter_map(|node| node.slot()).for_each(|slot| self.reach(slot, &mut reads));
        reads.slots.sort_unstable();
        reads.slots.dedup();
        reads
    }

    pub(super) fn reach(&self, slot: u32, reads: &mut Reads) {
        reads.slots.push(slot);
        match self.slots.get(slot as usize) {
            Some(Slot::Metric(aggregate)) => reads.kinds |= aggregate.of.filter.kinds(),
            Some(Slot::Pick(choosing)) => reads.kinds |= choosing.of.filter.kinds(),
            Some(Slot::Sequence(following)) => reads.kinds |= following.kinds(),
            Some(Slot::Stage(_)) => reads.kinds |= Kind::Purchased.bit(),
            Some(Slot::Ratio(part, whole)) => {
                self.reach(*part, reads);
                self.reach(*whole, reads);
            }
            Some(Slot::Rank(placed)) => {
                self.reach(placed.figure, reads);
                if let Some(Group::Cluster(cluster)) = placed.per {
                    self.reach(cluster, reads);
                }
            }
            Some(Slot::Cluster(_, features)) => {
                features.iter().for_each(|feature| self.reach(*feature, reads));
            }
            Some(Slot::Segment) => {
                let asked = self.segments.iter().find(|segment| segment.slot == slot);
                if let Some(Segmented { reads: other, .. }) = asked {
                    reads.slots.extend(&other.slots);
                    reads.kinds |= other.kinds;
                }
            }
            Some(Slot::Attribute(..) | Slot::Session(..) | Slot::Bucket(_)) | None => {}
        }
    }
}

impl Following {
    fn kinds(&self) -> u32 {
        let steps = self.steps.iter().flat_map(|step| step.without.iter().chain([&step.of]));
        let quiet = self.quiet.iter().map(|(of, _)| of);
        steps.chain(quiet).fold(0, |kinds, of| kinds | of.filter.kinds())
    }
}
