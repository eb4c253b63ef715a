//! The essential facts of being in touch: what was sent where, what was declined, what
//! bounced. Kept and used whatever is allowed, so that less consent never means more
//! contact.

use serde::{Deserialize, Serialize};

use crate::types::Timestamp;

/// The contacts of one customer, ordered by time and id.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Contacts(Vec<Contact>);

/// One fact about a contact. Texts are numbers in the record's dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) at: i64,
    pub(crate) id: u64,
    pub(crate) channel: u32,
    pub(crate) action: u32,
    pub(crate) what: What,
}

/// What a contact's fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    /// An action was decided for the customer.
    Made,
    /// It was not carried out.
    NotSent,
    /// The customer does not want it.
    Declined,
    /// The channel could not deliver.
    Bounced,
}

impl Contacts {
    /// Adds a fact; false if it is here already.
    pub(crate) fn add(&mut self, contact: Contact) -> bool {
        if self.0.iter().any(|known| known.id == contact.id) {
            return false;
        }
        let place = self.0.partition_point(|k| (k.at, k.id) < (contact.at, contact.id));
        self.0.insert(place, contact);
        true
    }

    /// The facts, by time.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.0.iter()
    }

    /// The contacts that were made up to an instant and not taken back. What was not
    /// sent takes back the latest one of its action before it.
    pub(crate) fn made(&self, now: Timestamp) -> Vec<Contact> {
        let mut made: Vec<Contact> = Vec::new();
        for contact in self.0.iter().take_while(|contact| contact.at <= now.as_millis()) {
            match contact.what {
                What::Made => made.push(*contact),
                What::NotSent => {
                    if let Some(last) = made.iter().rposition(|m| m.action == contact.action) {
                        made.remove(last);
                    }
                }
                What::Declined | What::Bounced => {}
            }
        }
        made
    }
}
