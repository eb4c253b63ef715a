//! Rows of files, kept as they are.

use std::path::Path;

use confidant::Timestamp;
use confidant::evaluate::Interaction;

use crate::support::Result;
use crate::support::lines::{CUSTOMER, instant};
use crate::support::table::{Mapping, Table, plain};

/// A customer, session or order had to do with an item.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) customer: String,
    pub(crate) order: String,
    pub(crate) item: String,
    pub(crate) at: Timestamp,
}

/// The names of columns of items.
pub(crate) const ITEM: &[&str] = &["product_id", "item_id", "iid", "sku", "item"];

pub(crate) fn interactions(rows: &[Row]) -> Vec<Interaction<'_>> {
    rows.iter().map(Row::interaction).collect()
}

impl Row {
    fn interaction(&self) -> Interaction<'_> {
        let Self { customer, order, item, at } = self;
        Interaction { customer, order, item, at: *at }
    }
}

/// A file of customers and items.
pub(crate) fn pairs(file: &Path, map: &Mapping) -> Result<Vec<Row>> {
    let table = Table::open(file)?;
    let customer = column(&table, map, "customer", CUSTOMER)?;
    let item = column(&table, map, "item", ITEM)?;
    let mut rows = Vec::new();
    table.each(|row| {
        let (customer, item) = (row.need(customer)?.to_owned(), row.need(item)?.to_owned());
        rows.push(Row { customer, item, order: String::new(), at: Timestamp::from_millis(0) });
        Ok(())
    })?;
    Ok(rows)
}

/// A file of sessions, click by click. Of clicks of a session that are told with the same
/// time, the one that comes first in the file came first.
pub(crate) fn clicks(file: &Path, map: &Mapping) -> Result<Vec<Row>> {
    let table = Table::open(file)?;
    let session = column(&table, map, "session", &["SessionId", "session"])?;
    let item = column(&table, map, "item", ITEM)?;
    let time = column(&table, map, "time", &["time", "ts", "timestamp", "date"])?;
    let mut rows = Vec::new();
    let mut last = std::collections::HashMap::new();
    table.each(|row| {
        let session = row.need(session)?.to_owned();
        let at = instant(row.need(time)?)
            .ok_or_else(|| row.wrong("not a time: expected RFC 3339, a date, or Unix seconds"))?;
        let (told, at) = match last.get(&session) {
            Some((told, latest)) if *told == at => {
                (at, *latest + std::time::Duration::from_millis(1))
            }
            _ => (at, at),
        };
        last.insert(session.clone(), (told, at));
        let item = row.need(item)?.to_owned();
        rows.push(Row { customer: session.clone(), order: session, item, at });
        Ok(())
    })?;
    Ok(rows)
}

pub(crate) fn column(table: &Table, map: &Mapping, ours: &str, names: &[&str]) -> Result<usize> {
    match map.iter().find(|(name, _)| *name == plain(ours)) {
        Some((_, theirs)) => table.need(&[theirs]),
        None => table.need(names),
    }
}
