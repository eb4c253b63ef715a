//! What every customer can ask for. So far: everything that is kept of them.

mod access;

pub use access::{ContactLine, CustomerReport, Fact, HistoryLine};
