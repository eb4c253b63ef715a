//! What else was said of behaviours: the properties of the rows of a view.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::View;
use super::gate::{Gate, Shown};
use crate::catalog::NO_PLACE;
use crate::consent::Permit;
use crate::event::Value;
use crate::event::known::DWELL;
use crate::profile::{Profile, Property, Texts};
use crate::types::{Timestamp, redacted};

/// A property of a row.
pub(crate) struct Noted {
    pub(crate) name: Arc<str>,
    /// The number of its own category, if it has one.
    pub(crate) category: Option<usize>,
    pub(crate) value: Value,
}

/// The properties of the rows of a view, in their order.
#[derive(Debug, Default)]
pub(super) struct Notes {
    noted: Vec<Noted>,
    /// Where those of a row begin, and behind the last row where they end; nothing if there
    /// are none.
    starts: Vec<usize>,
    /// The categories of the items that somebody stayed with, by their places.
    pub(super) paths: BTreeMap<u32, Vec<Arc<str>>>,
}

impl View {
    /// What was said of a row, as far as it may be seen: of two of one category and name the
    /// first.
    pub(crate) fn properties(&self, row: usize) -> &[Noted] {
        self.notes.of(row).unwrap_or_default()
    }

    /// The value of a property of a row: of one of its own category, by that category's
    /// number.
    pub(crate) fn property(
        &self,
        row: usize,
        category: Option<usize>,
        name: &str,
    ) -> Option<&Value> {
        let mut noted = self.properties(row).iter();
        let found = noted.find(|noted| noted.category == category && *noted.name == *name);
        found.map(|noted| &noted.value)
    }

    /// The text that was said of a row under a name.
    pub(super) fn noted(&self, row: usize, name: &str) -> Option<&Arc<str>> {
        self.properties(row).iter().find_map(|noted| match &noted.value {
            Value::Text(text) if *noted.name == *name => Some(text),
            _ => None,
        })
    }

    /// How long the customer stayed, in milliseconds.
    pub(super) fn stayed(&self, row: usize) -> Option<u64> {
        stayed(self.properties(row))
    }
}

fn stayed(noted: &[Noted]) -> Option<u64> {
    noted.iter().find_map(|noted| match noted.value {
        Value::Number(millis) if *noted.name == *DWELL => Some(millis as u64),
        _ => None,
    })
}

impl Notes {
    fn of(&self, row: usize) -> Option<&[Noted]> {
        let (from, to) = (self.starts.get(row)?, self.starts.get(row + 1)?);
        self.noted.get(*from..*to)
    }

    /// From what was said of each of so many rows.
    fn new(mut told: Vec<(usize, Noted)>, rows: usize) -> Self {
        if told.is_empty() {
            return Self::default();
        }
        told.sort_by_key(|(row, _)| *row);
        let mut starts = vec![0; rows + 1];
        for (row, _) in &told {
            starts.iter_mut().skip(row + 1).take(1).for_each(|start| *start += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let noted = told.into_iter().map(|(_, noted)| noted).collect();
        Self { noted, starts, paths: BTreeMap::new() }
    }
}

impl Gate<'_> {
    /// What was said of rows that are shown, as far as a property's own category is allowed
    /// too. What was told under another identifier too is read as the behaviour is, once. And
    /// when the first of them goes.
    pub(super) fn notes(
        self,
        profile: &Profile,
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
        shown: &Shown,
    ) -> (Notes, Timestamp) {
        let mut next = Timestamp::MAX;
        if profile.properties.is_empty() {
            return (Notes::default(), next);
        }
        let told = shown.ids.iter().zip(&shown.under);
        let mut ids: Vec<(u64, u32, usize)> =
            told.zip(0..).map(|((id, under), row)| (*id, *under, row)).collect();
        ids.sort_unstable();
        // Properties are in the order of ids too.
        let mut ids = ids.into_iter().peekable();
        let mut known: BTreeMap<u32, Arc<str>> = BTreeMap::new();
        let mut told: Vec<(usize, Noted)> = Vec::new();
        for property in &profile.properties {
            while ids.next_if(|(id, ..)| *id < property.of).is_some() {}
            let of_it = |(id, under, _): &&(u64, u32, usize)| {
                (*id, *under) == (property.of, property.under)
            };
            let Some((.., row)) = ids.peek().filter(of_it) else {
                continue;
            };
            let at = shown.rows.at.get(*row).copied().map_or(now, Timestamp::from_millis);
            let Some((category, until)) = self.seen_until(property, permit, at) else { continue };
            if until <= now {
                continue;
            }
            next = next.min(until);
            let name =
                known.entry(property.name).or_insert_with(|| names.get(property.name).into());
            let of_row = told.iter().rev().take_while(|(of, _)| of == row);
            let mut of_row = of_row.map(|(_, noted)| (noted.category, &noted.name));
            if !of_row.any(|known| known == (category, &*name)) {
                let (name, value) = (Arc::clone(name), property.value.clone());
                told.push((*row, Noted { name, category, value }));
            }
        }
        let mut notes = Notes::new(told, shown.ids.len());
        if known.values().any(|name| **name == *DWELL) {
            notes.paths = self.paths(&notes, shown);
        }
        (notes, next)
    }

    /// The number of a property's own category, and from when on it is not seen, if it is.
    fn seen_until(
        self,
        property: &Property,
        permit: &Permit,
        at: Timestamp,
    ) -> Option<(Option<usize>, Timestamp)> {
        let Some(category) = &property.category else { return Some((None, Timestamp::MAX)) };
        let number = self.policy.number(category)?;
        let until = at.later(self.policy.seen_for(number, permit.purpose()));
        permit.categories().has(number).then_some((Some(number), until))
    }

    /// The categories of the items that somebody stayed with.
    fn paths(self, notes: &Notes, shown: &Shown) -> BTreeMap<u32, Vec<Arc<str>>> {
        let mut paths = BTreeMap::new();
        for (row, (item, place)) in shown.rows.item.iter().zip(&shown.rows.place).enumerate() {
            if *place != NO_PLACE && notes.of(row).and_then(stayed).is_some() {
                let path = || self.catalog.item(*item).map(|item| item.category_path().to_vec());
                paths.entry(*place).or_insert_with(|| path().unwrap_or_default());
            }
        }
        paths
    }
}

redacted! {
    Noted {}
}
