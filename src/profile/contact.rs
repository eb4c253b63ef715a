//! The essential facts of being in touch: what was sent where, what was declined, what
//! bounced. Kept and used whatever is allowed, so that less consent never means more
//! contact.

use serde::{Deserialize, Serialize};

use super::column::{Reader, Writer, as_bytes};
use super::dictionary::NONE;
use crate::types::Timestamp;

/// The contacts of one customer, ordered by time, kind and id.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Contacts(Vec<Contact>);

as_bytes!(Contacts);

/// One fact about a contact. Texts are numbers in the record's dictionary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Contact {
    pub(crate) at: i64,
    pub(crate) id: u64,
    pub(crate) channel: u32,
    pub(crate) action: u32,
    pub(crate) what: What,
    /// The identifier under which it was told, as a text; none for the customer's own.
    pub(crate) under: u32,
}

/// What a contact's fact is.
///
/// At one instant they come in this order: what was not sent was made first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl What {
    /// In the order of their numbers in the stored form.
    const ALL: [Self; 4] = [Self::Made, Self::NotSent, Self::Declined, Self::Bounced];
}

impl Contact {
    fn key(&self) -> (i64, What, u64) {
        (self.at, self.what, self.id)
    }
}

/// In their order.
impl FromIterator<Contact> for Contacts {
    fn from_iter<I: IntoIterator<Item = Contact>>(contacts: I) -> Self {
        Self(contacts.into_iter().collect())
    }
}

impl Contacts {
    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        32 + self.0.len() * 16
    }

    /// The length, the ids in eight bytes each, and five columns.
    fn write(&self, writer: &mut Writer) {
        let cells = |cell: fn(&Contact) -> u32| self.0.iter().map(cell).collect::<Vec<_>>();
        writer.number(self.0.len() as u64);
        writer.fixed(&self.0.iter().map(|contact| contact.id).collect::<Vec<_>>());
        writer.column(&self.0.iter().map(|contact| contact.at).collect::<Vec<_>>());
        writer.column(&cells(|contact| contact.channel));
        writer.column(&cells(|contact| contact.action));
        writer.column(&cells(|contact| contact.what as u32));
        writer.column(&cells(|contact| contact.under));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = reader.number()?.try_into().ok()?;
        let ids = reader.fixed(length)?.into_iter();
        let times = reader.column(length)?.into_iter();
        let channels = reader.column(length)?.into_iter();
        let actions = reader.column(length)?.into_iter();
        let whats: Vec<u32> = reader.column(length)?;
        let logs: Vec<u32> = reader.column(length)?;
        let cells = ids.zip(times).zip(channels.zip(actions)).zip(whats.into_iter().zip(logs));
        let contacts = cells.map(|(((id, at), (channel, action)), (what, under))| {
            let what = *What::ALL.get(what as usize)?;
            Some(Contact { at, id, channel, action, what, under })
        });
        contacts.collect::<Option<_>>().map(Self)
    }

    /// Whether a fact, told under an identifier, is here already.
    pub(crate) fn has(&self, id: u64, under: u32) -> bool {
        self.0.iter().any(|known| known.id == id && known.under == under)
    }

    /// Adds a fact; false if it is here already.
    pub(crate) fn add(&mut self, contact: Contact) -> bool {
        if self.has(contact.id, contact.under) {
            return false;
        }
        let place = self.0.partition_point(|known| known.key() < contact.key());
        self.0.insert(place, contact);
        true
    }

    /// Adds facts that are not here.
    pub(super) fn extend(&mut self, contacts: impl Iterator<Item = Contact>) {
        self.0.extend(contacts);
        self.0.sort_by_key(Contact::key);
    }

    /// The facts, by time. One that was told under several identifiers is one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Contact> {
        let before = std::iter::once(None).chain(self.0.iter().map(Some));
        let again = |(contact, before): &(&Contact, Option<&Contact>)| {
            before.is_some_and(|before| before.key() == contact.key())
        };
        self.0.iter().zip(before).filter(move |both| !again(both)).map(|(contact, _)| contact)
    }

    /// Every fact, as often as it was told.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Contact> {
        self.0.iter()
    }

    /// The contacts that were made up to an instant and not taken back. What was not
    /// sent takes back the latest one of its action before it, on its channel if it
    /// names one.
    pub(crate) fn made(&self, until: Timestamp) -> Vec<Contact> {
        let mut made: Vec<Contact> = Vec::new();
        for contact in self.iter().take_while(|contact| contact.at <= until.as_millis()) {
            let taken_back = |m: &Contact| {
                let channel = contact.channel == NONE || m.channel == contact.channel;
                m.action == contact.action && channel
            };
            match contact.what {
                What::Made => made.push(*contact),
                What::NotSent => {
                    if let Some(last) = made.iter().rposition(taken_back) {
                        made.remove(last);
                    }
                }
                What::Declined | What::Bounced => {}
            }
        }
        made
    }

    /// Forgets the contacts for which this is not so.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Contact) -> bool) {
        self.0.retain(keep);
    }

    /// An id for one more contact that answers the question of a number.
    pub(crate) fn fresh(&self, question: u64) -> u64 {
        let before = self.0.iter().filter(|contact| answers(contact.id, question)).count();
        question.wrapping_add(before as u64)
    }
}

/// Whether the contact of an id answers the question of a number: such ids follow the
/// number, and numbers are hashes, far apart.
pub(crate) fn answers(id: u64, question: u64) -> bool {
    id.wrapping_sub(question) < 1024
}
