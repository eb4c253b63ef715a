//! The single customer view: everything kept of one customer, as a fold of accepted
//! events. Only [`view`](crate::View) and the rooms that serve the customer's rights
//! and the store may name it.

mod attribute;
mod column;
mod contact;
mod dictionary;
mod fold;
mod held;
mod history;
mod identity;
mod logs;
#[cfg(test)]
mod merging;
mod prospect;
mod retracted;
mod sealed;
mod sweep;
mod tie;
mod used;

pub(crate) use contact::{Contact, Contacts, What, answers};
pub(crate) use dictionary::{Dictionary, NONE, Texts};
pub(crate) use fold::{Admission, Refused};
pub(crate) use held::Held;
pub(crate) use history::{Columns, History, Row};
pub(crate) use identity::{Identity, Moving};
pub(crate) use prospect::{Note, Notes};
pub(crate) use retracted::Retracted;
pub(crate) use sealed::{Chunk, Sealed, fact_id, told_id};
pub(crate) use sweep::{Lifetimes, Swept};
pub(crate) use tie::{Said, Tie, Ties};
pub(crate) use used::{Use, Uses};

use serde::{Deserialize, Serialize};

use self::column::{Reader, Writer, as_bytes};
use crate::consent::Choices;
use crate::event::{Origin, Value};
use crate::types::{Basis, DataCategory, Identifier, Purpose, Timestamp};

/// Everything that is kept of one customer, but for what was sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) customer: Identifier,
    /// Every text of this record, once; the columns refer to it.
    pub(crate) names: Dictionary,
    pub(crate) identity: Identity,
    pub(crate) prospect: Notes,
    pub(crate) choices: Choices,
    pub(crate) history: History,
    pub(crate) properties: Vec<Property>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) retracted: Retracted,
    pub(crate) contacts: Contacts,
    /// Contacts that were made under identifiers that went another way since, while all were
    /// one customer: they count towards caps, and for nothing else.
    pub(crate) elsewhere: Contacts,
    pub(crate) uses: Uses,
    pub(crate) learned: Learned,
    pub(crate) membership: Membership,
    pub(crate) sealed: Sealed,
}

/// A free property of a behaviour, by the behaviour's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Property {
    pub(crate) of: u64,
    pub(crate) category: Option<DataCategory>,
    pub(crate) name: u32,
    pub(crate) value: Value,
    /// As of the behaviour.
    pub(crate) under: u32,
}

/// One value of an attribute, with where it came from and on what terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    pub(crate) name: u32,
    pub(crate) value: Value,
    pub(crate) at: Timestamp,
    pub(crate) id: u64,
    pub(crate) channel: u32,
    pub(crate) origin: Origin,
    pub(crate) source: u32,
    /// From then on it does not count.
    pub(crate) until: Option<Timestamp>,
    /// The only purpose that may see it, if there is one.
    pub(crate) purpose: Option<Purpose>,
    /// Why it is kept, where that is not what the policy says of its category.
    pub(crate) basis: Option<Basis>,
    /// The identifier under which it was told, as a text; none for the customer's own.
    pub(crate) under: u32,
}

/// What the models learned from this customer, exactly as it was added to their
/// statistics, so that exactly that can be taken out again.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Learned {
    /// Order, item, day of purchase, purchases.
    pub(crate) bought: Vec<(u32, u32, i32, u32)>,
    /// When a visit ended, and the items looked at.
    pub(crate) visits: Vec<(i64, Vec<u32>)>,
    /// Action, times shown, times accepted.
    pub(crate) answered: Vec<(u32, u32, u32)>,
    /// The segment within which it counts, as a text.
    pub(crate) within: Option<u32>,
}

as_bytes!(Learned);

impl Learned {
    /// Whether nothing was.
    pub(crate) fn is_empty(&self) -> bool {
        self.bought.is_empty() && self.visits.is_empty() && self.answered.is_empty()
    }

    /// Every text that it refers to.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        let bought = self.bought.iter_mut().map(|(_, item, ..)| item);
        let looked_at = self.visits.iter_mut().flat_map(|(_, items)| items);
        let answered = self.answered.iter_mut().map(|(action, ..)| action);
        bought.chain(looked_at).chain(answered).chain(&mut self.within)
    }

    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        let looks: usize = self.visits.iter().map(|(_, items)| 12 + items.len() * 2).sum();
        32 + self.bought.len() * 8 + looks + self.answered.len() * 8
    }

    /// The length of each table and its columns. No two rows are the same, and a visit has
    /// items, so one of the columns has bits.
    fn write(&self, writer: &mut Writer) {
        writer.number(self.bought.len() as u64);
        writer.column(&self.bought.iter().map(|(order, ..)| *order).collect::<Vec<_>>());
        writer.column(&self.bought.iter().map(|(_, item, ..)| *item).collect::<Vec<_>>());
        writer.column(&self.bought.iter().map(|(.., day, _)| *day).collect::<Vec<_>>());
        writer.column(&self.bought.iter().map(|(.., n)| *n).collect::<Vec<_>>());
        writer.number(self.visits.len() as u64);
        for (at, items) in &self.visits {
            writer.signed(*at);
            writer.number(items.len() as u64);
            items.iter().for_each(|item| writer.number(u64::from(*item)));
        }
        writer.number(self.answered.len() as u64);
        writer.column(&self.answered.iter().map(|(action, ..)| *action).collect::<Vec<_>>());
        writer.column(&self.answered.iter().map(|(_, shown, _)| *shown).collect::<Vec<_>>());
        writer.column(&self.answered.iter().map(|(.., taken)| *taken).collect::<Vec<_>>());
        // One more than the text, so that none is nought.
        writer.number(self.within.map_or(0, |text| u64::from(text) + 1));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let bought = reader.count()?;
        let orders = reader.column(bought)?.into_iter();
        let items = reader.column(bought)?.into_iter();
        let days = reader.column(bought)?.into_iter();
        let bought = orders.zip(items).zip(days).zip(reader.column(bought)?);
        let bought = bought.map(|(((order, item), day), n)| (order, item, day, n)).collect();
        let mut visits = Vec::new();
        for _ in 0..reader.count()? {
            let at = reader.signed()?;
            let looks = reader.count()?;
            let items = (0..looks).map(|_| u32::try_from(reader.number()?).ok());
            visits.push((at, items.collect::<Option<Vec<u32>>>()?));
        }
        let answered = reader.count()?;
        let actions = reader.column(answered)?.into_iter();
        let shown = reader.column(answered)?.into_iter();
        let answered = actions.zip(shown).zip(reader.column(answered)?);
        let answered = answered.map(|((action, shown), taken)| (action, shown, taken)).collect();
        let within = match reader.number()? {
            0 => None,
            text => Some(u32::try_from(text - 1).ok()?),
        };
        Some(Self { bought, visits, answered, within })
    }
}

/// The segments that the customer was last seen in, and when to look again: at the
/// segments, at what others may learn, and at what is kept. Only what may be seen for the one or the other
/// moves the first two; anything else would show in when changes are reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Membership {
    /// Hashes of segment ids, ascending.
    #[serde(with = "hashes")]
    pub(crate) segments: Vec<u32>,
    pub(crate) check: Timestamp,
    /// When the segments were last looked at, or a choice was made: nothing before it is
    /// told anew, or learned.
    pub(crate) seen: Timestamp,
    pub(crate) learn: Timestamp,
    /// When something is not to be kept any longer, whoever may see it.
    pub(crate) sweep: Timestamp,
    /// Under which segments they were last looked at.
    pub(crate) rules: u64,
    /// Until when what was found about segments holds by time alone.
    pub(crate) holds: Timestamp,
    /// The kinds of behaviour that came since, by their bits; all bits if it may be anything.
    pub(crate) touched: u32,
    /// What stands for the answers with which they were last looked at.
    pub(crate) answers: u64,
    pub(crate) fed: Fed,
}

/// What the customer fed of what was last found about everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Fed {
    /// Of which version; zero for none.
    pub(crate) version: u64,
    /// Which rankings and clusterings were open to be fed with all that they read, by bits;
    /// none if the customer fed nothing, or withdrew since what was fed.
    pub(crate) parts: Option<u64>,
}

impl Fed {
    /// The same after these parts were withdrawn; none stands for all there is.
    pub(crate) fn without(self, withdrawn: Option<u64>) -> Self {
        let stays = |parts: &u64| withdrawn.is_some_and(|withdrawn| parts & withdrawn == 0);
        Self { parts: self.parts.filter(stays), ..self }
    }
}

impl Default for Membership {
    fn default() -> Self {
        Self {
            segments: Vec::new(),
            check: Timestamp::MAX,
            seen: Timestamp::MIN,
            learn: Timestamp::MAX,
            sweep: Timestamp::MAX,
            rules: 0,
            holds: Timestamp::MIN,
            touched: u32::MAX,
            answers: 0,
            fed: Fed::default(),
        }
    }
}

/// Hashes as bytes, four each: there is no pattern in them, and many of them.
mod hashes {
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        hashes: &[u32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u32>, D::Error> {
        deserializer.deserialize_bytes(Hashes)
    }

    struct Hashes;

    impl Visitor<'_> for Hashes {
        type Value = Vec<u32>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("hashes of four bytes each")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            match bytes.as_chunks::<4>() {
                (hashes, []) => Ok(hashes.iter().map(|hash| u32::from_le_bytes(*hash)).collect()),
                _ => Err(E::invalid_length(bytes.len(), &self)),
            }
        }
    }
}

impl Membership {
    /// When to look at the customer again.
    pub(crate) fn due(&self) -> Timestamp {
        self.check.min(self.learn).min(self.sweep)
    }
}

impl Profile {
    /// A customer of whom nothing is known.
    pub(crate) fn stranger(customer: Identifier) -> Self {
        Self {
            customer,
            names: Dictionary::default(),
            identity: Identity::default(),
            prospect: Notes::default(),
            choices: Choices::default(),
            history: History::default(),
            properties: Vec::new(),
            attributes: Vec::new(),
            retracted: Retracted::default(),
            contacts: Contacts::default(),
            elsewhere: Contacts::default(),
            uses: Uses::default(),
            learned: Learned::default(),
            membership: Membership::default(),
            sealed: Sealed::default(),
        }
    }
}
