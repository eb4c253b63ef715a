//! What a customer did, as columns ordered by time and event id.

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

macro_rules! columns {
    ($($name:ident: $cell:ty as $form:ident,)*) => {
        /// The rows, a column for each field, ordered by time, then id.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub(crate) struct History {
            $($name: Vec<$cell>,)*
        }

        impl History {
            fn insert_at(&mut self, place: usize, row: Row) {
                $(self.$name.insert(place, row.$name);)*
            }

            fn write_columns(&self, writer: &mut Writer) {
                $(writer.$form(&self.$name);)*
            }

            fn read_columns(reader: &mut Reader<'_>, length: usize) -> Option<Self> {
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

as_bytes!(History);

impl History {
    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        128 + self.id.len() * 32
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(self.id.len() as u64);
        self.write_columns(writer);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = usize::try_from(reader.number()?).ok()?;
        Self::read_columns(reader, length).filter(|history| history.at.is_sorted())
    }

    /// Whether an event is here already.
    pub(crate) fn has(&self, id: u64) -> bool {
        self.id.contains(&id)
    }

    /// Puts a row in its place.
    pub(crate) fn insert(&mut self, row: Row) {
        let earlier = self.at.partition_point(|at| *at < row.at);
        let rest = self.at.iter().zip(&self.id).skip(earlier);
        let same = rest.take_while(|(at, id)| (**at, **id) < (row.at, row.id)).count();
        self.insert_at(earlier + same, row);
    }

    pub(crate) fn len(&self) -> usize {
        self.id.len()
    }
}
