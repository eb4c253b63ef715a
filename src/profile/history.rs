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
    /// As [`Kind::stored`](crate::Kind::stored) says.
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

/// How many rows wait before they are packed when the record is written.
const WAITING: usize = 12;

/// How many rows wait at most while many are taken in.
const MOST_WAITING: usize = 512;

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

            /// The last column alone.
            fn read_last(reader: &mut Reader<'_>, length: usize) -> Option<Vec<u32>> {
                reader.take(length.checked_mul(8)?)?;
                const OTHERS: usize = [$(stringify!($name)),*].len() - 1;
                (0..OTHERS).try_for_each(|_| reader.skip(length))?;
                reader.column(length)
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
        let ids = ids.get(..self.packed_rows).unwrap_or_default();
        self.waiting.iter().any(|row| row.id == id && row.under == under)
            || ids.contains(&bytes) && self.has_packed(bytes, under)
    }

    /// Whether a row of this id, whose identifiers are looked at too, is packed.
    fn has_packed(&self, id: [u8; 8], under: u32) -> bool {
        let (ids, _) = self.packed.as_chunks::<8>();
        let unders = Columns::read_last(&mut Reader::new(&self.packed), self.packed_rows);
        let mut rows = ids.iter().zip(unders.unwrap_or_default());
        rows.any(|row| row == (&id, under))
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

    /// Packs what waits when there is so much that looking through it takes its time.
    pub(crate) fn pack_most(&mut self) {
        if self.waiting.len() >= MOST_WAITING {
            self.pack();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The n-th of some rows whose columns are written in every form: equal cells, steps,
    /// mostly zeros, and cells without an order.
    fn row(n: u32) -> Row {
        Row {
            at: 1_700_000_000_000 + i64::from(n) * 60_000,
            id: u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            kind: 3,
            channel: n % 3,
            item: n.wrapping_mul(0x9e37_79b9) >> 8,
            order: n / 5,
            place: if n == 40 { 7 } else { 0 },
            action: 0,
            quantity: 1000,
            amount: i64::from(n % 17) * 990_000 - 5,
            currency: 2,
            under: u32::from(n % 10 == 4),
        }
    }

    #[test]
    fn an_event_is_known_under_its_identifier_packed_or_not() {
        let mut history = History::default();
        (0..100).for_each(|n| history.insert(row(n)));
        for _ in 0..2 {
            for n in 0..100 {
                let Row { id, under, .. } = row(n);
                assert!(history.has(id, under), "row {n}");
                assert!(!history.has(id, 1 - under), "row {n} under the other identifier");
            }
            assert!(!history.has(row(100).id, 0));
            history.pack();
        }
    }

    #[test]
    fn much_that_waits_is_packed_and_nothing_lost() {
        let mut history = History::default();
        for n in 0..2_000 {
            history.insert(row(n));
            history.pack_most();
            assert!(history.waiting.len() < MOST_WAITING);
        }
        history.pack_much();
        assert!(history.waiting.is_empty());
        assert_eq!(history.columns(), (0..2_000).map(row).collect());
    }
}
