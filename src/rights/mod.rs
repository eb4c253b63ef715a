//! What every customer can ask for: everything that is kept of them, on one page and as
//! something to take along.

mod access;
mod data_use;
mod page;
mod portability;
mod record;

pub use access::{
    ChoiceLine, ContactLine, CustomerReport, Fact, HistoryLine, KnownFrom, Linked, UseLine,
};
pub use data_use::{CategoryUse, DataUse};
pub use portability::CustomerExport;
pub use record::{ConsentEvent, ConsentRecord, Pii, Processing};
