//! What every customer can ask for: everything that is kept of them, on one page and as
//! something to take along.

mod access;
mod certificate;
mod ledger;
mod page;
mod portability;

pub use access::{
    ChoiceLine, ContactLine, CustomerReport, Fact, HistoryLine, KnownFrom, Linked, UseLine,
};
pub use certificate::{Erased, ErasureCertificate, Kept};
pub use ledger::LedgerLine;
pub use portability::CustomerExport;
