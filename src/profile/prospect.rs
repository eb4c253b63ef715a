//! Who is known from outside only. A record is a prospect's as long as each of its
//! identifiers was told of as one; so a link with a customer's makes it a customer's, and a
//! parting makes it a prospect's again.

use serde::{Deserialize, Serialize};

use super::{Chunk, Contacts, Dictionary, History, NONE, Profile};
use crate::event::Origins;
use crate::types::{Channel, Identifier, Timestamp};

/// How many of the latest notes of an identifier are kept.
const KEPT: usize = 4;

/// Where an identifier is known from. In the order of identifiers, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) of: Identifier,
    pub(crate) at: Timestamp,
    pub(crate) id: u64,
    pub(crate) channel: Option<Channel>,
    pub(crate) origins: Origins,
}

impl Note {
    fn until(&self) -> Timestamp {
        self.origins.until.unwrap_or(Timestamp::MAX)
    }
}

/// The notes of a record. What is kept of them hangs on which there were alone, not on
/// their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Takes a note in; false if it changes nothing.
    pub(crate) fn take_in(&mut self, new: &Note) -> bool {
        let own = self.of(&new.of).filter(|known| (known.at, known.id) >= (new.at, new.id));
        let before = own.take(KEPT).map(|known| known.id);
        let before: Vec<u64> = before.collect();
        if before.len() == KEPT || before.contains(&new.id) {
            return false;
        }
        let place = self.0.partition_point(|known| known.of < new.of) + before.len();
        self.0.insert(place, new.clone());
        let last = self.0.partition_point(|known| known.of <= new.of);
        if self.of(&new.of).count() > KEPT {
            self.0.remove(last - 1);
        }
        true
    }

    fn of(&self, identifier: &Identifier) -> impl Iterator<Item = &Note> {
        self.0.iter().filter(move |note| note.of == *identifier)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Note> {
        self.0.iter()
    }
}

impl Profile {
    /// Whether nobody of the record is known but from outside.
    pub(crate) fn is_prospect(&self) -> bool {
        let noted = |who: &Identifier| self.prospect.of(who).next().is_some();
        !self.prospect.0.is_empty() && self.identifiers().all(noted)
    }

    /// When everything of a prospect goes; never of a customer.
    pub(crate) fn goes_at(&self) -> Timestamp {
        let latest = self.prospect.iter().map(Note::until).max();
        latest.filter(|_| self.is_prospect()).unwrap_or(Timestamp::MAX)
    }

    /// Whether somebody dealt with the host under an identifier before it was told of as a
    /// prospect, as far as the head knows.
    pub(crate) fn dealt(&self, who: &Identifier) -> bool {
        if self.prospect.of(who).next().is_some() {
            return false;
        }
        let chose = self.choices.speakers().contains(&self.voice(who));
        let under = self.known_log(who);
        chose || under.is_some_and(|under| told_under(&self.history, &self.contacts, under))
    }
}

impl Chunk {
    /// Whether something that somebody did was sealed under a log; one that is not the
    /// record's own has a name.
    pub(crate) fn dealt(&self, log: Option<&str>) -> bool {
        let number = |names: &Dictionary, name| names.number(name);
        let under = log.map_or(Some(NONE), |name| number(&self.names, name));
        under.is_some_and(|under| told_under(&self.history, &self.contacts, under))
    }
}

fn told_under(history: &History, contacts: &Contacts, under: u32) -> bool {
    history.columns().rows().any(|row| row.under == under)
        || contacts.told().any(|contact| contact.under == under)
}
