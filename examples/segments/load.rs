//! Everything in. The files are read twice: once for what a shop would know before, once to
//! be recorded.

use std::collections::BTreeSet;

use confidant::{Catalog, Currency, Engine, Event, Identifier, Item, Kind, Timestamp, days};

use crate::shop;
use crate::support::Result;
use crate::support::lines::{EventFiles, Line, full_grant};

/// How many events are recorded together.
const CHUNK: usize = 50_000;

/// What is in the files, up to an instant.
pub(crate) struct Survey {
    customers: BTreeSet<Identifier>,
    buyers: BTreeSet<Identifier>,
    items: BTreeSet<String>,
    currency: Option<Currency>,
    first: Timestamp,
    as_of: Timestamp,
}

impl Survey {
    /// Of the lines up to an instant; of all, if it is not said.
    pub(crate) fn of(files: &EventFiles, as_of: Option<Timestamp>) -> Result<Self> {
        let (customers, buyers, items) = Default::default();
        let (first, currency) = (Timestamp::MAX, None);
        let as_of = as_of.unwrap_or(Timestamp::MIN);
        let mut survey = Self { customers, buyers, items, currency, first, as_of };
        let open = as_of == Timestamp::MIN;
        files.read(|line| {
            if open {
                survey.as_of = survey.as_of.max(line.at);
            }
            if line.identified && (open || line.at <= survey.as_of) {
                survey.add(line);
            }
            Ok(())
        })?;
        match survey.customers.is_empty() {
            true => Err("there is no line of a customer up to then in these files".into()),
            false => Ok(survey),
        }
    }

    /// How many customers are named.
    pub(crate) fn customers(&self) -> usize {
        self.customers.len()
    }

    /// How many of them bought something.
    pub(crate) fn buyers(&self) -> usize {
        self.buyers.len()
    }

    fn add(&mut self, line: Line) {
        self.first = self.first.min(line.at);
        if line.kind == Kind::Purchased {
            self.buyers.insert(line.customer.clone());
            self.currency = self.currency.or(line.amount.map(|amount| amount.currency()));
        }
        self.customers.insert(line.customer);
        self.items.extend(line.item);
    }
}

/// A shop that was told of everything.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) customers: BTreeSet<Identifier>,
    pub(crate) currency: Currency,
    pub(crate) now: Timestamp,
}

/// Everything that was done up to then, after what allows it.
pub(crate) fn record(survey: &Survey, files: &EventFiles) -> Result<Loaded> {
    let currency = survey.currency.ok_or("no line has an amount")?;
    let items = survey.items.iter().map(|item| Item::new(item.as_str()));
    let builder = shop::builder(currency, survey.buyers());
    let engine = builder.catalog(Catalog::new(items)?).build()?;
    let (customers, now) = (survey.customers.clone(), survey.as_of);
    let loaded = Loaded { engine, customers, currency, now };
    let grants = survey.customers.iter().map(|who| full_grant(who.clone(), survey.first - days(1)));
    loaded.take(grants.collect())?;
    let mut events = Vec::new();
    files.read(|line| {
        if line.identified && line.at <= loaded.now {
            events.push(line.event());
        }
        if events.len() >= CHUNK {
            loaded.take(std::mem::take(&mut events))?;
        }
        Ok(())
    })?;
    loaded.take(events)?;
    Ok(loaded)
}

impl Loaded {
    fn take(&self, events: Vec<Event>) -> Result<()> {
        let refused = self.engine.record_all(self.now, events).refused;
        match refused.first() {
            Some((_, refusal)) => Err(format!("an event was refused: {refusal:?}").into()),
            None => Ok(()),
        }
    }
}
