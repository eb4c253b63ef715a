//! What a customer did. Most of it is packed: columns ordered by time and event id, as
//! bytes that are only opened to be read. What came in last waits behind them, row by
//! row, so that one more event does not cost the whole history; from time to time it is
//! packed too.
//!
//! In bytes: the number of packed rows (varint), the columns in the order of [`Columns`]
//! with their length before them (varint), and each waiting row as its id in eight bytes
//! and varints, of which times, quantities and amounts are zigzagged.

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
    /// The identifier under which it was told, as a text; none for the customer's own.
    pub(crate) under: u32,
}

/// How many rows wait before they are packed.
const WAITING: usize = 12;

/// About how many bytes a waiting row takes.
const ROW: usize = 32;

/// Everything that a customer did.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    packed: Vec<u8>,
    packed_rows: usize,
    /// In the order of arrival.
    waiting: Vec<Row>,
}

as_bytes!(History);

macro_rules! columns {
    ($($name:ident: $cell:ty,)*) => {
        /// The rows, a column for each field, ordered by time, then id. The order of the
        /// columns is part of the stored form; the ids come first, eight bytes each, and
        /// so vouch for the length of all others.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub(crate) struct Columns {
            pub(crate) id: Vec<u64>,
            $(pub(crate) $name: Vec<$cell>,)*
        }

        impl Columns {
            fn reserve(&mut self, rows: usize) {
                self.id.reserve(rows);
                $(self.$name.reserve(rows);)*
            }

            fn push(&mut self, row: &Row) {
                self.id.push(row.id);
                $(self.$name.push(row.$name);)*
            }

            fn write(&self, writer: &mut Writer) {
                writer.fixed(&self.id);
                $(writer.column(&self.$name);)*
            }

            fn read(reader: &mut Reader<'_>, length: usize) -> Option<Self> {
                Some(Self { id: reader.fixed(length)?, $($name: reader.column(length)?,)* })
            }

            /// The rows, one by one.
            pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
                let mut n = 0;
                std::iter::from_fn(move || {
                    let row = Row { id: *self.id.get(n)?, $($name: *self.$name.get(n)?,)* };
                    n += 1;
                    Some(row)
                })
            }
        }
    };
}

columns! {
    at: i64,
    kind: u32,
    channel: u32,
    item: u32,
    order: u32,
    place: u32,
    action: u32,
    quantity: i64,
    amount: i64,
    currency: u32,
    under: u32,
}

impl FromIterator<Row> for Columns {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        let mut columns = Self::default();
        rows.into_iter().for_each(|row| columns.push(&row));
        columns
    }
}

impl Columns {
    fn last(&self) -> Option<(i64, u64)> {
        Some((*self.at.last()?, *self.id.last()?))
    }
}

impl Row {
    fn write(&self, writer: &mut Writer) {
        writer.fixed(&[self.id]);
        [self.at, self.quantity, self.amount].into_iter().for_each(|cell| writer.signed(cell));
        let texts = [self.channel, self.item, self.order, self.place, self.action, self.currency];
        let texts = texts.into_iter().chain([self.under]);
        writer.number(self.kind.into());
        texts.for_each(|cell| writer.number(cell.into()));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let id = u64::from_le_bytes(*reader.take(8)?.first_chunk()?);
        let (at, quantity, amount) = (reader.signed()?, reader.signed()?, reader.signed()?);
        let mut text = || u32::try_from(reader.number()?).ok();
        Some(Self {
            id,
            at,
            quantity,
            amount,
            kind: text()?,
            channel: text()?,
            item: text()?,
            order: text()?,
            place: text()?,
            action: text()?,
            currency: text()?,
            under: text()?,
        })
    }
}

impl History {
    /// Whether an event, told under an identifier, is here already.
    pub(crate) fn has(&self, id: u64, under: u32) -> bool {
        let (ids, _) = self.packed.as_chunks::<8>();
        let bytes = id.to_le_bytes();
        let same = |row: &Row| row.id == id && row.under == under;
        // What is packed is only opened if the id is there at all.
        ids.iter().take(self.packed_rows).any(|packed| *packed == bytes)
            && self.columns().rows().any(|row| same(&row))
            || self.waiting.iter().any(same)
    }

    /// Takes a row in.
    pub(crate) fn insert(&mut self, row: Row) {
        self.waiting.push(row);
    }

    /// Keeps only those rows.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Row) -> bool) {
        let all = self.columns();
        let mut kept = Self::default();
        all.rows().filter(|row| keep(row)).for_each(|row| kept.insert(row));
        if kept.len() < self.len() {
            kept.pack();
            *self = kept;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.packed_rows + self.waiting.len()
    }

    /// All rows, in order. Packed bytes that nobody can have written hold none.
    pub(crate) fn columns(&self) -> Columns {
        let mut reader = Reader::new(&self.packed).with_room(self.waiting.len());
        let packed = Columns::read(&mut reader, self.packed_rows);
        let packed = packed.unwrap_or_default();
        if self.waiting.is_empty() {
            return packed;
        }
        let key = |row: &Row| (row.at, row.id);
        let mut waiting = self.waiting.clone();
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
        if self.waiting.len() >= WAITING {
            self.pack();
        }
    }

    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        64 + self.packed.len() + self.waiting.len() * ROW
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(self.packed_rows as u64);
        writer.number(self.packed.len() as u64);
        writer.bytes.extend_from_slice(&self.packed);
        self.waiting.iter().for_each(|row| row.write(writer));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let packed_rows = usize::try_from(reader.number()?).ok()?;
        let length = usize::try_from(reader.number()?).ok()?;
        let packed = reader.take(length)?.to_vec();
        // Every packed row has an id of eight bytes.
        if packed_rows > packed.len() / 8 {
            return None;
        }
        let mut waiting = Vec::with_capacity(WAITING);
        while !reader.is_empty() {
            waiting.push(Row::read(reader)?);
        }
        Some(Self { packed, packed_rows, waiting })
    }
}

/// By content: what waits and what is packed makes no difference.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.columns() == other.columns()
    }
}
