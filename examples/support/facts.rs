//! Files of what is known of customers: one line, one customer; one column, one attribute.

use std::path::Path;

use confidant::{Event, Timestamp};

use super::Result;
use super::lines::CUSTOMER;
use super::table::{Table, plain};

/// Every line of a file as what a system of the host's knows at an instant. An empty field
/// states nothing, and neither does a line of empty fields.
pub(crate) fn read(file: &Path, at: Timestamp) -> Result<Vec<Event>> {
    let table = Table::open(file)?;
    let customer = table.need(CUSTOMER)?;
    let names = table.names();
    let stem = file.file_name().unwrap_or_default().to_string_lossy();
    let source = plain(stem.split('.').next().unwrap_or_default());
    let mut facts = Vec::new();
    table.each(|row| {
        let mut known = Event::observed(row.need(customer)?, at).source(format!("{source} file"));
        let mut any = false;
        for (column, name) in names.iter().enumerate().filter(|(column, _)| *column != customer) {
            if let Some(value) = row.get(column) {
                known = known.attribute(name.as_str(), value);
                any = true;
            }
        }
        if any {
            facts.push(known.into());
        }
        Ok(())
    })?;
    Ok(facts)
}
