//! What a customer did. Most of it is packed: columns ordered by time and event id, as
//! bytes that are only opened to be read. What came in last waits behind them, row by
//! row, so that one more event does not cost the whole history; from time to time it is
//! packed too.

use super::column::{Reader, Writer, as_bytes};

/// One behaviour. Texts are numbers in the record's dictionary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) at: i64,
    pub(crate) id: u64,
    /// The place in [`Kind::BASE`](crate::Kind::BASE), or above it a text.
    pub(crate) kind: u32,
    pub(crate) channel: u32,
    pub(crate) item: u32,
    pub(crate) order: u32,
    pub(crate) place: u32,
    pub(crate) action: u32,
    /// In thousandths.
    pub(crate) quantity: i64,
    /// In millionths.
    pub(crate) amount: i64,
    pub(crate) currency: u32,
}

/// How many rows wait before they are packed.
const WAITING: usize = 8;

/// How many bytes a waiting row takes.
const ROW: usize = 60;

/// Everything that a customer did.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    packed: Vec<u8>,
    packed_rows: usize,
    waiting: Vec<u8>,
}

as_bytes!(History);

macro_rules! columns {
    ($($name:ident: $cell:ty as $form:ident,)*) => {
        /// The rows, a column for each field, ordered by time, then id.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub(crate) struct Columns {
            $($name: Vec<$cell>,)*
        }

        impl Columns {
            fn reserve(&mut self, rows: usize) {
                $(self.$name.reserve(rows);)*
            }

            fn push(&mut self, row: &Row) {
                $(self.$name.push(row.$name);)*
            }

            fn write(&self, writer: &mut Writer) {
                $(writer.$form(&self.$name);)*
            }

            fn read(reader: &mut Reader<'_>, length: usize) -> Option<Self> {
                Some(Self { $($name: reader.$form(length)?,)* })
            }

            /// The rows, one by one.
            pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
                let mut n = 0;
                std::iter::from_fn(move || {
                    let row = Row { $($name: *self.$name.get(n)?,)* };
                    n += 1;
                    Some(row)
                })
            }
        }
    };
}

// The ids come first: their bytes vouch for the length of all other columns. The order
// is part of the stored format.
columns! {
    id: u64 as fixed,
    at: i64 as ascending,
    kind: u32 as small,
    channel: u32 as small,
    item: u32 as small,
    order: u32 as small,
    place: u32 as small,
    action: u32 as small,
    quantity: i64 as wide,
    amount: i64 as wide,
    currency: u32 as small,
}

impl Columns {
    fn last(&self) -> Option<(i64, u64)> {
        Some((*self.at.last()?, *self.id.last()?))
    }
}

impl Row {
    fn to_bytes(self) -> [u8; ROW] {
        let wide = [self.id, self.at as u64, self.quantity as u64, self.amount as u64];
        let small = [
            self.kind,
            self.channel,
            self.item,
            self.order,
            self.place,
            self.action,
            self.currency,
        ];
        let wide = wide.iter().flat_map(|cell| cell.to_le_bytes());
        let bytes = wide.chain(small.iter().flat_map(|cell| cell.to_le_bytes()));
        let mut row = [0; ROW];
        row.iter_mut().zip(bytes).for_each(|(cell, byte)| *cell = byte);
        row
    }

    fn from_bytes(row: &[u8; ROW]) -> Option<Self> {
        let (wide, small) = row.split_first_chunk::<32>()?;
        let wide = |n: usize| Some(u64::from_le_bytes(*wide.as_chunks().0.get(n)?));
        let small = |n: usize| Some(u32::from_le_bytes(*small.as_chunks().0.get(n)?));
        Some(Self {
            id: wide(0)?,
            at: wide(1)? as i64,
            quantity: wide(2)? as i64,
            amount: wide(3)? as i64,
            kind: small(0)?,
            channel: small(1)?,
            item: small(2)?,
            order: small(3)?,
            place: small(4)?,
            action: small(5)?,
            currency: small(6)?,
        })
    }
}

impl History {
    /// Whether an event is here already.
    pub(crate) fn has(&self, id: u64) -> bool {
        let (ids, _) = self.packed.as_chunks::<8>();
        let id = id.to_le_bytes();
        ids.iter().take(self.packed_rows).any(|packed| *packed == id)
            || self.waiting().iter().any(|row| row.starts_with(&id))
    }

    fn waiting(&self) -> &[[u8; ROW]] {
        self.waiting.as_chunks().0
    }

    /// Takes a row in.
    pub(crate) fn insert(&mut self, row: Row) {
        self.waiting.extend_from_slice(&row.to_bytes());
    }

    pub(crate) fn len(&self) -> usize {
        self.packed_rows + self.waiting().len()
    }

    /// All rows, in order. Packed bytes that nobody can have written hold none.
    pub(crate) fn columns(&self) -> Columns {
        let packed = Columns::read(&mut Reader::new(&self.packed), self.packed_rows);
        let packed = packed.unwrap_or_default();
        if self.waiting.is_empty() {
            return packed;
        }
        let key = |row: &Row| (row.at, row.id);
        let mut waiting: Vec<Row> = self.waiting().iter().filter_map(Row::from_bytes).collect();
        waiting.sort_unstable_by_key(key);
        let mut columns = packed;
        if columns.last() > waiting.first().map(key) {
            // Something came in late: all rows are put in order anew.
            waiting.extend(columns.rows());
            waiting.sort_unstable_by_key(key);
            columns = Columns::default();
        }
        columns.reserve(waiting.len());
        waiting.iter().for_each(|row| columns.push(row));
        columns
    }

    /// Packs what waits.
    pub(crate) fn pack(&mut self) {
        if !self.waiting.is_empty() {
            let mut columns = Writer::with_room(128 + self.len() * 24);
            self.columns().write(&mut columns);
            let (packed, packed_rows) = (columns.bytes, self.len());
            *self = Self { packed, packed_rows, waiting: Vec::new() };
        }
    }

    /// Packs what waits, when it is much.
    pub(crate) fn pack_much(&mut self) {
        if self.waiting().len() >= WAITING {
            self.pack();
        }
    }

    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        64 + self.packed.len() + self.waiting.len()
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(self.packed_rows as u64);
        for bytes in [&self.packed, &self.waiting] {
            writer.number(bytes.len() as u64);
            writer.bytes.extend_from_slice(bytes);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let packed_rows = usize::try_from(reader.number()?).ok()?;
        let mut part = |more: usize| {
            let length = usize::try_from(reader.number()?).ok()?;
            let bytes = reader.take(length)?;
            let mut part = Vec::with_capacity(length + more);
            part.extend_from_slice(bytes);
            Some(part)
        };
        let (packed, waiting) = (part(0)?, part(ROW)?);
        // Every packed row has an id of eight bytes.
        let whole = packed_rows <= packed.len() / 8 && waiting.len().is_multiple_of(ROW);
        whole.then_some(Self { packed, packed_rows, waiting })
    }
}

/// By content: what waits and what is packed makes no difference.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.columns() == other.columns()
    }
}
