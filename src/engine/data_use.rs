//! What is collected and what it is good for, over everybody.

use std::time::Duration;

use super::{Engine, Setup};
use crate::error::Result;
use crate::profile::{Held, Profile};
use crate::rights::{CategoryUse, DataUse};
use crate::store::{Entry, Key, decode, is_customer};
use crate::types::Timestamp;

/// How many keys are read at once.
const PAGE: usize = 1000;

impl Engine {
    /// Of each kind of data: of how many customers it is kept, how many of them allow its
    /// use, and which decision that was acted on read it last. What was not used for
    /// `unused_for` is proposed to be collected no more. It reads everybody once, and says
    /// nothing of anybody.
    ///
    /// ```
    /// use confidant::{DataCategory, Engine, Event, Timestamp, days};
    ///
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let engine = Engine::builder().build()?;
    /// engine.record(monday, Event::purchased("ana", monday))?;
    /// let report = engine.data_use(monday + days(200), days(180))?;
    /// let purchases = &report.lines[0];
    /// assert_eq!((&purchases.category, purchases.collected), (&DataCategory::Purchases, 1));
    /// assert!(purchases.stop_collecting);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The store failed, or a record is damaged.
    pub fn data_use(&self, now: Timestamp, unused_for: Duration) -> Result<DataUse> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let lines = setup.privacy.categories();
        let lines = lines.map(|(category, basis)| CategoryUse::new(category.clone(), basis));
        let mut found = DataUse { at: now, customers: 0, unused_for, lines: lines.collect() };
        let mut after = None;
        loop {
            let page = self.store.scan(after.as_ref(), PAGE)?;
            for (key, stored) in page.iter().filter(|(_, stored)| is_customer(&stored.bytes)) {
                if let Entry::Customer(profile) = decode(key, &stored.bytes)? {
                    let held = self.held(setup, key, &profile)?;
                    setup.add_use(&mut found, &profile, &held, now);
                }
            }
            after = page.last().map(|(key, _)| key.clone());
            if page.len() < PAGE {
                break;
            }
        }
        found.lines.iter_mut().for_each(|line| line.propose(now, unused_for));
        Ok(found)
    }

    /// What is held of a customer, with what lies behind the head.
    fn held(&self, setup: &Setup, head: &Key, profile: &Profile) -> Result<Held> {
        let held = profile.held(&setup.privacy);
        let chunks: Vec<Key> = profile.sealed.chunks().map(|part| head.sibling(part)).collect();
        if chunks.is_empty() {
            return Ok(held);
        }
        let found = self.store.read(&chunks)?;
        chunks.iter().zip(found).try_fold(held, |held, (key, found)| {
            // What is gone was sealed anew meanwhile.
            let chunk = found.map(|stored| decode(key, &stored.bytes)).transpose()?;
            Ok(match chunk {
                Some(Entry::Chunk(chunk)) => held.and(&chunk.held(&setup.privacy)),
                _ => held,
            })
        })
    }
}

impl Setup {
    /// Counts one customer.
    fn add_use(&self, found: &mut DataUse, profile: &Profile, held: &Held, now: Timestamp) {
        found.customers += 1;
        let permitted = profile.choices.consented(&self.privacy, now);
        for (number, since) in held.iter() {
            let Some(line) = found.lines.get_mut(number) else { continue };
            line.collected += 1;
            line.permitted += u64::from(permitted.has(number));
            line.since = Some(line.since.map_or(since, |known| known.min(since)));
        }
        for (category, last) in profile.uses.iter() {
            let number = self.privacy.number(category);
            if let Some(line) = number.and_then(|number| found.lines.get_mut(number)) {
                let last = (last.at, last.action.clone(), last.channel.clone());
                line.last = line.last.take().max(Some(last));
            }
        }
    }
}
