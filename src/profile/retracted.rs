//! The ids of what was taken back, so that what comes later under one of them is known to
//! be nothing. In bytes: how many there are (varint), the ids in eight bytes each, ascending,
//! and a column of the logs that they are of.

use super::column::{Reader, Writer, as_bytes};

/// Fingerprints of events that were taken back, each with the number of its log, ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Retracted(Vec<(u64, u32)>);

as_bytes!(Retracted);

impl Retracted {
    /// Whether what is told there under this id is nothing.
    pub(crate) fn has(&self, id: u64, under: u32) -> bool {
        self.0.binary_search(&(id, under)).is_ok()
    }

    /// Adds an id; false if it is here already.
    pub(crate) fn add(&mut self, id: u64, under: u32) -> bool {
        match self.0.binary_search(&(id, under)) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, (id, under));
                true
            }
        }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        self.0.iter().copied()
    }

    /// The same with other numbers for the logs.
    pub(super) fn renumber(&mut self, mut number: impl FnMut(u32) -> u32) {
        self.0.iter_mut().for_each(|(_, under)| *under = number(*under));
        self.0.sort_unstable();
    }

    fn room(&self) -> usize {
        16 + self.0.len() * 10
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(self.0.len() as u64);
        writer.fixed(&self.0.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        writer.column(&self.0.iter().map(|(_, under)| *under).collect::<Vec<_>>());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = reader.number()?.try_into().ok()?;
        let ids = reader.fixed(length)?.into_iter();
        let all: Vec<(u64, u32)> = ids.zip(reader.column(length)?).collect();
        all.is_sorted_by(|a, b| a < b).then_some(Self(all))
    }
}
