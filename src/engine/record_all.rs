//! Recording many events: those of one customer in one commit, those of many customers in
//! one call of the store.

use hashbrown::HashMap;

use super::commit::Failure;
use super::load::{Changes, Load, Loaded};
use super::record::{Recorded, Touched};
use super::{Engine, NotAllowed, Setup};
use crate::error::{Error, Result};
use crate::event::{Detail, Event};
use crate::store::{Key, Stored, redirect};
use crate::types::{DataCategory, Identifier, Timestamp};

/// How many customers are committed together.
const WAVE: usize = 256;

/// How many events of one customer are taken in with one commit.
const MOST_EVENTS: usize = 4_096;

/// What became of many events.
#[derive(Debug, Clone, Default)]
#[must_use = "events may have been turned away"]
pub struct Report {
    /// How many are part of what is known now.
    pub accepted: usize,
    /// Those of them that were taken in part, by their place in what was given, each with
    /// the data categories that may not be kept.
    pub reduced: Vec<(usize, Vec<DataCategory>)>,
    /// How many were already.
    pub duplicates: usize,
    /// Those that were not taken, by their place in what was given.
    pub refused: Vec<(usize, Refusal)>,
}

/// Why an event was not taken.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// It may not be kept.
    NotAllowed(NotAllowed),
    /// Something is wrong with it, or with the store.
    Error(Error),
}

impl Report {
    fn add(&mut self, place: usize, result: Result<Recorded>) {
        match result {
            Ok(Recorded::Accepted | Recorded::Apart(_) | Recorded::Demoted(_)) => {
                self.accepted += 1;
            }
            Ok(Recorded::Reduced(left_out)) => {
                self.accepted += 1;
                self.reduced.push((place, left_out));
            }
            Ok(Recorded::Duplicate) => self.duplicates += 1,
            Ok(Recorded::NotAllowed(what)) => {
                self.refused.push((place, Refusal::NotAllowed(what)));
            }
            Err(error) => self.refused.push((place, Refusal::Error(error))),
        }
    }
}

/// Events of one customer, by their place in what was given.
struct Group<'a> {
    customer: Identifier,
    events: Vec<(usize, &'a Event)>,
    /// What was found under the customer's key, if it was looked up already.
    found: Option<Option<Stored>>,
}

/// What became of the events of a group, once their changes are committed.
type Admitted = (Vec<(usize, Recorded)>, Changes);

impl Engine {
    /// Records many events that reached the host at `now`. Each stands for itself: what
    /// is wrong with one keeps no other out.
    pub fn record_all(&self, now: Timestamp, events: impl IntoIterator<Item = Event>) -> Report {
        let setup = &*self.setup();
        let normal = |event| setup.normal(event);
        let events: Vec<Event> = events.into_iter().map(normal).collect();
        let mut report = Report::default();
        let links =
            |event: &Event| matches!(event.detail, Detail::Linked { .. } | Detail::Unlinked(_));
        if events.iter().any(links) {
            // A link changes whose the later events are.
            for (place, event) in events.into_iter().enumerate() {
                report.add(place, self.record_under(setup, now, event));
            }
            return report;
        }
        let mut fine = Vec::with_capacity(events.len());
        for (place, event) in events.iter().enumerate() {
            match setup.check(now, event) {
                Ok(()) => fine.push((place, event)),
                Err(error) => report.add(place, Err(error)),
            }
        }
        let mut groups = self.groups(&fine);
        for wave in groups.chunks_mut(WAVE) {
            self.record_wave(setup, now, wave, &mut report);
        }
        report.refused.sort_by_key(|(place, _)| *place);
        report.reduced.sort_by_key(|(place, _)| *place);
        report
    }

    /// The events by customer, in the order of their first ones.
    fn groups<'a>(&self, events: &[(usize, &'a Event)]) -> Vec<Group<'a>> {
        let mut addresses: Vec<&Identifier> = Vec::new();
        let mut known: HashMap<&Identifier, usize> = HashMap::new();
        let mut whose: Vec<usize> = Vec::with_capacity(events.len());
        for (_, event) in events {
            // Events often come customer by customer.
            let same = addresses.last().is_some_and(|last| **last == event.customer);
            whose.push(match same {
                true => addresses.len() - 1,
                false => *known.entry(&event.customer).or_insert_with(|| {
                    addresses.push(&event.customer);
                    addresses.len() - 1
                }),
            });
        }
        let keys: Vec<Key> = addresses.iter().map(|address| self.place(address)).collect();
        // Whoever cannot be looked up now is refused when it comes to recording.
        let mut found = self.store.read(&keys).unwrap_or_default().into_iter();
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut customers: HashMap<Identifier, usize> = HashMap::new();
        let mut places = Vec::with_capacity(addresses.len());
        for (address, key) in addresses.into_iter().zip(&keys) {
            let mut found = found.next();
            let bytes = found.iter().flatten().map(|stored| &stored.bytes);
            let mut elsewhere = bytes.map(|bytes| redirect(key, bytes).unwrap_or_default());
            let mut customer = address.clone();
            if elsewhere.next().flatten().is_some() {
                found = None;
                customer = self.resolve(address).unwrap_or(customer);
            }
            places.push(*customers.entry(customer.clone()).or_insert_with(|| {
                groups.push(Group { customer, events: Vec::new(), found });
                groups.len() - 1
            }));
        }
        for ((place, event), address) in events.iter().zip(whose) {
            let group = places.get(address);
            if let Some(group) = group.and_then(|at| groups.get_mut(*at)) {
                group.events.push((*place, event));
            }
        }
        groups
    }

    /// Records the events of some customers in one commit; where somebody came in between,
    /// once more by itself.
    fn record_wave(
        &self,
        setup: &Setup,
        now: Timestamp,
        wave: &mut [Group<'_>],
        report: &mut Report,
    ) {
        let mut admitted = Vec::with_capacity(wave.len());
        let (mut changes, mut alone) = (Vec::new(), Vec::new());
        let loaded: Vec<_> = wave.iter_mut().map(|it| self.load_found(setup, it)).collect();
        let loaded = self.add_to_all(loaded, wave);
        for ((n, group), loaded) in wave.iter().enumerate().zip(loaded) {
            let admit = |mut loaded: Box<Loaded>| {
                self.admit_all(setup, now, &mut loaded, &group.events).ok()
            };
            match loaded.and_then(admit) {
                Some((recorded, change)) => {
                    admitted.push((n, recorded));
                    changes.push(change);
                }
                None => alone.push(n),
            }
        }
        for ((n, recorded), outcome) in admitted.into_iter().zip(self.commit_all(changes)) {
            match (outcome, wave.get(n)) {
                (Ok(true), _) => {
                    recorded.into_iter().for_each(|(place, each)| report.add(place, Ok(each)));
                }
                (Ok(false), _) => alone.push(n),
                (Err(Failure { error, .. }), Some(group)) => {
                    group.events.iter().for_each(|(n, _)| report.add(*n, Err(error.clone())));
                }
                (Err(_), None) => {}
            }
        }
        for group in alone.into_iter().filter_map(|n| wave.get(n)) {
            self.record_alone(setup, now, group, report);
        }
    }

    /// The customer of a group as found already; nothing, if that does not suffice.
    fn load_found(&self, setup: &Setup, group: &mut Group<'_>) -> Option<Box<Loaded>> {
        let found = group.found.take()?;
        if group.events.len() > MOST_EVENTS || self.in_doubt() {
            return None;
        }
        match self.load_under(setup, &group.customer, found).ok()? {
            Load::Customer(loaded) if loaded.is_settled() && is_of(&loaded, &group.events) => {
                Some(loaded)
            }
            _ => None,
        }
    }

    /// Adds to each customer what their events need, by one reading for all; nothing in the
    /// place of whoever was changed meanwhile.
    fn add_to_all(
        &self,
        all: Vec<Option<Box<Loaded>>>,
        wave: &[Group<'_>],
    ) -> Vec<Option<Box<Loaded>>> {
        let needed = |(loaded, group): (&Option<Box<Loaded>>, &Group<'_>)| {
            loaded.as_ref().map(|it| it.keys_to_record_all(&group.events)).unwrap_or_default()
        };
        let needed: Vec<Vec<Key>> = all.iter().zip(wave).map(needed).collect();
        let keys = needed.concat();
        // Whoever cannot be looked up now is refused when it comes to recording.
        let found = match keys.is_empty() {
            true => Vec::new(),
            false => self.store.read(&keys).unwrap_or_default(),
        };
        let mut found = found.into_iter();
        let add = |(loaded, keys): (Option<Box<Loaded>>, Vec<Key>)| {
            let found: Vec<_> = found.by_ref().take(keys.len()).collect();
            let mut loaded = loaded.filter(|_| found.len() == keys.len())?;
            loaded.add(&keys, found).ok()?;
            Some(loaded)
        };
        all.into_iter().zip(needed).map(add).collect()
    }

    /// Records the events of one customer.
    fn record_alone(&self, setup: &Setup, now: Timestamp, group: &Group<'_>, report: &mut Report) {
        for events in group.events.chunks(MOST_EVENTS) {
            let recorded = self.retrying(|| {
                let keys = |loaded: &Loaded| loaded.keys_to_record_all(events);
                let mut loaded = self.fetch_with(setup, &group.customer, &keys)?;
                if !is_of(&loaded, events) {
                    return Ok(Some(None));
                }
                let (recorded, changes) = self.admit_all(setup, now, &mut loaded, events)?;
                Ok(self.commit(changes)?.then_some(Some(recorded)))
            });
            match recorded {
                Ok(Some(recorded)) => {
                    recorded.into_iter().for_each(|(place, each)| report.add(place, Ok(each)));
                }
                // They parted since the events were grouped: each finds its own way.
                Ok(None) => events.iter().for_each(|(place, event)| {
                    report.add(*place, self.record_under(setup, now, (*event).clone()));
                }),
                Err(error) => {
                    events.iter().for_each(|(n, _)| report.add(*n, Err(error.clone())));
                }
            }
        }
    }

    /// Takes checked events of one customer in, in one batch.
    fn admit_all(
        &self,
        setup: &Setup,
        now: Timestamp,
        loaded: &mut Loaded,
        events: &[(usize, &Event)],
    ) -> Result<Admitted> {
        let mut recorded = Vec::with_capacity(events.len());
        let mut touched = Touched::default();
        let mut changed = false;
        for (place, event) in events {
            let (admission, each) = setup.take_in(loaded, event, now, touched);
            changed |= admission.is_new();
            touched.add(each);
            recorded.push((*place, Recorded::from(admission)));
        }
        let changes = match changed {
            true => self.changes(setup, now, loaded, touched)?,
            false => Changes::none(),
        };
        Ok((recorded, changes))
    }
}

/// Whether events are all of the customer of a record.
fn is_of(loaded: &Loaded, events: &[(usize, &Event)]) -> bool {
    events.iter().all(|(_, event)| loaded.profile.is(&event.customer))
}
