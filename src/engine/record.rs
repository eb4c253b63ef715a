//! Recording: the only way in.

use hashbrown::HashMap;

use super::Engine;
use super::load::{Changes, Loaded, one};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Detail, Event};
use crate::profile::{Admission, Refused};
use crate::store::{Durability, Entry, encode_redirect};
use crate::types::{DataCategory, Identifier, Purpose, Timestamp};

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an event may have been turned away"]
pub enum Recorded {
    /// It is part of what is known now.
    Accepted,
    /// It was already; nothing changed.
    Duplicate,
    /// The customer does not allow it to be kept. Nothing of it was; it may be sent
    /// again, should that change.
    NotAllowed(NotAllowed),
}

/// What the customer did not allow at the event's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAllowed {
    /// No purpose that uses this category.
    Category(DataCategory),
    /// This purpose.
    Purpose(Purpose),
}

/// What became of many events.
#[derive(Debug, Clone, Default)]
#[must_use = "events may have been turned away"]
pub struct Report {
    /// How many are part of what is known now.
    pub accepted: usize,
    /// How many were already.
    pub duplicates: usize,
    /// Those that were not taken, by their place in what was given.
    pub refused: Vec<(usize, Refusal)>,
}

/// Why an event was not taken.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The customer does not allow it to be kept.
    NotAllowed(NotAllowed),
    /// Something is wrong with it, or with the store.
    Error(Error),
}

impl Report {
    fn add(&mut self, place: usize, result: Result<Recorded>) {
        match result {
            Ok(Recorded::Accepted) => self.accepted += 1,
            Ok(Recorded::Duplicate) => self.duplicates += 1,
            Ok(Recorded::NotAllowed(what)) => {
                self.refused.push((place, Refusal::NotAllowed(what)));
            }
            Err(error) => self.refused.push((place, Refusal::Error(error))),
        }
    }
}

impl From<Refused> for NotAllowed {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Category(category) => Self::Category(category),
            Refused::Purpose(purpose) => Self::Purpose(purpose),
        }
    }
}

impl From<Admission> for Recorded {
    fn from(admission: Admission) -> Self {
        match admission {
            Admission::Accepted => Self::Accepted,
            Admission::Duplicate => Self::Duplicate,
            Admission::NotAllowed(refused) => Self::NotAllowed(refused.into()),
        }
    }
}

impl Engine {
    /// Records an event that reached the host at `now`.
    ///
    /// A consent is durable, and in effect, before this returns.
    ///
    /// # Errors
    /// Something is wrong with the event: an unknown item, an empty or too long text, a
    /// negative amount, a number that is not finite, a time further ahead of `now` than
    /// the [skew](super::EngineBuilder::skew); or an identifier belongs to somebody
    /// else; or the store failed. Nothing of it was kept.
    pub fn record(&self, now: Timestamp, event: impl Into<Event>) -> Result<Recorded> {
        let event = event.into();
        self.check(now, &event)?;
        self.retrying(|| {
            let mut loaded = self.fetch(&event.customer)?;
            let (recorded, changes) = self.record_checked(now, &event, &mut loaded)?;
            if let Detail::Linked(other) = &event.detail
                && recorded != Recorded::Accepted
            {
                // A link is in two places; this one may have been cut off between them.
                self.claim(other, &loaded.profile.customer)?;
            }
            Ok(self.commit(changes)?.then_some(recorded))
        })
    }

    /// Records many events that reached the host at `now`. Each stands for itself: what
    /// is wrong with one keeps no other out.
    pub fn record_all(&self, now: Timestamp, events: impl IntoIterator<Item = Event>) -> Report {
        let events: Vec<Event> = events.into_iter().collect();
        let mut report = Report::default();
        if events.iter().any(|event| matches!(event.detail, Detail::Linked(_))) {
            // A link changes whose the later events are.
            for (place, event) in events.into_iter().enumerate() {
                report.add(place, self.record(now, event));
            }
            return report;
        }
        let mut groups: Vec<(&Identifier, Vec<usize>)> = Vec::new();
        let mut places: HashMap<&Identifier, usize> = HashMap::new();
        for (place, event) in events.iter().enumerate() {
            match self.check(now, event) {
                Err(error) => report.add(place, Err(error)),
                Ok(()) => {
                    let at = *places.entry(&event.customer).or_insert_with(|| {
                        groups.push((&event.customer, Vec::new()));
                        groups.len() - 1
                    });
                    groups.get_mut(at).into_iter().for_each(|group| group.1.push(place));
                }
            }
        }
        for (customer, places) in groups {
            let of = |place: &usize| Some((*place, events.get(*place)?));
            let events: Vec<(usize, &Event)> = places.iter().filter_map(of).collect();
            match self.record_group(now, customer, &events) {
                Ok(results) => {
                    results
                        .into_iter()
                        .for_each(|(place, recorded)| report.add(place, Ok(recorded)));
                }
                Err(error) => {
                    places.iter().for_each(|place| report.add(*place, Err(error.clone())));
                }
            }
        }
        report.refused.sort_by_key(|(place, _)| *place);
        report
    }

    /// Records checked events of one customer in one commit.
    fn record_group(
        &self,
        now: Timestamp,
        customer: &Identifier,
        events: &[(usize, &Event)],
    ) -> Result<Vec<(usize, Recorded)>> {
        self.retrying(|| {
            let mut loaded = self.fetch(customer)?;
            let mut results = Vec::with_capacity(events.len());
            let (mut changed, mut chosen) = (false, false);
            for (place, event) in events {
                let admission = loaded.profile.admit(event, &self.privacy);
                changed |= admission == Admission::Accepted;
                chosen |= matches!(event.detail, Detail::Consent(_));
                results.push((*place, Recorded::from(admission)));
            }
            let changes = match changed {
                true => self.changes(now, &mut loaded, chosen)?,
                false => Changes::none(),
            };
            Ok(self.commit(changes)?.then_some(results))
        })
    }

    /// The pure middle of [`record`](Self::record), for hosts that load and commit by
    /// themselves.
    ///
    /// A link's first batch claims the other identifier; a conflict there means that the
    /// identifier is taken.
    ///
    /// # Errors
    /// Something is wrong with the event; nothing changes.
    pub fn record_loaded(
        &self,
        now: Timestamp,
        event: &Event,
        loaded: &mut Loaded,
    ) -> Result<(Recorded, Changes)> {
        self.check(now, event)?;
        self.record_checked(now, event, loaded)
    }

    fn record_checked(
        &self,
        now: Timestamp,
        event: &Event,
        loaded: &mut Loaded,
    ) -> Result<(Recorded, Changes)> {
        let admission = loaded.profile.admit(event, &self.privacy);
        if admission != Admission::Accepted {
            return Ok((admission.into(), Changes::none()));
        }
        let chosen = matches!(event.detail, Detail::Consent(_));
        let mut changes = self.changes(now, loaded, chosen)?;
        if let Detail::Linked(other) = &event.detail {
            let redirect = encode_redirect(&loaded.profile.customer)?;
            if self.claim(other, &loaded.profile.customer)? {
                changes.batches.insert(0, one(self.key(other), None, Some(redirect)));
            }
        }
        Ok((Recorded::Accepted, changes))
    }

    /// Whether an identifier is free to be claimed; false if it leads to the customer
    /// already.
    fn claim(&self, other: &Identifier, customer: &Identifier) -> Result<bool> {
        let Some(stored) = self.store.read(&[self.key(other)])?.pop().flatten() else {
            return Ok(other != customer);
        };
        match crate::store::decode(&stored.bytes)? {
            Entry::Redirect(to) if to == *customer => Ok(false),
            _ if other == customer => Ok(false),
            _ => Err(Error::new(
                ErrorKind::IdentityConflict,
                "`identifier` already has a history of its own, or belongs to another customer",
            )),
        }
    }

    /// The commit of a profile that took something in.
    pub(super) fn changes(
        &self,
        now: Timestamp,
        loaded: &mut Loaded,
        chosen: bool,
    ) -> Result<Changes> {
        let mut changes = Changes::none();
        if chosen {
            changes.durability = Durability::Durable;
            changes.learned = self.relearn(&mut loaded.profile, now);
        }
        let membership = &mut loaded.profile.membership;
        membership.unlearned = true;
        if membership.due > now {
            membership.due = now;
            changes.due = Some((now, loaded.profile.customer.clone()));
        }
        changes.batches.push(loaded.write()?);
        Ok(changes)
    }

    /// Refuses what the event's own check and this engine's catalogue and clock skew
    /// rule out.
    fn check(&self, now: Timestamp, event: &Event) -> Result<()> {
        event.check()?;
        if event.at > now + self.skew {
            return Err(Error::input(
                "at",
                "`at` lies in the future: expected an instant up to now, within the stated skew",
            ));
        }
        if event.at < Timestamp::EARLIEST {
            return Err(Error::input("at", "`at` is before 1900: expected a later instant"));
        }
        if let Detail::Behaviour(act) = &event.detail
            && let Some(item) = &act.item
            && self.catalog.get(item.as_str()).is_none()
        {
            return Err(Error::input(
                "item",
                "`item` is not in the catalogue: expected the id of an item that is",
            ));
        }
        Ok(())
    }
}
