//! What lies behind the head of a busy customer's record. When the head holds much, it is
//! sealed: its history, properties, attributes and contacts become a chunk with a
//! dictionary of its own, which nobody writes again. So one more event costs the same,
//! however many there were.
//!
//! Whether an event is in some chunk is told by an index of ids: sorted runs in pages, four
//! times as long from level to level. Four runs of a level become one of the next, so
//! there are few to look into, and each id is written again only a few times.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::dictionary::NONE;
use super::{
    Attribute, Contact, Contacts, Dictionary, History, Learned, Profile, Property, Retracted, Row,
    Texts,
};
use crate::event::Kind;
use crate::numeric::fingerprint;
use crate::types::Identifier;

/// A sealed piece of a record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) names: Dictionary,
    pub(crate) history: History,
    pub(crate) properties: Vec<Property>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) contacts: Contacts,
}

/// What a head knows of what lies behind it: how many runs of ids each level has. A run
/// holds the ids of one chunk, of four, of sixteen, and so on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub(crate) struct Sealed {
    runs: Vec<u8>,
}

/// How many runs of one level make one of the next, as a power of two.
const FAN: u32 = 2;

/// How many levels there are. The last one has more runs than the others: with them there
/// is room for hundreds of millions of events.
const LEVELS: u32 = 8;
const MOST_RUNS: u8 = 15;

/// A page of ids: its level, its run among those of the level, its number in the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    level: u32,
    run: u32,
    number: u32,
}

impl Page {
    /// The part of the partition where it is kept; chunks have the numbers below.
    pub(crate) fn part(self) -> u32 {
        1 << 31 | self.level << 24 | self.run << 16 | self.number
    }
}

/// How many chunks the ids in a run of a level come from, and how many pages it has.
fn length(level: u32) -> u32 {
    1 << (FAN * level)
}

/// The most runs that a level can have.
fn most_runs(level: u32) -> u8 {
    if level + 1 < LEVELS { (1 << FAN) - 1 } else { MOST_RUNS }
}

impl Sealed {
    fn levels(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..).zip(self.runs.iter().map(|runs| u32::from(*runs)))
    }

    /// The parts that hold the chunks.
    pub(crate) fn chunks(&self) -> std::ops::RangeInclusive<u32> {
        1..=self.levels().map(|(level, runs)| runs * length(level)).sum()
    }

    /// Whether nothing lies behind the head.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether one more chunk can be taken in.
    pub(crate) fn has_room(&self) -> bool {
        self.next_level() < LEVELS
    }

    /// Every page of ids.
    pub(crate) fn pages(&self) -> impl Iterator<Item = Page> {
        self.levels().flat_map(|(level, runs)| {
            let numbers = move |run| (0..length(level)).map(move |number| (run, number));
            (0..runs).flat_map(numbers).map(move |(run, number)| Page { level, run, number })
        })
    }

    /// The pages that an id could be in, one for each run.
    pub(crate) fn pages_of(&self, id: u64) -> impl Iterator<Item = Page> {
        self.levels().flat_map(move |(level, runs)| {
            let number = page_number(id, level);
            (0..runs).map(move |run| Page { level, run, number })
        })
    }

    /// The pages that go into one run with what is sealed next.
    pub(crate) fn pages_to_merge(&self) -> Vec<Page> {
        let level = self.next_level();
        self.pages().filter(|page| page.level < level).collect()
    }

    /// The first level that has room for one more run.
    fn next_level(&self) -> u32 {
        let full = |(level, runs): &(u32, u8)| *runs >= most_runs(*level);
        (0..).zip(self.runs.iter().copied()).take_while(full).count() as u32
    }

    /// Takes in a chunk with its ids and the ids of the pages to merge; gives back the
    /// chunk's part and the new pages.
    pub(crate) fn add(&mut self, mut ids: Vec<u64>) -> (u32, Vec<(Page, Vec<u64>)>) {
        ids.sort_unstable();
        let chunk = *self.chunks().end() + 1;
        let level = self.next_level();
        self.runs.resize(self.runs.len().max(level as usize + 1), 0);
        self.runs.iter_mut().take(level as usize).for_each(|runs| *runs = 0);
        let mut run = 0;
        if let Some(runs) = self.runs.get_mut(level as usize) {
            run = (*runs).into();
            *runs += 1;
        }
        let page = |number| (Page { level, run, number }, Vec::new());
        let mut pages: Vec<(Page, Vec<u64>)> = (0..length(level)).map(page).collect();
        for id in ids {
            let page = pages.get_mut(page_number(id, level) as usize);
            page.into_iter().for_each(|(_, ids)| ids.push(id));
        }
        (chunk, pages)
    }
}

impl TryFrom<Vec<u8>> for Sealed {
    type Error = &'static str;

    fn try_from(runs: Vec<u8>) -> Result<Self, Self::Error> {
        let fits = runs.len() <= LEVELS as usize;
        let few = (0..).zip(&runs).all(|(level, runs)| *runs <= most_runs(level));
        if fits && few { Ok(Self { runs }) } else { Err("more than can be sealed") }
    }
}

impl From<Sealed> for Vec<u8> {
    fn from(sealed: Sealed) -> Self {
        sealed.runs
    }
}

/// The page of a run of a level that an id is in: its highest bits.
fn page_number(id: u64, level: u32) -> u32 {
    id.checked_shr(u64::BITS - FAN * level).unwrap_or(0) as u32
}

/// What stands in the index for one fact of a declaration.
pub(crate) fn fact_id(id: u64, name: &str) -> u64 {
    fingerprint(id, name.as_bytes())
}

/// What stands in the index for what was told under an identifier that is not the
/// customer's own.
pub(crate) fn told_id(id: u64, under: Option<&str>) -> u64 {
    under.map_or(id, |under| fingerprint(id ^ 1, under.as_bytes()))
}

/// Numbers of one dictionary as numbers of another, which takes in what is used.
pub(super) struct Renaming<'a> {
    from: Texts<'a>,
    to: &'a mut Dictionary,
    known: Vec<Option<u32>>,
    /// What no number of a log stands for, here and there, where that is not the same.
    homes: Option<(String, String)>,
}

impl<'a> Renaming<'a> {
    pub(super) fn new(from: &'a Dictionary, to: &'a mut Dictionary) -> Self {
        let from = from.table();
        let known = vec![None; from.len()];
        Self { from, to, known, homes: None }
    }

    /// From the record of one customer to that of another.
    pub(super) fn between(
        (from, home): (&'a Dictionary, &Identifier),
        (to, there): (&'a mut Dictionary, &Identifier),
    ) -> Self {
        let homes = (home != there).then(|| (home.as_text(), there.as_text()));
        Self { homes, ..Self::new(from, to) }
    }

    pub(super) fn of(&mut self, number: u32) -> u32 {
        match self.known.get_mut(number as usize) {
            Some(known) if number != NONE => {
                *known.get_or_insert_with(|| self.to.intern(self.from.get(number)))
            }
            _ => NONE,
        }
    }

    /// The number of a log.
    pub(super) fn log(&mut self, number: u32) -> u32 {
        let Some((from, to)) = &self.homes else { return self.of(number) };
        match number {
            NONE => self.to.intern(from),
            _ if self.from.get(number) == to => NONE,
            _ => self.of(number),
        }
    }

    pub(super) fn row(&mut self, row: Row) -> Row {
        let by_place = Kind::BY_PLACE;
        Row {
            kind: row.kind.checked_sub(by_place).map_or(row.kind, |own| by_place + self.of(own)),
            channel: self.of(row.channel),
            item: self.of(row.item),
            order: self.of(row.order),
            place: self.of(row.place),
            action: self.of(row.action),
            currency: self.of(row.currency),
            under: self.log(row.under),
            ..row
        }
    }

    pub(super) fn property(&mut self, property: &Property) -> Property {
        let (name, under) = (self.of(property.name), self.log(property.under));
        Property { name, under, ..property.clone() }
    }

    pub(super) fn attribute(&mut self, attribute: &Attribute) -> Attribute {
        Attribute {
            name: self.of(attribute.name),
            channel: self.of(attribute.channel),
            source: self.of(attribute.source),
            under: self.log(attribute.under),
            ..attribute.clone()
        }
    }

    pub(super) fn contact(&mut self, contact: &Contact) -> Contact {
        let (channel, action) = (self.of(contact.channel), self.of(contact.action));
        Contact { channel, action, under: self.log(contact.under), ..*contact }
    }

    pub(super) fn history(&mut self, history: &History) -> History {
        let mut renamed = History::default();
        history.columns().rows().for_each(|row| renamed.insert(self.row(row)));
        renamed.pack();
        renamed
    }

    /// What stays in the head, always.
    pub(super) fn rest(
        &mut self,
        retracted: &mut Retracted,
        learned: &mut Learned,
        elsewhere: &mut Contacts,
    ) {
        *elsewhere = elsewhere.told().map(|contact| self.contact(contact)).collect();
        retracted.renumber(|under| self.log(under));
        learned.texts_mut().for_each(|text| *text = self.of(*text));
    }
}

impl Profile {
    /// How much could be sealed.
    pub(crate) fn weight(&self) -> usize {
        let (properties, attributes) = (self.properties.len(), self.attributes.len());
        self.history.len() + properties + attributes + self.contacts.told().count()
    }

    /// Seals so many lines of a head that holds more; gives back as [`seal`](Self::seal).
    pub(crate) fn seal_some(&mut self, lines: usize) -> (Chunk, Vec<u64>) {
        let rows: Vec<Row> = self.history.columns().rows().collect();
        if rows.len() <= lines {
            return self.seal();
        }
        let mut piece = Self::stranger(self.customer.clone());
        piece.names = self.names.clone();
        // What was said of a behaviour goes where that goes: parted from it, a sweep takes it for
        // something that nobody has any more.
        let along: BTreeSet<(u64, u32)> =
            rows.iter().take(lines).map(|row| (row.id, row.under)).collect();
        let properties = std::mem::take(&mut self.properties).into_iter();
        (piece.properties, self.properties) =
            properties.partition(|property| along.contains(&(property.of, property.under)));
        self.history = History::default();
        rows.into_iter().enumerate().for_each(|(n, row)| {
            let history = if n < lines { &mut piece.history } else { &mut self.history };
            history.insert(row);
        });
        self.history.pack();
        piece.seal()
    }

    /// Seals what the head holds; gives back the chunk, and the ids of what is in it.
    pub(crate) fn seal(&mut self) -> (Chunk, Vec<u64>) {
        let old = std::mem::take(&mut self.names);
        let mut chunk = Chunk::default();
        let mut renaming = Renaming::new(&old, &mut chunk.names);
        let columns = std::mem::take(&mut self.history).columns();
        columns.rows().for_each(|row| chunk.history.insert(renaming.row(row)));
        chunk.properties = self.properties.iter().map(|p| renaming.property(p)).collect();
        chunk.attributes = self.attributes.iter().map(|a| renaming.attribute(a)).collect();
        chunk.contacts = self.contacts.told().map(|c| renaming.contact(c)).collect();
        chunk.history.pack();
        let facts = self.attributes.iter();
        let text = |name: u32| renaming.from.get(name);
        let told = |id, under| told_id(id, (under != NONE).then(|| text(under)));
        let facts = facts.map(|fact| told(fact_id(fact.id, text(fact.name)), fact.under));
        let contacts = self.contacts.told().map(|contact| told(contact.id, contact.under));
        let rows = columns.rows().map(|row| told(row.id, row.under));
        let ids = rows.chain(contacts).chain(facts).collect();
        (self.properties, self.attributes, self.contacts) = Default::default();
        Renaming::new(&old, &mut self.names).rest(
            &mut self.retracted,
            &mut self.learned,
            &mut self.elsewhere,
        );
        (chunk, ids)
    }

    /// The whole record: the head, and what lies behind it.
    pub(crate) fn with(&self, chunks: &[&Chunk]) -> Self {
        let mut whole = self.clone();
        for chunk in chunks {
            let mut renaming = Renaming::new(&chunk.names, &mut whole.names);
            let rows = chunk.history.columns();
            rows.rows().for_each(|row| whole.history.insert(renaming.row(row)));
            whole.properties.extend(chunk.properties.iter().map(|p| renaming.property(p)));
            whole.attributes.extend(chunk.attributes.iter().map(|a| renaming.attribute(a)));
            whole.contacts.extend(chunk.contacts.told().map(|c| renaming.contact(c)));
        }
        whole.in_order();
        whole
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The index over a map of pages, as a store would keep them.
    #[derive(Default)]
    struct Index {
        sealed: Sealed,
        pages: BTreeMap<u32, Vec<u64>>,
        written: usize,
    }

    impl Index {
        fn seal(&mut self, mut ids: Vec<u64>) {
            for page in self.sealed.pages_to_merge() {
                ids.extend(self.pages.remove(&page.part()).unwrap());
            }
            let (_, pages) = self.sealed.add(ids);
            for (page, ids) in pages {
                self.written += ids.len();
                assert!(self.pages.insert(page.part(), ids).is_none(), "a page is written once");
            }
        }

        fn has(&self, id: u64) -> bool {
            let mut pages = self.sealed.pages_of(id);
            pages.any(|page| self.pages[&page.part()].binary_search(&id).is_ok())
        }
    }

    #[test]
    fn the_index_knows_what_was_sealed() {
        let (mut index, mut known) = (Index::default(), BTreeSet::new());
        let id = |n: u64| fingerprint(7, &n.to_le_bytes());
        for chunk in 0..300u64 {
            let ids: Vec<u64> = (0..9).map(|n| id(chunk * 9 + n)).collect();
            known.extend(ids.iter().copied());
            index.seal(ids);
            let parts: BTreeSet<u32> = index.sealed.pages().map(Page::part).collect();
            assert_eq!(parts, index.pages.keys().copied().collect());
            assert_eq!(index.sealed.chunks(), 1..=chunk as u32 + 1);
        }
        assert!((0..2700).all(|n| index.has(id(n))));
        assert!((2700..5400).all(|n| !index.has(id(n)) && !known.contains(&id(n))));
        // Few runs to look into, and no id is written often.
        assert!(index.sealed.pages_of(0).count() <= 3 * 5);
        assert!(index.written <= 2700 * 5);
    }
}
