//! What every customer can ask for: everything that is kept of them, on one page and as
//! something to take along.

mod access;
mod certificate;
mod data_use;
mod ledger;
mod page;
mod portability;
mod record;

pub use access::{
    ChoiceLine, ContactLine, CustomerReport, Fact, HistoryLine, KnownFrom, Linked, UseLine,
};
pub use certificate::{Erased, ErasureCertificate, Kept};
pub use data_use::{CategoryUse, DataUse};
pub use ledger::LedgerLine;
pub use portability::CustomerExport;
pub use record::{ConsentEvent, ConsentRecord, Pii, Processing};
