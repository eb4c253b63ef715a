//! Everything in. The files are read twice, so that they need not fit in memory: once for
//! what a shop would know before (its catalogue and its customers), once to be recorded.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{Catalog, Engine, Event, Identifier, Item, Refusal, Timestamp, days, hours};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::Arguments;
use crate::support::Result;
use crate::support::facts;
use crate::support::lines::{EventFiles, full_grant};

/// How many events are recorded together. The more there are, the more of one customer's
/// are among them, and those share a commit.
const CHUNK: usize = 50_000;

/// What is in the files.
pub(crate) struct Survey {
    /// Everybody, and whether a line names them.
    pub(crate) customers: BTreeMap<Identifier, bool>,
    pub(crate) items: BTreeSet<String>,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

impl Survey {
    pub(crate) fn of(files: &EventFiles) -> Result<Self> {
        let (customers, items) = (BTreeMap::new(), BTreeSet::new());
        let mut survey = Self { customers, items, first: Timestamp::MAX, last: Timestamp::MIN };
        files.read(|line| {
            survey.first = survey.first.min(line.at);
            survey.last = survey.last.max(line.at);
            survey.customers.insert(line.customer, line.identified);
            if let Some(item) = line.item.filter(|item| !survey.items.contains(item)) {
                survey.items.insert(item);
            }
            Ok(())
        })?;
        if survey.customers.is_empty() {
            return Err("there is no line in these files".into());
        }
        Ok(survey)
    }
}

/// What came of recording.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) accepted: usize,
    pub(crate) duplicates: usize,
    pub(crate) refused: usize,
    pub(crate) first_refusal: Option<String>,
    now: Timestamp,
}

/// Records what the arguments name, as often and in the order that they say.
pub(crate) fn record(survey: &Survey, arguments: &Arguments) -> Result<Loaded> {
    let items = survey.items.iter().map(|item| Item::new(item.as_str()));
    let engine = Engine::builder().catalog(Catalog::new(items)?).build()?;
    let (accepted, duplicates, refused) = (0, 0, 0);
    let now = survey.last;
    let mut loaded = Loaded { engine, accepted, duplicates, refused, first_refusal: None, now };
    let background = background(survey, arguments)?;
    for _ in 0..=u8::from(arguments.twice) {
        loaded.take(background.clone());
        match arguments.shuffle {
            None => loaded.in_order(&arguments.events)?,
            Some(seed) => loaded.shuffled(&arguments.events, seed)?,
        }
    }
    Ok(loaded)
}

/// Grants, which are assumed, and what is known of customers. What is stated must be
/// allowed by then, so it follows an hour later.
fn background(survey: &Survey, arguments: &Arguments) -> Result<Vec<Event>> {
    let beginning = survey.first - days(1);
    let mut known = Vec::new();
    for file in crate::facts(arguments) {
        known.extend(facts::read(&file, beginning + hours(1))?);
    }
    let customers: BTreeSet<&Identifier> =
        survey.customers.keys().chain(known.iter().map(Event::customer)).collect();
    let grants = customers.into_iter().map(|customer| full_grant(customer, beginning));
    let mut events: Vec<Event> = grants.collect();
    events.extend(known);
    Ok(events)
}

impl Loaded {
    /// How many events reached the engine.
    pub(crate) fn sent(&self) -> usize {
        self.accepted + self.duplicates + self.refused
    }

    fn in_order(&mut self, files: &EventFiles) -> Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK);
        files.read(|line| {
            chunk.push(line.event());
            if chunk.len() == CHUNK {
                self.take(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
            }
            Ok(())
        })?;
        self.take(chunk);
        Ok(())
    }

    fn shuffled(&mut self, files: &EventFiles, seed: u64) -> Result<()> {
        let mut events = Vec::new();
        files.read(|line| {
            events.push(line.event());
            Ok(())
        })?;
        events.shuffle(&mut StdRng::seed_from_u64(seed));
        while !events.is_empty() {
            let rest = events.len().saturating_sub(CHUNK);
            self.take(events.split_off(rest));
        }
        Ok(())
    }

    fn take(&mut self, events: Vec<Event>) {
        let report = self.engine.record_all(self.now, events);
        self.accepted += report.accepted;
        self.duplicates += report.duplicates;
        self.refused += report.refused.len();
        if let (None, Some((_, refusal))) = (&self.first_refusal, report.refused.first()) {
            self.first_refusal = Some(match refusal {
                Refusal::Error(error) => error.to_string(),
                Refusal::NotAllowed(what) => format!("it is not allowed: {what:?}"),
            });
        }
    }
}
