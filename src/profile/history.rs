//! What a customer did, as columns ordered by time and event id.

use serde::{Deserialize, Serialize};

use super::column::{ascending, fixed, scaled, sparse};

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
    ($($(#[$attribute:meta])* $name:ident: $cell:ty,)*) => {
        /// The rows, a column for each field, ordered by time, then id.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        pub(crate) struct History {
            $($(#[$attribute])* pub(crate) $name: Vec<$cell>,)*
        }

        impl History {
            fn insert_at(&mut self, place: usize, row: Row) {
                $(self.$name.insert(place, row.$name);)*
            }

            /// Whether all columns are of one length, as stored bytes may not be.
            pub(crate) fn is_whole(&self) -> bool {
                let length = self.id.len();
                $(self.$name.len() == length)&&* && self.at.is_sorted()
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

columns! {
    #[serde(with = "ascending")] at: i64,
    #[serde(with = "fixed")] id: u64,
    #[serde(with = "sparse")] kind: u32,
    #[serde(with = "sparse")] channel: u32,
    #[serde(with = "sparse")] item: u32,
    #[serde(with = "sparse")] order: u32,
    #[serde(with = "sparse")] place: u32,
    #[serde(with = "sparse")] action: u32,
    #[serde(with = "scaled")] quantity: i64,
    #[serde(with = "scaled")] amount: i64,
    #[serde(with = "sparse")] currency: u32,
}

impl History {
    /// Whether an event is here already.
    pub(crate) fn has(&self, id: u64) -> bool {
        self.id.contains(&id)
    }

    /// Puts a row in its place.
    pub(crate) fn insert(&mut self, row: Row) {
        let earlier = self.at.partition_point(|at| *at < row.at);
        let rest = self.at.iter().zip(&self.id).skip(earlier);
        let same = rest
            .take_while(|(at, id)| (**at, **id) < (row.at, row.id))
            .count();
        self.insert_at(earlier + same, row);
    }

    pub(crate) fn len(&self) -> usize {
        self.id.len()
    }
}
